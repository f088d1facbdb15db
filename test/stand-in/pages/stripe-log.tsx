/** The traffic between Denarius and Stripe, live, and switches that change how Stripe behaves. */
import { Choice, Switch } from "./switch.tsx";

const faults = {
  fail_before: "500 before anything is done",
  fail_after: "500 after everything is done",
  lose_answer: "Done, but the response is lost",
  slow: "Done, but the response is slow",
  lock_timeout: "429, the object is locked",
  rate_limit: "429, too many requests",
  api_error: "500 in the middle; the idempotency key is used up",
  unreachable: "The connection drops; nothing is done",
};

/** Listed in the order Denarius makes them. The browser makes confirmation tokens itself, before Denarius is involved. */
const matches = [
  "POST /v1/setup_intents",
  "POST /v1/payment_intents",
  "GET /v1/payment_intents",
  "POST /v1/refunds",
  "POST /v1/confirmation_tokens",
  "* /v1/",
];

const checks = {
  as_card: "As the card says",
  unavailable: "Always unavailable",
  unavailable_at_setup: "Unavailable when verified, as the card says when charged",
  pass: "Passed, always",
  pass_at_setup: "Passed when verified, as the card says when charged",
};

const deliveries = {
  automatic: "Immediately",
  late: "Late",
  twice: "Twice",
  out_of_order: "Out of order",
  on_demand: "Only on request, below",
  never: "Never",
};

const fees = {
  later: "Later, in charge.updated",
  at_once: "Immediately",
};

/** `/stand-in/stripe-log`. The lists are filled by ../browser/pages/stripe-log.ts. */
export function StripeLogPage() {
  return (
    <div data-stripe-log>
      <h1>Stripe</h1>
      <p class="lead">Calls from Denarius to Stripe, and events from Stripe, newest first.</p>
      <section class="armed" aria-labelledby="armed" data-armed hidden>
        <h2 id="armed">Armed faults</h2>
        <ul data-faults></ul>
        <button class="quiet" data-disarm>
          Disarm all
        </button>
      </section>
      <details class="switches-box">
        <summary>Switches</summary>
        <div class="switches-grid">
          <FaultForm />
          <Switch
            action="/stand-in/stripe/bank"
            title="What the bank says about the address and code"
            button="Set"
          >
            <Choice name="checks" label="Checks" options={checks} />
          </Switch>
          <Switch action="/stand-in/stripe/webhooks" title="How events are delivered" button="Set">
            <Choice name="delivery" label="Delivery" options={deliveries} />
          </Switch>
          <Switch action="/stand-in/stripe/fees" title="When fees are known" button="Set">
            <Choice name="automatic" label="For an automatically captured payment" options={fees} />
          </Switch>
          <Switch action="/stand-in/clock" title="Move the clock forward" button="Move">
            <Choice
              name="advance_seconds"
              label="By"
              isNumber
              options={{
                "60": "1 minute",
                "900": "15 minutes",
                "3600": "1 hour",
                "86400": "1 day",
                "604800": "7 days",
              }}
            />
          </Switch>
          <Switch action="/stand-in/cron" title="Run Denarius’s cron" button="Run the cron now">
            <p class="hint">It settles interrupted orders, and runs automatically every five minutes.</p>
          </Switch>
          <Switch
            action="/stand-in/reset"
            title="Forget everything at Stripe"
            button="Reset"
            question="Forget every customer, card and payment at the stand-in Stripe? Denarius keeps its own books."
          >
            <p class="hint">
              Denarius keeps its own books, so payments in them will be unknown here afterwards.
            </p>
          </Switch>
        </div>
      </details>
      <div class="log-columns">
        <section aria-labelledby="calls">
          <h2 id="calls">Calls</h2>
          <ol class="entries" data-calls></ol>
        </section>
        <section aria-labelledby="events">
          <h2 id="events">Events</h2>
          <ol class="entries" data-events></ol>
        </section>
      </div>
    </div>
  );
}

function FaultForm() {
  return (
    <Switch action="/stand-in/stripe/faults" title="Make calls fail" button="Arm">
      <Choice name="kind" label="How" options={faults} />
      <label>
        Which calls
        <input name="match" value={matches[0]} list="matches" spellcheck={false} />
        <span class="hint">
          A method and the start of a path; * means any method. * /v1/ matches every call, including the one
          with which the browser makes its token.
        </span>
      </label>
      <datalist id="matches">
        {matches.map((match) => (
          <option value={match}>{match}</option>
        ))}
      </datalist>
      <div class="pair">
        <label>
          How many
          <input name="times" type="number" min="1" value="1" data-number />
        </label>
        <label>
          Delay, ms
          <input name="delay_ms" type="number" min="0" max="120000" value="0" data-number />
        </label>
      </div>
    </Switch>
  );
}
