/** The differences table: where our books disagree with Stripe's or with themselves, until that is resolved. */
import type { Instant } from "../domain/instant.ts";
import { type Difference, PAYMENT_DIFFERENCE_KINDS } from "../domain/reconciliation.ts";

/** A difference, and when it was first and last found. */
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

/** Records differences in one statement. One found before keeps its first date, takes the new values and reopens. */
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

/** Resolves those differences about `subjects` that are not among `found`, and notes `found`. */
export function keepDifferences(
  db: D1Database,
  { subjects, found }: { subjects: readonly string[]; found: readonly Difference[] },
  at: Instant,
): D1PreparedStatement[] {
  const resolve = db
    .prepare(
      `UPDATE differences
       SET resolved_at = ?3
       WHERE resolved_at IS NULL
         AND subject IN (SELECT value FROM json_each(?1))
         AND (kind, subject) NOT IN (SELECT value ->> 'kind', value ->> 'subject' FROM json_each(?2))`,
    )
    .bind(JSON.stringify(subjects), JSON.stringify(found), at);
  return [resolve, noteDifferences(db, found, at)];
}

/** Resolves the differences of these kinds that were last found before `since`. */
export function resolveDifferencesOfKind(
  db: D1Database,
  kinds: readonly Difference["kind"][],
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

/** Unresolved differences, newest first, at most `limit`. */
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

/** The number of unresolved differences. */
export async function countDifferences(db: D1Database): Promise<number> {
  const row = await db
    .prepare("SELECT COUNT(*) AS differences FROM differences WHERE resolved_at IS NULL")
    .first<{ differences: number }>();
  return row?.differences ?? 0;
}

/** A difference that has been resolved. */
export type ResolvedDifference = FoundDifference & { resolvedAt: Instant };

/** Resolved differences, most recently resolved first, at most `limit`. */
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

/**
 * The payments with an unresolved difference last found before `before`, or with one resolved since `settledSince`, in
 * order of their ids.
 */
export async function listPaymentDifferences(
  db: D1Database,
  page: { after: string; before: Instant; settledSince: Instant; limit: number },
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT subject
       FROM differences
       WHERE subject > ?1
         AND last_found_at < ?2
         AND (resolved_at IS NULL OR resolved_at > ?3)
         AND kind IN (SELECT value FROM json_each(?4))
       ORDER BY subject
       LIMIT ?5`,
    )
    .bind(page.after, page.before, page.settledSince, JSON.stringify(PAYMENT_DIFFERENCE_KINDS), page.limit)
    .all<{ subject: string }>();
  return results.map(({ subject }) => subject);
}
