/**
 * Reconciles our books with Stripe's, both ways, and with themselves. Each page writes what it found and how far it got
 * in one commit, so that an interrupted run continues where it stopped.
 */
import { HOUR } from "../domain/instant.ts";
import { log } from "../log.ts";
import {
  type Advance,
  beginReconciliation,
  findUnfinishedReconciliation,
  readAdvanced,
  type Reconciliation,
  stageAfter,
  updateReconciliation,
} from "../store/reconciliations.ts";
import { isOutOfTime } from "./ask-patiently.ts";
import { nextPage, type Page } from "./reconcile-pages.ts";
import type { ReconcileDeps } from "./reconcile-payments.ts";

/**
 * How far a comparison reaches back before the end of the last one: a payment made then may have been captured since,
 * at most a day later.
 */
const OVERLAP = 48 * HOUR;

/** Begins a comparison of everything up to now, unless one is under way. */
export function beginReconciling(deps: Pick<ReconcileDeps, "db" | "now" | "newId">): Promise<void> {
  return beginReconciliation(deps.db, { id: deps.newId("rec"), at: deps.now(), overlap: OVERLAP });
}

/**
 * Continues the comparison under way until it is done or time is up, and answers how it then stands. Null if none is
 * under way, Stripe does not answer, or another run has taken it over. A later run continues it.
 */
export async function goOnReconciling(deps: ReconcileDeps): Promise<Reconciliation | null> {
  let standing = await findUnfinishedReconciliation(deps.db);
  while (standing !== null && standing.stage !== "done" && !isOutOfTime(deps)) {
    const { stage } = standing;
    const page = await nextPage(deps, standing, stage);
    if (page === null) {
      log("reconciliation_waits", { stage });
      return null;
    }
    standing = await writePage(deps, standing, {
      ...page,
      stage: page.cursor === null ? stageAfter(stage) : stage,
    });
  }
  if (standing?.stage === "done") {
    const { payments, settled, accounts, differences, untilAt } = standing;
    log("reconciled", { until: untilAt, payments, settled, accounts, differences });
  }
  return standing;
}

/** Writes what a page found and how far the comparison is now, in one commit. Null if another run has written the page. */
async function writePage(
  deps: ReconcileDeps,
  standing: Reconciliation,
  { statements, ...to }: Page & Advance,
): Promise<Reconciliation | null> {
  try {
    const results = await deps.db.batch([
      ...statements,
      updateReconciliation(deps.db, standing, to, deps.now()),
    ]);
    return readAdvanced(results.at(-1));
  } catch (error) {
    const now = await findUnfinishedReconciliation(deps.db);
    if (now?.id === standing.id && now.pages === standing.pages) {
      throw error;
    }
    return null;
  }
}
