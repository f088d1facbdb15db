/** The cron_runs table: what each run of the cron looked at, settled, and failed to settle. */
import { DAY, type Instant } from "../domain/instant.ts";

/** How long runs are kept. */
const KEPT_FOR = 30 * DAY;

/** What a run has done so far. `stoppedAfter` is the last account it looked at, or null once it has looked at all. */
export type CronCounts = {
  accountsLookedAt: number;
  accountsFailed: number;
  ordersLookedAt: number;
  ordersSettled: number;
  ordersWaiting: number;
  ordersFailed: number;
  stoppedAfter: string | null;
};

/** A run as recorded. `finishedAt` is null if the run is under way or died. */
export type CronRun = CronCounts & { startedAt: Instant; finishedAt: Instant | null };

/**
 * Records the start of a run and deletes old runs. Returns the run's id, and where the last run stopped or was killed.
 * The new run starts out with that place, in case it is killed at once.
 */
export async function beginCronRun(
  db: D1Database,
  startedAt: Instant,
): Promise<{ id: number; after: string | null }> {
  const [, begun] = await db.batch<{ id: number; stopped_after: string | null }>([
    db.prepare("DELETE FROM cron_runs WHERE started_at < ?1").bind(startedAt - KEPT_FOR),
    db
      .prepare(
        `INSERT INTO cron_runs (started_at, stopped_after)
         VALUES (?1, (SELECT stopped_after FROM cron_runs ORDER BY id DESC LIMIT 1))
         RETURNING id, stopped_after`,
      )
      .bind(startedAt),
  ]);
  const run = begun?.results[0];
  return { id: run?.id ?? 0, after: run?.stopped_after ?? null };
}

/** Records the result of a run so far. `finishedAt` is null while it goes on. */
export async function updateCronRun(
  db: D1Database,
  id: number,
  counts: CronCounts,
  finishedAt: Instant | null,
): Promise<void> {
  await db
    .prepare(
      `UPDATE cron_runs
       SET finished_at = ?2,
           accounts_looked_at = ?3, accounts_failed = ?4,
           orders_looked_at = ?5, orders_settled = ?6, orders_waiting = ?7, orders_failed = ?8,
           stopped_after = ?9
       WHERE id = ?1`,
    )
    .bind(
      id,
      finishedAt,
      counts.accountsLookedAt,
      counts.accountsFailed,
      counts.ordersLookedAt,
      counts.ordersSettled,
      counts.ordersWaiting,
      counts.ordersFailed,
      counts.stoppedAfter,
    )
    .run();
}

type CronRunRow = {
  started_at: number;
  finished_at: number | null;
  accounts_looked_at: number;
  accounts_failed: number;
  orders_looked_at: number;
  orders_settled: number;
  orders_waiting: number;
  orders_failed: number;
  stopped_after: string | null;
};

/** The newest runs, newest first. */
export async function listCronRuns(db: D1Database, limit: number): Promise<CronRun[]> {
  const { results } = await db
    .prepare(
      `SELECT started_at, finished_at, accounts_looked_at, accounts_failed,
              orders_looked_at, orders_settled, orders_waiting, orders_failed, stopped_after
       FROM cron_runs
       ORDER BY id DESC
       LIMIT ?1`,
    )
    .bind(limit)
    .all<CronRunRow>();
  return results.map((row) => ({
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    accountsLookedAt: row.accounts_looked_at,
    accountsFailed: row.accounts_failed,
    ordersLookedAt: row.orders_looked_at,
    ordersSettled: row.orders_settled,
    ordersWaiting: row.orders_waiting,
    ordersFailed: row.orders_failed,
    stoppedAfter: row.stopped_after,
  }));
}
