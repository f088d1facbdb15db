/** The first page of staff: whether the books agree, what the cron did, and what waits for somebody. */
import { type Dispute, isAnswerable } from "../../../domain/dispute.ts";
import type { FraudWarning } from "../../../domain/fraud-warning.ts";
import type { OrderId } from "../../../domain/ids.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { MoneyBack } from "../../../domain/money-back.ts";
import type { Refund } from "../../../domain/refund.ts";
import type { CronRun } from "../../../store/cron-runs.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import type { Reconciliation } from "../../../store/reconciliations.ts";
import { moneyText } from "../../amount-text.ts";
import { Money } from "../../components/amounts.tsx";
import { Moment } from "../../components/moment.tsx";
import { booksSentence, cronSentence, stageText } from "../books-words.ts";
import { disputeSentence, disputeStanding, dueIn, warningAnswer } from "../dispute-words.ts";
import { titled } from "../refund-words.ts";
import { FindForm, OrderLine, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page tells. Lists hold at most `limit` each, and one more where there are more. */
export type Overview = {
  reconciliation: { last: Reconciliation | null; underWay: Reconciliation | null; openDifferences: number };
  cron: CronRun | null;
  openOrders: readonly KnownOrder[];
  waitingRefunds: readonly Refund[];
  disputes: readonly Dispute[];
  warnings: readonly FraudWarning[];
  /** The orders that disputes, warnings and refunds are about, and what went back of them. */
  orders: ReadonlyMap<OrderId, KnownOrder>;
  back: ReadonlyMap<OrderId, MoneyBack>;
  limit: number;
};

/** The page at /admin. */
export function OverviewPage({
  seller,
  staff,
  overview,
  now,
}: {
  seller: { name: string };
  staff: string;
  overview: Overview;
  now: Instant;
}) {
  const { limit } = overview;
  return (
    <StaffLayout title="Overview" seller={seller} staff={staff} here="/admin">
      <div class="stack">
        <h1>Overview</h1>
        <div class="columns even">
          <Books reconciliation={overview.reconciliation} now={now} />
          <Cron run={overview.cron} now={now} />
        </div>
        <section class="panel" aria-label="Find">
          <FindForm />
        </section>
        <div class="columns even">
          <section class="panel" id="disputes">
            <h2>Disputes</h2>
            <List of={overview.disputes} limit={limit} empty="No dispute is open.">
              {(dispute) => <DisputeItem dispute={dispute} overview={overview} now={now} />}
            </List>
          </section>
          <section class="panel" id="warnings">
            <h2>Fraud warnings</h2>
            <List of={overview.warnings} limit={limit} empty="The banks have warned of no payment.">
              {(warning) => <WarningItem warning={warning} overview={overview} />}
            </List>
          </section>
          <section class="panel" id="open-orders">
            <h2>Orders that wait</h2>
            <List of={overview.openOrders} limit={limit} empty="Every order has come to its end.">
              {(known) => (
                <>
                  <OrderLine known={known} id={known.order.id} />
                  <p class="facts fine">
                    <State word={titled(known.order.state)} tone="open" />
                    <span>
                      since <Moment at={known.order.placedAt} />
                    </span>
                  </p>
                </>
              )}
            </List>
          </section>
          <section class="panel" id="waiting-refunds">
            <h2>Refunds that wait for Stripe</h2>
            <List of={overview.waitingRefunds} limit={limit} empty="Stripe has answered for every refund.">
              {(refund) => (
                <>
                  <OrderLine known={overview.orders.get(refund.orderId)} id={refund.orderId} />
                  <p class="fine">
                    <RefundAmount refund={refund} known={overview.orders.get(refund.orderId)} /> asked for by{" "}
                    {refund.actor}, <Moment at={refund.requestedAt} />
                  </p>
                </>
              )}
            </List>
          </section>
        </div>
      </div>
    </StaffLayout>
  );
}

function Books({
  reconciliation: { last, underWay, openDifferences },
  now,
}: {
  reconciliation: Overview["reconciliation"];
  now: Instant;
}) {
  const { sentence, word, tone } = booksSentence(last, openDifferences, now);
  return (
    <section class="panel" id="books">
      <header class="row">
        <h2>Books</h2>
        <State word={word} tone={tone} />
      </header>
      <p>{sentence}</p>
      {underWay !== null && <p class="fine">{`${stageText(underWay)}.`}</p>}
      <p>
        <a href="/admin/books">{openDifferences > 0 ? "Look at the differences" : "Open the books"}</a>
      </p>
    </section>
  );
}

function Cron({ run, now }: { run: CronRun | null; now: Instant }) {
  const { sentence, word, tone } = cronSentence(run, now);
  return (
    <section class="panel" id="cron">
      <header class="row">
        <h2>Cron</h2>
        <State word={word} tone={tone} />
      </header>
      <p>{sentence}</p>
      <p>
        <a href="/admin/books#runs">Runs</a>
      </p>
    </section>
  );
}

function DisputeItem({ dispute, overview, now }: { dispute: Dispute; overview: Overview; now: Instant }) {
  const known = overview.orders.get(dispute.orderId);
  const currency = known?.order.currency ?? "usd";
  const { word, tone } = disputeStanding(dispute);
  return (
    <>
      <div class="row">
        <a href={`/admin/disputes/${dispute.id}`}>{titled(dispute.reason)}</a>
        <Money cents={dispute.amountCents} currency={currency} />
      </div>
      <p class="facts fine">
        <State word={word} tone={tone} />
        {isAnswerable(dispute) && dispute.evidenceDueAt !== null && (
          <DueDate due={dispute.evidenceDueAt} now={now} />
        )}
        <span class="unbroken">{known?.email}</span>
      </p>
      <p class="fine">{disputeSentence(dispute, (cents) => moneyText(cents, currency))}</p>
    </>
  );
}

/** The day by which the bank wants our evidence. */
export function DueDate({ due, now }: { due: Instant; now: Instant }) {
  const { words, tone } = dueIn(due, now);
  return (
    <>
      <State word={words === "overdue" ? "Evidence overdue" : `Evidence due ${words}`} tone={tone} />
      <span>
        by <Moment at={due} />
      </span>
    </>
  );
}

function WarningItem({ warning, overview }: { warning: FraudWarning; overview: Overview }) {
  const known = overview.orders.get(warning.orderId);
  const answer =
    known === undefined ? null : warningAnswer(warning, known.order, overview.back.get(warning.orderId));
  return (
    <>
      <OrderLine known={known} id={warning.orderId} />
      <p class="facts fine">
        <State word={titled(warning.fraudType)} tone={answer?.tone ?? "open"} />
        <Moment at={warning.warnedAt} />
      </p>
      {answer !== null && <p class="fine">{answer.words}</p>}
    </>
  );
}

function RefundAmount({ refund, known }: { refund: Refund; known: KnownOrder | undefined }) {
  return known === undefined ? (
    <>A refund</>
  ) : (
    <Money cents={refund.amountCents} currency={known.order.currency} />
  );
}

function List<T>({
  of,
  limit,
  empty,
  children,
}: {
  of: readonly T[];
  limit: number;
  empty: string;
  children: (one: T) => unknown;
}) {
  if (of.length === 0) {
    return <p class="empty">{empty}</p>;
  }
  return (
    <>
      <ul class="orders">
        {of.slice(0, limit).map((one) => (
          <li>{children(one)}</li>
        ))}
      </ul>
      {of.length > limit && <p class="fine">{`These are the first ${limit}; there are more.`}</p>}
    </>
  );
}
