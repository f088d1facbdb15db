/** The differences table: where our books and Stripe's do not agree, until they do. */
import type { Instant } from "../domain/instant.ts";
import {
  type BooksDifferenceKind,
  type Difference,
  PAYMENT_DIFFERENCE_KINDS,
} from "../domain/reconciliation.ts";

/** A difference as found, with when it was first and last seen. */
export type FoundDifference = Difference & { foundAt: Instant; lastFoundAt: Instant };

type DifferenceRow = {
  kind: Difference["kind"];
  subject: string;
  account_id: string | null;
  order_id: string | null;
  ours: string | null;
  theirs: string | null;
  occurred_at: number;
  found_at: number;
  last_found_at: number;
};

/** Notes differences, all in one statement. One found before keeps its first date and shows its newest sides. */
export function noteDifferences(
  db: D1Database,
  differences: readonly Difference[],
  at: Instant,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO differences (kind, subject, account_id, order_id, ours, theirs, occurred_at, found_at, last_found_at)
       SELECT value ->> 'kind', value ->> 'subject', value ->> 'accountId', value ->> 'orderId',
              value -> 'ours', value -> 'theirs', value ->> 'occurredAt', ?2, ?2
       FROM json_each(?1)
       WHERE true
       ON CONFLICT (kind, subject) DO UPDATE
       SET account_id = excluded.account_id,
           order_id = excluded.order_id,
           ours = excluded.ours,
           theirs = excluded.theirs,
           last_found_at = excluded.last_found_at,
           resolved_at = NULL`,
    )
    .bind(JSON.stringify(differences), at);
}

/** Resolves whatever was found about these subjects. Put before `noteDifferences`, which brings back what is still there. */
export function resolveDifferences(
  db: D1Database,
  subjects: readonly string[],
  at: Instant,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE differences
       SET resolved_at = ?2
       WHERE resolved_at IS NULL AND subject IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(subjects), at);
}

/** Resolves the differences of these kinds that have not been found since `since`. */
export function resolveDifferencesOfKind(
  db: D1Database,
  kinds: readonly BooksDifferenceKind[],
  since: Instant,
  at: Instant,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE differences
       SET resolved_at = ?3
       WHERE resolved_at IS NULL AND last_found_at < ?2 AND kind IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(kinds), since, at);
}

/** Every difference without a resolution, those found last first. */
export async function listDifferences(db: D1Database, limit: number): Promise<FoundDifference[]> {
  const { results } = await db
    .prepare(
      `SELECT ${DIFFERENCE_COLUMNS}
       FROM differences
       WHERE resolved_at IS NULL
       ORDER BY found_at DESC, subject, kind
       LIMIT ?1`,
    )
    .bind(limit)
    .all<DifferenceRow>();
  return results.map(toFoundDifference);
}

/** How many differences have no resolution. */
export async function countDifferences(db: D1Database): Promise<number> {
  const row = await db
    .prepare("SELECT COUNT(*) AS differences FROM differences WHERE resolved_at IS NULL")
    .first<{ differences: number }>();
  return row?.differences ?? 0;
}

/** A difference that was there and is not any more. */
export type ResolvedDifference = FoundDifference & { resolvedAt: Instant };

/** The differences that were resolved, the last first, at most `limit`. */
export async function listResolvedDifferences(db: D1Database, limit: number): Promise<ResolvedDifference[]> {
  const { results } = await db
    .prepare(
      `SELECT ${DIFFERENCE_COLUMNS}, resolved_at
       FROM differences
       WHERE resolved_at IS NOT NULL
       ORDER BY resolved_at DESC, subject, kind
       LIMIT ?1`,
    )
    .bind(limit)
    .all<DifferenceRow & { resolved_at: number }>();
  return results.map((row) => Object.assign(toFoundDifference(row), { resolvedAt: row.resolved_at }));
}

const DIFFERENCE_COLUMNS =
  "kind, subject, account_id, order_id, ours, theirs, occurred_at, found_at, last_found_at";

function toFoundDifference(row: DifferenceRow): FoundDifference {
  return {
    kind: row.kind,
    subject: row.subject,
    accountId: row.account_id,
    orderId: row.order_id,
    ours: row.ours === null ? null : JSON.parse(row.ours),
    theirs: row.theirs === null ? null : JSON.parse(row.theirs),
    occurredAt: row.occurred_at,
    foundAt: row.found_at,
    lastFoundAt: row.last_found_at,
  };
}

/** The payments with an unresolved difference last found before `before`, in the order of their ids. */
export async function listPaymentDifferences(
  db: D1Database,
  page: { after: string; before: Instant; limit: number },
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT subject
       FROM differences
       WHERE resolved_at IS NULL
         AND subject > ?1
         AND last_found_at < ?2
         AND kind IN (SELECT value FROM json_each(?3))
       ORDER BY subject
       LIMIT ?4`,
    )
    .bind(page.after, page.before, JSON.stringify(PAYMENT_DIFFERENCE_KINDS), page.limit)
    .all<{ subject: string }>();
  return results.map(({ subject }) => subject);
}
