/** The page of test cards. */
import { groupedNumber } from "../browser/card/number.ts";
import { testCards, testCardSections, type TestCard } from "../test-cards.ts";

const steps: Record<TestCard["step"], string> = {
  form: "In the form",
  verify: "When verified",
  charge: "When charged",
  afterwards: "After payment",
  none: "Never",
};

/** `/stand-in/cards`: every test card and what it does, with a button to copy its number. */
export function CardsPage() {
  return (
    <>
      <h1>Test cards</h1>
      <p class="lead">
        Use any future expiry date, any security code and any billing address. In the card form, press{" "}
        <em>Test cards</em> to choose a card from the same list: it fills in the card and, unless you have
        typed one, a billing address in the card’s country. The numbers are{" "}
        <a href="https://docs.stripe.com/testing">Stripe’s own</a>, and do the same in Stripe’s sandbox.
      </p>
      {Object.entries(testCardSections).map(([section, title]) => (
        <section>
          <h2>{title}</h2>
          <ul class="cards">
            {testCards
              .filter((card) => card.section === section)
              .map((card) => (
                <Card card={card} />
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function Card({ card: { number, name, happens, step } }: { card: TestCard }) {
  return (
    <li>
      <div class="card-text">
        <strong>{name}</strong>
        <span>{happens}</span>
        {step !== "none" && <span class="card-step">Takes effect: {steps[step].toLowerCase()}</span>}
      </div>
      <code>{groupedNumber(number)}</code>
      <button type="button" class="quiet" data-copy={number} aria-label={`Copy the number of ${name}`}>
        Copy
      </button>
    </li>
  );
}
