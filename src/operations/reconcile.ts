/**
 * Reconciling: our books against Stripe's, both ways, and against themselves. Page by page, with what was found and
 * how far it came written in one commit a page, so that it goes on where it was interrupted.
 */
import { HOUR, type Instant } from "../domain/instant.ts";
import { log } from "../log.ts";
import {
  beginReconciliation,
  findUnfinishedReconciliation,
  readAdvanced,
  type Reconciliation,
  updateReconciliation,
} from "../store/reconciliations.ts";
import { nextPage } from "./reconcile-pages.ts";
import type { ReconcileDeps } from "./reconcile-payments.ts";

/**
 * How far a comparison goes back before the end of the last: a payment made then may have been captured since, a day
 * later at most.
 */
const OVERLAP = 48 * HOUR;

/** Begins a comparison of everything up to now, unless one is under way. */
export function beginReconciling(deps: Pick<ReconcileDeps, "db" | "now" | "newId">): Promise<void> {
  return beginReconciliation(deps.db, { id: deps.newId("rec"), at: deps.now(), overlap: OVERLAP });
}

/**
 * Goes on with the comparison under way until it is done or `deadline` has passed, and answers how it then stands.
 * Null where none is under way, where Stripe does not answer, or where another run has taken it on: a later run goes on.
 */
export async function goOnReconciling(
  deps: ReconcileDeps,
  deadline: Instant,
): Promise<Reconciliation | null> {
  let standing = await findUnfinishedReconciliation(deps.db);
  while (standing !== null && standing.stage !== "done" && deps.now() < deadline) {
    const page = await nextPage(deps, standing, standing.stage);
    if (page === null) {
      log("reconciliation_waits", { stage: standing.stage });
      return null;
    }
    const results = await deps.db.batch([
      ...page.statements,
      updateReconciliation(deps.db, standing, page.to, deps.now()),
    ]);
    standing = readAdvanced(results.at(-1));
  }
  if (standing?.stage === "done") {
    const { payments, settled, accounts, differences, untilAt } = standing;
    log("reconciled", { until: untilAt, payments, settled, accounts, differences });
  }
  return standing;
}
