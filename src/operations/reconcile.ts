/**
 * Reconciles our books with Stripe's, both ways, and with themselves. Each page writes what it found and how far it got
 * in one commit, so that an interrupted run continues where it stopped.
 */
import { HOUR } from "../domain/instant.ts";
import { GIVEN_UP_DIFFERENCE_KIND, notCompared } from "../domain/reconciliation.ts";
import { log } from "../log.ts";
import { noteDifferences, resolveDifferencesOfKind } from "../store/reconciliation-differences.ts";
import {
  type Advance,
  beginReconciliation,
  countFailure,
  findUnfinishedReconciliation,
  readAdvanced,
  type Reconciliation,
  type Stage,
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

/** A page that fails this often is given up, and with it the rest of its stage. */
const MOST_FAILURES = 3;

/**
 * Continues the comparison under way until it is done or time is up, and answers how it then stands. Null if none is
 * under way, Stripe does not answer, or another run has taken it over. A later run continues it. Rejects if a page fails.
 */
export async function goOnReconciling(deps: ReconcileDeps): Promise<Reconciliation | null> {
  let standing = await findUnfinishedReconciliation(deps.db);
  while (standing !== null && standing.stage !== "done" && !isOutOfTime(deps)) {
    standing = await goOnePage(deps, standing, standing.stage);
  }
  if (standing?.stage === "done") {
    const { payments, settled, accounts, differences, untilAt, skipped } = standing;
    log("reconciled", { until: untilAt, payments, settled, accounts, differences, skipped });
  }
  return standing;
}

async function goOnePage(
  deps: ReconcileDeps,
  standing: Reconciliation,
  stage: Stage,
): Promise<Reconciliation | null> {
  try {
    const page = await nextPage(deps, standing, stage);
    if (page === null) {
      log("reconciliation_waits", { stage });
      return null;
    }
    return await writePage(deps, standing, {
      ...page,
      stage: page.cursor === null ? stageAfter(stage) : stage,
    });
  } catch (error) {
    return failPage(deps, standing, stage, error);
  }
}

/** Writes what a page found and how far the comparison has got, in one commit. Rejects if another run has written the page. */
async function writePage(
  deps: ReconcileDeps,
  standing: Reconciliation,
  { statements, ...to }: Page & Advance,
): Promise<Reconciliation | null> {
  const { db } = deps;
  const at = deps.now();
  const results = await db.batch([
    ...statements,
    // A stage that was given up before and was not this time.
    ...(to.stage === "done"
      ? [resolveDifferencesOfKind(db, [GIVEN_UP_DIFFERENCE_KIND], standing.startedAt, at)]
      : []),
    updateReconciliation(db, standing, to, at),
  ]);
  return readAdvanced(results.at(-1));
}

/**
 * Counts that a page failed, and passes the error on. After several failures, tells staff which stage was not compared
 * and goes on with the next: one bent row must not keep the rest from being compared. Null if another run has written the
 * page.
 */
async function failPage(
  deps: ReconcileDeps,
  standing: Reconciliation,
  stage: Stage,
  error: unknown,
): Promise<Reconciliation | null> {
  const failures = await countFailure(deps.db, standing, deps.now());
  if (failures === null) {
    return null;
  }
  if (failures < MOST_FAILURES) {
    throw error;
  }
  const problem = error instanceof Error ? error.message : "unknown";
  log("reconciliation_stage_given_up", { stage, after: standing.cursor, error: problem });
  const difference = notCompared(stage, { after: standing.cursor, problem }, deps.now());
  return writePage(deps, standing, {
    statements: [noteDifferences(deps.db, [difference], deps.now())],
    stage: stageAfter(stage),
    cursor: null,
    skipped: 1,
  });
}
