/** The reconciliations table: each comparison of our books with Stripe's, how far it has got, and what it found. */
import type { Instant } from "../domain/instant.ts";
import { rowsOf } from "./rows.ts";

/** The stages, in order. */
const STAGES = [
  "payments",
  "refunds",
  "disputes",
  "fraud_warnings",
  "orders",
  "money_back",
  "differences",
  "books",
] as const;

export type Stage = (typeof STAGES)[number];

/** The stage that follows `stage`. */
export function stageAfter(stage: Stage): Stage | "done" {
  return STAGES[STAGES.indexOf(stage) + 1] ?? "done";
}

export type ReconciliationId = `rec_${string}`;

/** One comparison. `cursor` is where its stage resumes, null at the start. `differences` is null until it is done. */
export type Reconciliation = {
  id: ReconciliationId;
  fromAt: Instant;
  untilAt: Instant;
  stage: Stage | "done";
  cursor: string | null;
  pages: number;
  failures: number;
  skipped: number;
  payments: number;
  settled: number;
  accounts: number;
  differences: number | null;
  startedAt: Instant;
  finishedAt: Instant | null;
};

type Row = {
  id: ReconciliationId;
  from_at: number;
  until_at: number;
  stage: Stage | "done";
  cursor: string | null;
  pages: number;
  failures: number;
  skipped: number;
  payments: number;
  settled: number;
  accounts: number;
  differences: number | null;
  started_at: number;
  finished_at: number | null;
};

const COLUMNS =
  "id, from_at, until_at, stage, cursor, pages, failures, skipped, payments, settled, accounts, differences, started_at, finished_at";

/**
 * Begins a comparison up to `at`, unless one is under way. It starts `overlap` milliseconds before the end of the last
 * comparison that finished with nothing skipped. The very first starts that long before the first order.
 */
export async function beginReconciliation(
  db: D1Database,
  begun: { id: ReconciliationId; at: Instant; overlap: number },
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO reconciliations (id, from_at, until_at, stage, started_at, updated_at)
       SELECT ?1,
              MAX(0, MIN(?2, COALESCE(
                (SELECT MAX(until_at) FROM reconciliations WHERE finished_at IS NOT NULL AND skipped = 0),
                (SELECT MIN(placed_at) FROM orders),
                ?2)) - ?3),
              ?2, 'payments', ?2, ?2
       WHERE NOT EXISTS (SELECT 1 FROM reconciliations WHERE finished_at IS NULL)`,
    )
    .bind(begun.id, begun.at, begun.overlap)
    .run();
}

/** The comparison under way, or null. */
export async function findUnfinishedReconciliation(db: D1Database): Promise<Reconciliation | null> {
  const row = await db
    .prepare(`SELECT ${COLUMNS} FROM reconciliations WHERE finished_at IS NULL`)
    .first<Row>();
  return row === null ? null : toReconciliation(row);
}

/** The newest finished comparison, or null. It says how our books and Stripe's agreed as of `untilAt`. */
export async function findLastReconciliation(db: D1Database): Promise<Reconciliation | null> {
  const row = await db
    .prepare(
      `SELECT ${COLUMNS} FROM reconciliations WHERE finished_at IS NOT NULL ORDER BY started_at DESC LIMIT 1`,
    )
    .first<Row>();
  return row === null ? null : toReconciliation(row);
}

/** Comparisons, finished or not, newest first, at most `limit`. */
export async function listReconciliations(db: D1Database, limit: number): Promise<Reconciliation[]> {
  const { results } = await db
    .prepare(`SELECT ${COLUMNS} FROM reconciliations ORDER BY started_at DESC LIMIT ?1`)
    .bind(limit)
    .all<Row>();
  return results.map(toReconciliation);
}

/** When the newest comparison began, finished or not; null if there is none. */
export async function readLastReconciliationStart(db: D1Database): Promise<Instant | null> {
  const row = await db
    .prepare("SELECT MAX(started_at) AS started_at FROM reconciliations")
    .first<{ started_at: number | null }>();
  return row?.started_at ?? null;
}

/** What one page adds to the counts. */
export type PageCounts = { payments: number; settled: number; accounts: number };

/** What one page added to the counts, and where the comparison resumes. */
export type Advance = Partial<PageCounts> & {
  stage: Stage | "done";
  cursor: string | null;
  skipped?: number;
};

/** Moves a comparison forward. Fails, and its batch with it, if another run has already moved it. */
export function updateReconciliation(
  db: D1Database,
  from: Reconciliation,
  to: Advance,
  at: Instant,
): D1PreparedStatement {
  const { payments = 0, settled = 0, accounts = 0, skipped = 0 } = to;
  return db
    .prepare(
      `UPDATE reconciliations
       SET stage = ?3, cursor = ?4, pages = ?2 + 1, failures = 0, skipped = skipped + ?9,
           payments = payments + ?5, settled = settled + ?6, accounts = accounts + ?7,
           updated_at = ?8,
           finished_at = CASE WHEN ?3 = 'done' THEN ?8 END,
           differences = CASE WHEN ?3 = 'done' THEN (SELECT COUNT(*) FROM open_differences) END
       WHERE id = ?1
       RETURNING ${COLUMNS}`,
    )
    .bind(from.id, from.pages, to.stage, to.cursor, payments, settled, accounts, at, skipped);
}

/** The comparison after `updateReconciliation`. */
export function readAdvanced(result: D1Result | undefined): Reconciliation | null {
  const row = rowsOf<Row>(result)[0];
  return row === undefined ? null : toReconciliation(row);
}

/**
 * Counts that the page the comparison is at has failed, and returns how often it has by now; null if another run has
 * written the page.
 */
export async function countFailure(
  db: D1Database,
  at: Reconciliation,
  failedAt: Instant,
): Promise<number | null> {
  const row = await db
    .prepare(
      `UPDATE reconciliations
       SET failures = failures + 1, updated_at = ?3
       WHERE id = ?1 AND pages = ?2 AND finished_at IS NULL
       RETURNING failures`,
    )
    .bind(at.id, at.pages, failedAt)
    .first<{ failures: number }>();
  return row?.failures ?? null;
}

function toReconciliation(row: Row): Reconciliation {
  return {
    id: row.id,
    fromAt: row.from_at,
    untilAt: row.until_at,
    stage: row.stage,
    cursor: row.cursor,
    pages: row.pages,
    failures: row.failures,
    skipped: row.skipped,
    payments: row.payments,
    settled: row.settled,
    accounts: row.accounts,
    differences: row.differences,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
