/** Buttons for what banks, cardholders and users of Stripe's Dashboard can do to a payment. */
import type { RecentPayment } from "../stripe/recent-payments.ts";
import { Choice, Switch } from "./switch.tsx";

const reasons = {
  fraudulent: "Fraudulent",
  product_not_received: "Product not received",
  product_unacceptable: "Product unacceptable",
  duplicate: "Duplicate",
  subscription_canceled: "Subscription canceled",
  unrecognized: "Unrecognized",
  credit_not_processed: "Credit not processed",
  general: "General",
};

/** The next statuses a dispute can move to, by its current status, and the buttons for them. */
const turns: Record<string, Record<string, string>> = {
  warning_needs_response: { warning_closed: "Close the inquiry", needs_response: "Make it a dispute" },
  warning_under_review: { warning_closed: "Close the inquiry", needs_response: "Make it a dispute" },
  needs_response: { won: "Win", lost: "Lose" },
  under_review: { won: "Win", lost: "Lose" },
  appeal_needs_response: { won: "Win", lost: "Lose" },
  appeal_under_review: { won: "Win", lost: "Lose" },
  lost: { won: "Win after all" },
};

/** What can happen to a refund, by its status: the control and the button's label. */
const endings: Record<string, Record<string, string>> = {
  pending: { complete: "Let it succeed", fail: "Let it fail", cancel: "Cancel it" },
  succeeded: { fail: "Let it fail" },
};

/** `/stand-in/payments`. ../browser/pages/payments.ts refreshes the list. */
export function PaymentsPage({ payments }: { payments: readonly RecentPayment[] }) {
  return (
    <>
      <h1>Payments</h1>
      <p class="lead">
        Do what a bank, a cardholder or someone in Stripe’s Dashboard can do to a payment. Open one below and
        choose; Denarius is told as if by Stripe. The newest thirty payments are listed.
      </p>
      <div data-payments>
        {payments.length === 0 ? (
          <div class="empty">
            <p>
              <strong>No payment yet.</strong>
            </p>
            <p>
              Buy something at <a href="/">Denarius</a> and it appears here automatically.
            </p>
          </div>
        ) : (
          <ul class="entries">
            {payments.map((payment) => (
              <Payment payment={payment} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

function Payment({ payment }: { payment: RecentPayment }) {
  const { payment_intent: id, created, amount, customer, card, disputes, refunds, metadata } = payment;
  const { order_id: order } = metadata;
  const when = new Date(created * 1000).toISOString();
  return (
    <li>
      <details id={id} data-payment>
        <summary>
          <span>
            <strong>{amount}</strong> {customer}
          </span>
          <span class="entry-mark">{card}</span>
          <span class="entry-notes">{whatBecameOf(payment)}</span>
          <time class="entry-time" dateTime={when} data-time>
            {when}
          </time>
        </summary>
        <div class="payment">
          <p class="hint">
            {id}
            {order !== undefined && `, order ${order}`}
          </p>
          <output></output>
          {disputes.map((dispute) => (
            <Standing
              what={`${nameOf(dispute.status)} over ${dispute.amount}, ${words(dispute.reason)}: ${words(dispute.status)}`}
            >
              {Object.entries(turns[dispute.status] ?? {}).map(([status, name]) => (
                <Move
                  action="/stand-in/stripe/disputes/move"
                  fields={{ id: dispute.id, status }}
                  name={name}
                />
              ))}
            </Standing>
          ))}
          {refunds.map((refund) => (
            <Standing what={`Refund of ${refund.amount}: ${words(refund.status)}`}>
              {Object.entries(endings[refund.status] ?? {}).map(([ending, name]) => (
                <Move action={`/stand-in/stripe/refunds/${ending}`} fields={{ id: refund.id }} name={name} />
              ))}
            </Standing>
          ))}
          <Actions payment={payment} />
        </div>
      </details>
    </li>
  );
}

function Actions({ payment: { payment_intent: id, left } }: { payment: RecentPayment }) {
  const named = <input type="hidden" name="payment_intent" value={id} />;
  return (
    <div class="switches-grid">
      <Switch action="/stand-in/stripe/disputes" title="The cardholder complains" button="Open">
        {named}
        <Choice
          name="inquiry"
          label="What it is"
          isFlag
          options={{ false: "A dispute: the money is taken", true: "An inquiry: no money moves" }}
        />
        <Choice name="reason" label="Reason" options={reasons} />
      </Switch>
      {left > 0 && (
        <Switch action="/stand-in/stripe/refunds" title="Someone refunds at Stripe" button="Refund">
          {named}
          <label>
            Amount, in the smallest currency unit
            <input name="amount" type="number" min="1" max={String(left)} value={String(left)} data-number />
          </label>
          <Choice
            name="pending"
            label="The refund"
            isFlag
            options={{ false: "Behaves as the card says", true: "Stays pending until you decide" }}
          />
        </Switch>
      )}
      <Switch
        action="/stand-in/stripe/early_fraud_warnings"
        title="The card’s issuer warns of fraud"
        button="Warn"
      >
        {named}
        <p class="hint">A refund made in time prevents a dispute.</p>
      </Switch>
    </div>
  );
}

function Standing({ what, children }: { what: string; children: unknown }) {
  return (
    <div class="standing">
      <span>{what}</span>
      {children}
    </div>
  );
}

/** A switch with nothing to choose: just a button. Its result is shown with the payment. */
function Move(props: { action: string; fields: Record<string, string>; name: string }) {
  return (
    <form data-switch={props.action}>
      {Object.entries(props.fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class="quiet">{props.name}</button>
    </form>
  );
}

function whatBecameOf({ disputes, refunds, warnings }: RecentPayment): string {
  return [
    ...disputes.map(({ status }) => `${nameOf(status).toLowerCase()} ${words(status)}`),
    ...refunds.map(({ status }) => `refund ${words(status)}`),
    ...(warnings > 0 ? ["fraud warning"] : []),
  ].join(" · ");
}

function nameOf(status: string): string {
  return status.startsWith("warning_") ? "Inquiry" : "Dispute";
}

/** Stripe's status without its underscores, and without `warning_`, because an inquiry is already labelled as one. */
function words(status: string): string {
  return status.replace(/^warning_/, "").replaceAll("_", " ");
}
