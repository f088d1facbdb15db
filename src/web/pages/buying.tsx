/**
 * The form that buys credits. Its initial content is correct without the script; the script (browser/account.ts)
 * updates the total, mounts Stripe's fields, and places the order.
 */
import type { Card } from "../../domain/card.ts";
import { toCredits } from "../../domain/credits.ts";
import { type Price, type PriceList, priceOf } from "../../domain/prices.ts";
import type { Settings } from "../../settings.ts";
import type { Account } from "../../store/accounts.ts";
import { countText, creditsText, moneyText } from "../../amount-text.ts";
import { Money, UnitPrice } from "../components/amounts.tsx";
import { CardMark, cardText } from "../components/card-mark.tsx";
import type { Contact } from "../contact.ts";

/** What the form offers, and which account it is for. */
export type Offer = {
  settings: Settings;
  account: Account;
  prices: PriceList;
  /** The cards to choose from, most recently used first. */
  cards: readonly Card[];
};

/** The form, or what to do if no credits are for sale. */
export function Buying({ offer }: { offer: Offer }) {
  const { settings, account, prices, cards } = offer;
  const packs = pricesOfPacks(prices);
  const first = packs[0] ?? priceAt(prices, prices.minCredits);
  if (first === null) {
    return (
      <p class="empty">
        No credits are for sale at the moment. Please write to{" "}
        <a href={`mailto:${settings.seller.email}`}>{settings.seller.email}</a>.
      </p>
    );
  }
  const { email, name, phone, billingAddress } = account;
  return (
    <form
      id="buy"
      novalidate
      data-prices={JSON.stringify(prices)}
      data-contact={JSON.stringify({ email, name, phone, billingAddress } satisfies Contact)}
      data-stripe-script={settings.stripe.scriptUrl}
      data-stripe-key={settings.stripe.publishableKey}
    >
      <Quantities packs={packs} prices={prices} />
      <Total price={first} />
      <PayWith cards={cards} />
      <NewCard isHidden={cards.length > 0} />
      <div class="paying">
        <button type="button" class="button wide" id="pay" disabled>
          Pay {moneyText(first.amountCents, first.currency)}
        </button>
        <output id="progress"></output>
        <p class="field-error" id="form-error" role="alert" tabindex={-1}></p>
        <noscript>
          <p class="notice problem">To pay, turn on JavaScript in this browser.</p>
        </noscript>
        <p class="fine">
          Stripe takes the payment. Your card number goes only to Stripe and never reaches us.
        </p>
      </div>
    </form>
  );
}

function Quantities({ packs, prices }: { packs: readonly Price[]; prices: PriceList }) {
  return (
    <fieldset id="quantities">
      <legend>How many credits?</legend>
      <div class="packs">
        {packs.map((price, index) => (
          <label class="choice pack">
            <input type="radio" name="pack" value={String(price.credits)} checked={index === 0} />
            <strong class="figure">{countText(price.credits)}</strong>
            <Money cents={price.amountCents} currency={price.currency} />
            <span class="fine">
              <UnitPrice micros={price.unitPriceMicros} currency={price.currency} /> each
            </span>
            {price.savedCents > 0 && (
              <span class="saving">
                Save <Money cents={price.savedCents} currency={price.currency} />
              </span>
            )}
          </label>
        ))}
        <div class="choice other">
          <label>
            <input type="radio" name="pack" value="other" checked={packs.length === 0} />
            Another quantity
          </label>
          <input
            id="quantity"
            aria-label="Another quantity of credits"
            aria-describedby="quantity-limits quantity-error"
            inputmode="numeric"
            autocomplete="off"
            maxlength={13}
            placeholder={countText(prices.minCredits)}
          />
        </div>
      </div>
      <p class="fine" id="quantity-limits">
        {countText(prices.minCredits)} to {creditsText(prices.maxCredits)} per order.
      </p>
      <p class="field-error" id="quantity-error" role="alert"></p>
    </fieldset>
  );
}

function Total({ price }: { price: Price }) {
  return (
    <div class="total" aria-live="polite">
      <div class="row">
        <span>
          <span class="figure" id="total-credits">
            {creditsText(price.credits)}
          </span>{" "}
          at{" "}
          <span id="total-unit">
            <UnitPrice micros={price.unitPriceMicros} currency={price.currency} />
          </span>{" "}
          each
        </span>
        <strong class="figure" id="total-amount">
          <Money cents={price.amountCents} currency={price.currency} />
        </strong>
      </div>
      <p class="saving" id="total-saving">
        {price.savedCents > 0 && (
          <>
            You save <Money cents={price.savedCents} currency={price.currency} />
          </>
        )}
      </p>
      <p id="bargain"></p>
      <p class="field-error" id="total-error" role="alert" tabindex={-1}></p>
    </div>
  );
}

function PayWith({ cards }: { cards: readonly Card[] }) {
  return (
    <div id="pay-with">
      {cards.length > 0 && (
        <fieldset>
          <legend>Pay with</legend>
          {cards.map((card, index) => (
            <label class="choice">
              <input
                type="radio"
                name="card"
                value={card.id}
                checked={index === 0}
                data-card={cardText(card)}
              />
              <CardMark card={card} />
              <span class="fine figure">
                <span class="spoken">expires </span>
                {expiryText(card)}
              </span>
            </label>
          ))}
          <label class="choice">
            <input type="radio" name="card" value="new" />
            Use another card
          </label>
          <p class="field-error" id="card-error" role="alert" tabindex={-1}></p>
        </fieldset>
      )}
    </div>
  );
}

function NewCard({ isHidden }: { isHidden: boolean }) {
  return (
    <fieldset id="new-card" hidden={isHidden}>
      <legend>Card</legend>
      <div id="payment-element" class="stripe-fields"></div>
      <p class="field-error" id="payment-error" role="alert" tabindex={-1}></p>
      <h3>Billing address</h3>
      <p class="fine">As your bank has it: we check the street and postcode before you are charged.</p>
      <p class="field-error" id="address-error" role="alert" tabindex={-1}></p>
      <div id="address-element" class="stripe-fields"></div>
      <label class="check">
        <input type="checkbox" id="keep-card" checked /> Save this card for next time
      </label>
    </fieldset>
  );
}

function pricesOfPacks(prices: PriceList): Price[] {
  return prices.packs.flatMap(({ credits }) => priceAt(prices, credits) ?? []);
}

function priceAt(prices: PriceList, credits: number): Price | null {
  const priced = priceOf(prices, toCredits(credits));
  return priced.ok ? priced.price : null;
}

function expiryText({ expMonth, expYear }: Card): string {
  return `${String(expMonth).padStart(2, "0")}/${String(expYear % 100).padStart(2, "0")}`;
}
