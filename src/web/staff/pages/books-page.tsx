/** The books compared with Stripe: open differences with both sides, comparisons, cron runs, and earlier differences. */
import type { Instant } from "../../../domain/instant.ts";
import type { Currency } from "../../../domain/money.ts";
import type { CronRun } from "../../../store/cron-runs.ts";
import type { FoundDifference } from "../../../store/reconciliation-differences.ts";
import type { Reconciliation } from "../../../store/reconciliations.ts";
import { countText } from "../../../amount-text.ts";
import { Day, Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import type { Tone } from "../../money-back-words.ts";
import { booksSentence, cronSentence, stageText } from "../books-words.ts";
import { type ClosingTyped, DifferenceItem } from "./difference-item.tsx";
import { RowsTable, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page shows. */
export type Books = {
  reconciliations: readonly Reconciliation[];
  last: Reconciliation | null;
  openCount: number;
  open: readonly FoundDifference[];
  /** Those that are resolved or closed. */
  earlier: readonly FoundDifference[];
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
  problem,
  typed,
}: {
  seller: { name: string };
  staff: string;
  books: Books;
  now: Instant;
  /** Why a difference could not be closed. */
  problem?: string;
  /** The note that was typed to close it. */
  typed?: ClosingTyped;
}) {
  const { open, openCount, earlier, reconciliations } = books;
  const standing = booksSentence(books.last, openCount, now);
  const underWay = reconciliations.find(({ stage }) => stage !== "done");
  return (
    <StaffLayout title="Books" seller={seller} staff={staff} here="/admin/books">
      <div class="stack">
        <header class="row heading">
          <h1>Books</h1>
          <State word={standing.word} tone={standing.tone} />
        </header>
        {problem !== undefined && (
          <Notice kind="problem">
            <p>{problem}</p>
          </Notice>
        )}
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
              {open.map((difference, place) => (
                <DifferenceItem
                  difference={difference}
                  currencies={books.currencies}
                  place={place}
                  {...(isAbout(typed, difference) && { typed })}
                />
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
        <section class="panel" id="earlier">
          <h2>Earlier differences</h2>
          {earlier.length === 0 ? (
            <p class="empty">No differences have been resolved or closed yet.</p>
          ) : (
            <ul class="differences">
              {earlier.map((difference, place) => (
                <DifferenceItem difference={difference} currencies={books.currencies} place={place} />
              ))}
            </ul>
          )}
        </section>
      </div>
    </StaffLayout>
  );
}

function isAbout(typed: ClosingTyped | undefined, { kind, subject }: FoundDifference): typed is ClosingTyped {
  return typed?.kind === kind && typed.subject === subject;
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
