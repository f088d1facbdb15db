/** The staff start page: whether the books agree, what the cron did, and what needs attention. */
import type { Dispute } from "../../../domain/dispute.ts";
import type { FraudWarning } from "../../../domain/fraud-warning.ts";
import type { OrderId } from "../../../domain/ids.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { MoneyBack } from "../../../domain/money-back.ts";
import type { Refund } from "../../../domain/refund.ts";
import type { CronRun } from "../../../store/cron-runs.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import type { Reconciliation } from "../../../store/reconciliations.ts";
import { Money } from "../../components/amounts.tsx";
import { Day, Moment } from "../../components/moment.tsx";
import { booksSentence, cronSentence, stageText } from "../books-words.ts";
import { warningAnswer } from "../dispute-words.ts";
import { actorText, plain, REFUND_STATES, titled } from "../refund-words.ts";
import { DisputeItem } from "./dispute-item.tsx";
import { FindForm, List, OrderLine, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page shows. Each list holds at most `limit` items, plus one if there are more. */
export type Overview = {
  reconciliation: { last: Reconciliation | null; underWay: Reconciliation | null; openDifferences: number };
  cron: CronRun | null;
  openOrders: readonly KnownOrder[];
  waitingRefunds: readonly Refund[];
  failedRefunds: readonly Refund[];
  disputes: readonly Dispute[];
  warnings: readonly FraudWarning[];
  /** The orders that the disputes, warnings and refunds are about, and the refunds and disputes of those orders. */
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
              {(dispute) => (
                <DisputeItem dispute={dispute} known={overview.orders.get(dispute.orderId)} now={now} />
              )}
            </List>
            <p>
              <a href="/admin/disputes">All disputes, including decided ones</a>
            </p>
          </section>
          <section class="panel" id="failed-refunds">
            <h2>Failed refunds</h2>
            <List of={overview.failedRefunds} limit={limit} empty="There are no failed refunds to deal with.">
              {(refund) => <FailedRefund refund={refund} known={overview.orders.get(refund.orderId)} />}
            </List>
          </section>
          <section class="panel" id="warnings">
            <h2>Fraud warnings</h2>
            <List of={overview.warnings} limit={limit} empty="There are no fraud warnings from banks.">
              {(warning) => <WarningItem warning={warning} overview={overview} />}
            </List>
          </section>
          <section class="panel" id="open-orders">
            <h2>Orders in progress</h2>
            <List of={overview.openOrders} limit={limit} empty="No order is in progress.">
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
            <h2>Refunds waiting for Stripe</h2>
            <List of={overview.waitingRefunds} limit={limit} empty="No refund is waiting for Stripe.">
              {(refund) => (
                <>
                  <OrderLine known={overview.orders.get(refund.orderId)} id={refund.orderId} />
                  <p class="fine">
                    <RefundAmount refund={refund} known={overview.orders.get(refund.orderId)} /> requested by{" "}
                    {actorText(refund)}, <Moment at={refund.requestedAt} />
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
        <a href="/admin/books">{openDifferences > 0 ? "View the differences" : "Open the books"}</a>
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

function FailedRefund({ refund, known }: { refund: Refund; known: KnownOrder | undefined }) {
  return (
    <>
      <OrderLine known={known} id={refund.orderId} />
      <p class="facts fine">
        <State {...REFUND_STATES[refund.state]} />
        <span>
          <RefundAmount refund={refund} known={known} /> requested on <Day at={refund.requestedAt} />
        </span>
        <span class="unbroken">{actorText(refund)}</span>
      </p>
      <p class="fine">
        {refund.failure === null ? "Stripe gave no reason. " : `Stripe says: ${plain(refund.failure)}. `}
        The customer has the credits back and was told to write to us. Refund it again, or pay it another way.
      </p>
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
