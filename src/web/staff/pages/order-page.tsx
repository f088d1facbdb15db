/** One order as staff see it: details, steps, the refund form, money back, fraud warnings, entries and Stripe's events. */
import type { MoneyBack } from "../../../domain/money-back.ts";
import type { FraudWarning } from "../../../domain/fraud-warning.ts";
import type { Failure } from "../../../domain/failure.ts";
import type { Order } from "../../../domain/order.ts";
import type { TraceStep } from "../../../domain/trace.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import type { OrderEntry, OrderEvent } from "../../../store/order-history.ts";
import { countText, creditsText } from "../../../amount-text.ts";
import { CreditCount, Money, UnitPrice } from "../../components/amounts.tsx";
import { CardMark } from "../../components/card-mark.tsx";
import { Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import { standingOf, type Tone } from "../../money-back-words.ts";
import { ORDER_STATES } from "../../order-words.ts";
import { warningAnswer } from "../dispute-words.ts";
import { plain, titled } from "../refund-words.ts";
import { refundSentence } from "../staff-sentences.ts";
import { WentBack } from "./went-back.tsx";
import { Entries } from "./entries.tsx";
import { RowsTable, State } from "./parts.tsx";
import { RefundForm, type RefundTyped } from "./refund-form.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page shows. Entries and events are the newest, at most `limit` of each. */
export type OrderSeen = KnownOrder & {
  balance: number;
  trace: readonly TraceStep[];
  back: MoneyBack;
  warnings: readonly FraudWarning[];
  entries: readonly OrderEntry[];
  events: readonly OrderEvent[];
  limit: number;
  /** What is left to refund, in cents, or why nothing can be refunded. Null if the order is not paid. */
  refundable: { ok: true; leftCents: number } | { ok: false; failure: Failure } | null;
};

/** The page at /admin/orders/:id. */
export function StaffOrderPage({
  seller,
  staff,
  seen,
  isLive,
  problem,
  typed,
}: {
  seller: { name: string };
  staff: string;
  seen: OrderSeen;
  /** Whether this is live mode; Stripe's Dashboard has separate URLs for live and test payments. */
  isLive: boolean;
  /** Why the last action failed, if it did. */
  problem?: string;
  /** What was typed into the refund form, and what is wrong with it. */
  typed?: RefundTyped;
}) {
  const { order, email, balance, back, refundable } = seen;
  const { word, tone } = standingOf(order, back);
  return (
    <StaffLayout title="Order" seller={seller} staff={staff}>
      <div class="stack">
        <header class="row heading">
          <h1>
            <CreditCount credits={order.credits} /> for{" "}
            <Money cents={order.amountCents} currency={order.currency} />
          </h1>
          <State word={word} tone={tone} />
        </header>
        {problem !== undefined && (
          <Notice kind="problem">
            <p>{problem}</p>
          </Notice>
        )}
        <div class="columns">
          <div>
            <section class="panel">
              <h2>Order</h2>
              <Details order={order} email={email} balance={balance} isLive={isLive} />
            </section>
            <section class="panel" id="trace">
              <h2>Steps</h2>
              <Trace steps={seen.trace} />
            </section>
          </div>
          <div>
            <section class="panel" id="refund">
              <h2>Refund</h2>
              <Refunding
                order={order}
                back={back}
                refundable={refundable}
                {...(typed !== undefined && { typed })}
              />
            </section>
            <section class="panel" id="went-back">
              <h2>Money back</h2>
              <WentBack order={order} back={back} />
            </section>
            {seen.warnings.length > 0 && (
              <section class="panel" id="warnings">
                <h2>Fraud warnings</h2>
                <ul class="orders">
                  {seen.warnings.map((warning) => (
                    <Warning warning={warning} order={order} back={back} />
                  ))}
                </ul>
              </section>
            )}
          </div>
        </div>
        <section class="panel" id="entries">
          <h2>Entries</h2>
          <Entries entries={seen.entries} limit={seen.limit} empty="This order has no ledger entries." />
        </section>
        <section class="panel" id="events">
          <h2>Stripe events</h2>
          <Events events={seen.events} limit={seen.limit} />
        </section>
      </div>
    </StaffLayout>
  );
}

function Details({
  order,
  email,
  balance,
  isLive,
}: {
  order: Order;
  email: string;
  balance: number;
  isLive: boolean;
}) {
  return (
    <dl class="details">
      <dt>Customer</dt>
      <dd>
        <a class="unbroken" href={`/admin/accounts/${order.accountId}`}>
          {email}
        </a>
      </dd>
      <dt>Balance</dt>
      <dd>
        {balance < 0 ? (
          <State word={`Owes ${creditsText(-balance)}`} tone="bad" />
        ) : (
          <CreditCount credits={balance} />
        )}
      </dd>
      <dt>Unit price</dt>
      <dd>
        <UnitPrice micros={order.unitPriceMicros} currency={order.currency} /> per credit
      </dd>
      <dt>Card</dt>
      <dd>{order.card === null ? "Not known" : <CardMark card={order.card} />}</dd>
      {order.card !== null && (
        <>
          <dt>Checks</dt>
          <dd>{checksText(order.card.checks)}</dd>
        </>
      )}
      <dt>Placed</dt>
      <dd>
        <Moment at={order.placedAt} />
      </dd>
      <Ending order={order} />
      <dt>Order</dt>
      <dd>
        <code>{order.id}</code>
      </dd>
      <dt>Payment</dt>
      <dd>
        {order.paymentIntentId === null ? (
          "None known"
        ) : (
          <a
            href={`https://dashboard.stripe.com/${isLive ? "" : "test/"}payments/${order.paymentIntentId}`}
            rel="noreferrer"
          >
            <code>{order.paymentIntentId}</code>
          </a>
        )}
      </dd>
    </dl>
  );
}

function Ending({ order }: { order: Order }) {
  switch (order.state) {
    case "placed":
    case "verifying":
    case "paying": {
      return (
        <>
          <dt>State</dt>
          <dd>{order.state}</dd>
        </>
      );
    }
    case "paid": {
      return (
        <>
          <dt>Paid</dt>
          <dd>
            <Moment at={order.paidAt} />
          </dd>
          <dt>Receipt</dt>
          <dd>{`Number ${order.receipt.number}`}</dd>
          <dt>Stripe's fee</dt>
          <dd>
            {order.fee === null ? (
              "Not known yet"
            ) : (
              <Money cents={order.fee.feeCents} currency={order.fee.currency} />
            )}
          </dd>
        </>
      );
    }
    case "refused":
    case "declined":
    case "abandoned": {
      return (
        <>
          <dt>{ORDER_STATES[order.state].word}</dt>
          <dd>
            <Moment at={order.endedAt} />
            {order.state === "refused" && `: ${order.fields.map(plain).join(", ")} did not match`}
            {order.state === "declined" && `: ${plain(order.declineCode)}`}
          </dd>
        </>
      );
    }
  }
}

function checksText(checks: { line1: string | null; postalCode: string | null; cvc: string | null }): string {
  const results = { street: checks.line1, postcode: checks.postalCode, "security code": checks.cvc };
  return Object.entries(results)
    .map(([name, result]) => `${name} ${result ?? "not asked"}`)
    .join(", ");
}

const STEPS = {
  card_verified: "Card verified",
  authorised: "Authorised by the bank",
  checks: "Card checks",
  charged: "Charged",
  credited: "Credited",
  confirmed: "Confirmed by Stripe's event",
} satisfies Record<TraceStep["step"], string>;

const MARKS = {
  done: { word: "Done", tone: "good" },
  not_yet: { word: "Not yet", tone: "open" },
  failed: { word: "Failed", tone: "bad" },
  not_done: { word: "Never", tone: "quiet" },
  unanswered: { word: "Not answered", tone: "quiet" },
} satisfies Record<TraceStep["state"], { word: string; tone: Tone }>;

function Trace({ steps }: { steps: readonly TraceStep[] }) {
  return (
    <ol class="orders">
      {steps.map(({ step, state, at }) => (
        <li>
          <p class="facts">
            <span class="step">{STEPS[step]}</span>
            <State {...MARKS[state]} />
            {at !== null && (
              <span class="fine">
                <Moment at={at} />
              </span>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}

function Refunding({
  order,
  back,
  refundable,
  typed,
}: {
  order: Order;
  back: MoneyBack;
  refundable: OrderSeen["refundable"];
  typed?: RefundTyped;
}) {
  if (refundable === null) {
    return <p class="empty">Only a paid order can be refunded.</p>;
  }
  return refundable.ok ? (
    <RefundForm order={order} leftCents={refundable.leftCents} {...(typed !== undefined && { typed })} />
  ) : (
    <p class="empty">{refundSentence(refundable.failure, back)}</p>
  );
}

function Warning({ warning, order, back }: { warning: FraudWarning; order: Order; back: MoneyBack }) {
  const { words, tone } = warningAnswer(warning, order, back);
  return (
    <li>
      <p class="facts">
        <State word={titled(warning.fraudType)} tone={tone} />
        <span class="fine">
          <Moment at={warning.warnedAt} />
        </span>
        <code>{warning.id}</code>
      </p>
      <p>{words}</p>
    </li>
  );
}

const OUTCOMES = {
  settled: { word: "Settled", tone: "good" },
  noted: { word: "Only noted", tone: "quiet" },
  not_ours: { word: "Not ours", tone: "quiet" },
  unfinished: { word: "Unfinished", tone: "bad" },
} satisfies Record<OrderEvent["outcome"], { word: string; tone: Tone }>;

function Events({ events, limit }: { events: readonly OrderEvent[]; limit: number }) {
  if (events.length === 0) {
    return <p class="empty">No Stripe event has arrived for this order.</p>;
  }
  return (
    <>
      <p class="fine">
        Settled: the books reflect the event, even if that changed nothing. Only noted: we do not act on such
        events. Unfinished: the work is not done, and Stripe is expected to send the event again.
      </p>
      <RowsTable
        label="Stripe events"
        heads={["Stripe's time", "Event", "Outcome", "Deliveries#", "ID"]}
        rows={events.map((event) => [
          <Moment at={event.createdAt} />,
          event.type,
          <State {...OUTCOMES[event.outcome]} />,
          countText(event.deliveries),
          <code>{event.id}</code>,
        ])}
      />
      {events.length === limit && <p class="fine">{`Showing the newest ${limit}.`}</p>}
    </>
  );
}
