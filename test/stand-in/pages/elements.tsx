/**
 * The documents inside the elements' iframes: markup only. Their behaviour is in ../browser/frames. The controls have
 * the same names as in Stripe's own forms, so that a test that fills in Stripe's also fills in these.
 */
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { cardWithNumber } from "../stripe/test-cards.ts";
import { testCards, testCardSections } from "../test-cards.ts";
import { BrandMarks, CodeMark } from "./card-marks.tsx";

/** The card form. */
export function paymentFrame() {
  return frame(
    "Card details",
    "payment",
    <>
      <TestCardMenu />
      <Field name="number" label="Card number" className="Field--number">
        <input
          class="Input"
          id="number"
          name="number"
          type="text"
          inputMode="numeric"
          autocomplete="cc-number"
          placeholder="1234 1234 1234 1234"
          spellcheck={false}
          aria-required="true"
          aria-invalid="false"
          aria-describedby="number-brand number-fault"
        />
        <BrandMarks />
        <span class="Unseen" id="number-brand"></span>
      </Field>
      <div class="Row">
        <Field name="expiry" label="Expiration date">
          <input
            class="Input"
            id="expiry"
            name="expiry"
            type="text"
            inputMode="numeric"
            autocomplete="cc-exp"
            placeholder="MM / YY"
            spellcheck={false}
            aria-required="true"
            aria-invalid="false"
            aria-describedby="expiry-fault"
          />
        </Field>
        <Field name="cvc" label="Security code">
          <input
            class="Input"
            id="cvc"
            name="cvc"
            type="text"
            inputMode="numeric"
            autocomplete="cc-csc"
            placeholder="CVC"
            spellcheck={false}
            aria-required="true"
            aria-invalid="false"
            aria-describedby="cvc-fault"
          />
          <CodeMark />
        </Field>
      </div>
      <div class="Row">
        <Field name="country" label="Country">
          <Choice id="country" name="country" autocomplete="billing country" />
        </Field>
        <Field name="postalCode" label="Postal code">
          <Line id="postalCode" name="postalCode" autocomplete="billing postal-code" />
        </Field>
      </div>
      <p class="Terms"></p>
    </>,
  );
}

/** The address form. */
export function addressFrame() {
  return frame(
    "Billing address",
    "address",
    <>
      <Field name="name" label="Full name">
        <Line id="name" name="name" autocomplete="billing name" placeholder="First and last name" />
      </Field>
      <Field name="country" label="Country or region">
        <Choice id="country" name="country" autocomplete="billing country" />
      </Field>
      <Field name="addressLine1" label="Address">
        <Line
          id="addressLine1"
          name="addressLine1"
          autocomplete="billing address-line1"
          placeholder="Street address"
        />
      </Field>
      <Field name="addressLine2" label="Address line 2 (optional)">
        <Line
          id="addressLine2"
          name="addressLine2"
          autocomplete="billing address-line2"
          placeholder="Apartment, suite, floor"
          isOptional
        />
      </Field>
      <div class="Row Places">
        <Field name="locality" label="City">
          <Line id="locality" name="locality" autocomplete="billing address-level2" />
        </Field>
        <Field name="stateList" label="State">
          <Choice id="stateList" name="administrativeArea" autocomplete="billing address-level1" />
        </Field>
        <Field name="stateText" label="State">
          <Line id="stateText" name="administrativeArea" autocomplete="billing address-level1" />
        </Field>
        <Field name="postalCode" label="Postal code">
          <Line id="postalCode" name="postalCode" autocomplete="billing postal-code" />
        </Field>
      </div>
      <Field name="phone" label="Phone number">
        <Line id="phone" name="phone" autocomplete="billing tel" type="tel" placeholder="+1 201 555 0123" />
      </Field>
    </>,
  );
}

/** The bank's page in a 3-D Secure challenge. */
export function challengeFrame() {
  return frame(
    "Your bank",
    "challenge",
    <>
      <p class="Bank-name">
        <svg class="Bank-mark" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 3 3 8v2h18V8zM5 12v6m4.7-6v6m4.6-6v6m4.7-6v6M3 20.5h18" />
        </svg>
        Test Bank
      </p>
      <h1>Authenticate this payment</h1>
      <p class="Bank-amount" data-amount></p>
      <p class="Bank-note">
        A real bank would ask for a code or its app here. This is the local stand-in: choose the outcome.
      </p>
      <div class="Bank-buttons">
        <button type="button" class="Bank-complete" value="authenticated">
          Complete authentication
        </button>
        <button type="button" class="Bank-fail" value="failed">
          Fail authentication
        </button>
      </div>
      <output class="Bank-status"></output>
    </>,
  );
}

function frame(title: string, name: string, content: Child) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>{title}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/stand-in/frames.css" />
          <script type="module" src={`/stand-in/frames/${name}-frame.js`}></script>
        </head>
        <body class={`is-${name}`}>
          <main>{content}</main>
        </body>
      </html>
    )}`;
}

function Field(props: { name: string; label: string; className?: string; children: Child }) {
  const { name, label, className = "", children } = props;
  return (
    <div class={`Field ${className}`} data-field={name}>
      <label class="Label" id={`${name}-label`} for={name}>
        {label}
      </label>
      <div class="Box">{children}</div>
      <p class="Error" id={`${name}-fault`} role="alert"></p>
    </div>
  );
}

function Line(props: {
  id: string;
  name: string;
  autocomplete: string;
  placeholder?: string;
  type?: string;
  isOptional?: boolean;
}) {
  const { id, name, autocomplete, placeholder = "", type = "text", isOptional = false } = props;
  return (
    <input
      class="Input"
      id={id}
      name={name}
      type={type}
      autocomplete={autocomplete}
      placeholder={placeholder}
      aria-required={isOptional ? "false" : "true"}
      aria-invalid="false"
      aria-describedby={`${id}-fault`}
    />
  );
}

function Choice({ id, name, autocomplete }: { id: string; name: string; autocomplete: string }) {
  return (
    <select
      class="Input Input--list"
      id={id}
      name={name}
      autocomplete={autocomplete}
      aria-labelledby={`${id}-label`}
      aria-invalid="false"
      aria-describedby={`${id}-fault`}
    ></select>
  );
}

/** Not part of Stripe's form: the stand-in's menu to fill it in. The list is part of the page and opens in place. */
function TestCardMenu() {
  return (
    <div class="TestCards">
      <button type="button" class="TestCards-toggle" aria-expanded="false" aria-controls="test-cards">
        Test cards
      </button>
      <div class="TestCards-list" id="test-cards" hidden>
        {Object.entries(testCardSections).map(([section, title]) => (
          <section aria-labelledby={`section-${section}`}>
            <h2 id={`section-${section}`}>{title}</h2>
            <ul>
              {testCards
                .filter((card) => card.section === section)
                .map(({ number, name, happens }) => (
                  <li>
                    <button
                      type="button"
                      data-number={number}
                      data-country={cardWithNumber(number)?.country ?? "US"}
                    >
                      <span class="TestCards-name">{name}</span>
                      <span class="TestCards-digits">·· {number.slice(-4)}</span>
                      <span class="TestCards-happens">{happens}</span>
                    </button>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
