/** The books compared with Stripe: open differences with both sides, comparisons, cron runs, and resolved differences. */
import type { Instant } from "../../../domain/instant.ts";
import type { Currency } from "../../../domain/money.ts";
import type { CronRun } from "../../../store/cron-runs.ts";
import type { FoundDifference, ResolvedDifference } from "../../../store/reconciliation-differences.ts";
import type { Reconciliation } from "../../../store/reconciliations.ts";
import { countText } from "../../amount-text.ts";
import { Day, Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import type { Tone } from "../../money-back-words.ts";
import { booksSentence, cronSentence, stageText } from "../books-words.ts";
import { differenceWords, type Side, sidesOf } from "../difference-words.ts";
import { RowsTable, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page shows. */
export type Books = {
  reconciliations: readonly Reconciliation[];
  last: Reconciliation | null;
  openCount: number;
  open: readonly FoundDifference[];
  resolved: readonly ResolvedDifference[];
  runs: readonly CronRun[];
  /** The currencies of the orders that differences are about. */
  currencies: ReadonlyMap<string, Currency>;
};

/** The page at /admin/books. */
export function BooksPage({
  seller,
  staff,
  books,
  now,
}: {
  seller: { name: string };
  staff: string;
  books: Books;
  now: Instant;
}) {
  const { open, openCount, resolved, reconciliations } = books;
  const standing = booksSentence(books.last, openCount, now);
  const underWay = reconciliations.find(({ stage }) => stage !== "done");
  return (
    <StaffLayout title="Books" seller={seller} staff={staff} here="/admin/books">
      <div class="stack">
        <header class="row heading">
          <h1>Books</h1>
          <State word={standing.word} tone={standing.tone} />
        </header>
        <section class="panel" id="standing">
          <p class="lead">
            <strong>{standing.sentence}</strong>
          </p>
          <p class="fine">
            Once a day, and whenever you ask, we compare Stripe's payments, refunds and disputes with our
            orders and entries, both ways, and every balance with its entries.
          </p>
          {underWay !== undefined && (
            <Notice kind="plain">
              <p>{`${stageText(underWay)}.`}</p>
              <p class="fine">
                The cron continues within five minutes. Press the button to continue now, or reload to see the
                progress.
              </p>
            </Notice>
          )}
          <form method="post" action="/admin/books/reconcile">
            <button class="button">{underWay === undefined ? "Compare now" : "Continue comparing"}</button>
          </form>
        </section>
        <section class="panel" id="differences">
          <h2>{openCount === 0 ? "Differences" : `Differences: ${countText(openCount)}`}</h2>
          {open.length === 0 ? (
            <p class="empty">No differences.</p>
          ) : (
            <ul class="differences">
              {open.map((difference) => (
                <DifferenceItem difference={difference} currencies={books.currencies} />
              ))}
            </ul>
          )}
          {openCount > open.length && (
            <p class="fine">{`Showing the ${countText(open.length)} found most recently.`}</p>
          )}
        </section>
        <section class="panel" id="comparisons">
          <h2>Comparisons</h2>
          <Comparisons reconciliations={reconciliations} />
        </section>
        <section class="panel" id="runs">
          <h2>Cron runs</h2>
          <p class="fine">{cronSentence(books.runs[0] ?? null, now).sentence}</p>
          <Runs runs={books.runs} />
        </section>
        <section class="panel" id="resolved">
          <h2>Resolved</h2>
          {resolved.length === 0 ? (
            <p class="empty">No differences have been resolved yet.</p>
          ) : (
            <ul class="differences">
              {resolved.map((difference) => (
                <DifferenceItem
                  difference={difference}
                  currencies={books.currencies}
                  resolvedAt={difference.resolvedAt}
                />
              ))}
            </ul>
          )}
        </section>
      </div>
    </StaffLayout>
  );
}

function DifferenceItem({
  difference,
  currencies,
  resolvedAt,
}: {
  difference: FoundDifference;
  currencies: Books["currencies"];
  resolvedAt?: Instant;
}) {
  const { title, meaning } = differenceWords(difference.kind);
  const { orderId } = difference;
  const currency = currencies.get(orderId ?? "") ?? null;
  return (
    <li>
      <header class="row">
        <h3>{title}</h3>
        {resolvedAt === undefined ? <State word="Open" tone="bad" /> : <State word="Resolved" tone="good" />}
      </header>
      {resolvedAt === undefined && <p class="fine">{meaning}</p>}
      <div class="sides">
        {sidesOf(difference, currency).map((side) => (
          <SideOf side={side} />
        ))}
      </div>
      <p class="facts fine">
        <code>{difference.subject}</code>
        {orderId !== null && <a href={`/admin/orders/${orderId}`}>Open the order</a>}
        <span>
          found <Moment at={difference.foundAt} />
        </span>
        {resolvedAt === undefined ? (
          <span>
            last seen <Moment at={difference.lastFoundAt} />
          </span>
        ) : (
          <span>
            resolved <Moment at={resolvedAt} />
          </span>
        )}
      </p>
    </li>
  );
}

function SideOf({ side: { name, lines } }: { side: Side }) {
  return (
    <div>
      <h4>{name}</h4>
      {lines.length === 0 ? (
        <p class="fine">Nothing.</p>
      ) : (
        <dl class="details">
          {lines.map((line) => (
            <>
              <dt>{line.name}</dt>
              <dd class="figures">{line.isId ? <code>{line.value}</code> : line.value}</dd>
            </>
          ))}
        </dl>
      )}
    </div>
  );
}

function Comparisons({ reconciliations }: { reconciliations: readonly Reconciliation[] }) {
  if (reconciliations.length === 0) {
    return (
      <p class="empty">None yet. The first starts automatically, or now if you press the button above.</p>
    );
  }
  return (
    <RowsTable
      label="Comparisons"
      heads={["As of", "From", "State", "Payments#", "Settled#", "Accounts#", "Differences#"]}
      rows={reconciliations.map((one) => [
        <Moment at={one.untilAt} />,
        <Day at={one.fromAt} />,
        <State {...comparisonState(one)} />,
        figure(one.payments),
        figure(one.settled),
        figure(one.accounts),
        figure(one.differences),
      ])}
    />
  );
}

function comparisonState({ stage, skipped }: Reconciliation): { word: string; tone: Tone } {
  if (stage !== "done") {
    return { word: "Under way", tone: "open" };
  }
  return skipped === 0 ? { word: "Done", tone: "good" } : { word: "In part", tone: "bad" };
}

function Runs({ runs }: { runs: readonly CronRun[] }) {
  if (runs.length === 0) {
    return <p class="empty">None yet.</p>;
  }
  return (
    <RowsTable
      label="Cron runs"
      heads={["Started", "State", "Accounts#", "Orders#", "Settled#", "Waiting#", "Failed#"]}
      rows={runs.map((run, place) => [
        <Moment at={run.startedAt} />,
        <State {...runState(run, place === 0)} />,
        figure(run.accountsLookedAt),
        figure(run.ordersLookedAt),
        figure(run.ordersSettled),
        figure(run.ordersWaiting),
        figure(run.ordersFailed + run.accountsFailed),
      ])}
    />
  );
}

/** The state of a run. One that has not finished although another has begun since was killed. */
function runState({ finishedAt, stoppedAfter }: CronRun, isNewest: boolean): { word: string; tone: Tone } {
  if (finishedAt === null) {
    return isNewest ? { word: "Under way", tone: "open" } : { word: "Cut off", tone: "bad" };
  }
  return stoppedAfter === null ? { word: "Done", tone: "good" } : { word: "Out of time", tone: "open" };
}

function figure(count: number | null): string {
  return count === null ? "–" : countText(count);
}
