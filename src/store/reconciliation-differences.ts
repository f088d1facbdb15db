/** The differences table: where our books disagree with Stripe's or with themselves, until that is resolved. */
import type { Instant } from "../domain/instant.ts";
import { type Difference, PAYMENT_DIFFERENCE_KINDS } from "../domain/reconciliation.ts";

/** How staff closed a difference: who, when, and why. `version` is the version of the difference that they saw. */
export type Closing = { version: number; closedAt: Instant; closedBy: string; note: string };

/**
 * A difference, and when it was first and last found. `version` rises when what differs has changed, and when it is there
 * again after it was gone. `closing` is the last one; it holds for as long as its version is the difference's own.
 */
export type FoundDifference = Difference & {
  version: number;
  foundAt: Instant;
  lastFoundAt: Instant;
  resolvedAt: Instant | null;
  closing: Closing | null;
};

/**
 * Records differences in one statement. One found before keeps its first date and takes the new values. If staff closed
 * it, it stays closed unless what differs has changed, or it was gone meanwhile.
 */
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
           version = version
             + (resolved_at IS NOT NULL OR ours IS NOT excluded.ours OR theirs IS NOT excluded.theirs),
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

/** Open differences, newest first, at most `limit`. */
export async function listDifferences(db: D1Database, limit: number): Promise<FoundDifference[]> {
  const { results } = await db
    .prepare(`${selectFrom("open_differences")} ORDER BY d.found_at DESC, d.subject, d.kind LIMIT ?1`)
    .bind(limit)
    .all<DifferenceRow>();
  return results.map(toFoundDifference);
}

/** The number of open differences. */
export async function countDifferences(db: D1Database): Promise<number> {
  const row = await db
    .prepare("SELECT COUNT(*) AS differences FROM open_differences")
    .first<{ differences: number }>();
  return row?.differences ?? 0;
}

/** Differences that are resolved or closed, the last ones first, at most `limit`. */
export async function listEarlierDifferences(db: D1Database, limit: number): Promise<FoundDifference[]> {
  const { results } = await db
    .prepare(
      `${selectFrom("differences")}
       WHERE d.resolved_at IS NOT NULL OR c.version = d.version
       ORDER BY MAX(COALESCE(d.resolved_at, 0), COALESCE(c.closed_at, 0)) DESC, d.subject, d.kind
       LIMIT ?1`,
    )
    .bind(limit)
    .all<DifferenceRow>();
  return results.map(toFoundDifference);
}

/** The difference of this kind about this subject, open or not; null if it was never found. */
export async function findDifference(
  db: D1Database,
  kind: string,
  subject: string,
): Promise<FoundDifference | null> {
  const row = await db
    .prepare(`${selectFrom("differences")} WHERE d.kind = ?1 AND d.subject = ?2`)
    .bind(kind, subject)
    .first<DifferenceRow>();
  return row === null ? null : toFoundDifference(row);
}

/** Closes a difference if it is open in the version that staff saw. */
export async function insertClosing(
  db: D1Database,
  { kind, subject }: { kind: string; subject: string },
  closing: Closing,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO difference_closings (kind, subject, version, closed_at, closed_by, note)
       SELECT kind, subject, version, ?4, ?5, ?6
       FROM open_differences
       WHERE kind = ?1 AND subject = ?2 AND version = ?3`,
    )
    .bind(kind, subject, closing.version, closing.closedAt, closing.closedBy, closing.note)
    .run();
}

/**
 * The payments with an open difference last found before `before`, or with one that was resolved or closed since
 * `settledSince`, in order of their ids.
 */
export async function listPaymentDifferences(
  db: D1Database,
  page: { after: string; before: Instant; settledSince: Instant; limit: number },
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT subject
       FROM (
         SELECT kind, subject, last_found_at FROM open_differences
         UNION ALL
         SELECT kind, subject, last_found_at FROM differences WHERE resolved_at > ?3
         UNION ALL
         SELECT kind, subject, last_found_at
         FROM differences JOIN difference_closings USING (kind, subject, version)
         WHERE closed_at > ?3
       )
       WHERE subject > ?1 AND last_found_at < ?2 AND kind IN (SELECT value FROM json_each(?4))
       ORDER BY subject
       LIMIT ?5`,
    )
    .bind(page.after, page.before, page.settledSince, JSON.stringify(PAYMENT_DIFFERENCE_KINDS), page.limit)
    .all<{ subject: string }>();
  return results.map(({ subject }) => subject);
}

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
  version: number;
  resolved_at: number | null;
  closed_version: number | null;
  closed_at: number | null;
  closed_by: string | null;
  note: string | null;
};

/** The start of every query for differences: each (`d`) with its last closing (`c`). */
function selectFrom(differences: "differences" | "open_differences"): string {
  return `
    SELECT d.kind, d.subject, d.account_id, d.order_id, d.ours, d.theirs, d.occurred_at, d.found_at, d.last_found_at,
           d.version, d.resolved_at, c.version AS closed_version, c.closed_at, c.closed_by, c.note
    FROM ${differences} AS d
    LEFT JOIN difference_closings AS c
      ON c.kind = d.kind AND c.subject = d.subject
     AND c.version = (SELECT MAX(version) FROM difference_closings WHERE kind = d.kind AND subject = d.subject)`;
}

function toFoundDifference(row: DifferenceRow): FoundDifference {
  return {
    kind: row.kind,
    subject: row.subject,
    accountId: row.account_id,
    orderId: row.order_id,
    ours: row.ours === null ? null : JSON.parse(row.ours),
    theirs: row.theirs === null ? null : JSON.parse(row.theirs),
    occurredAt: row.occurred_at,
    version: row.version,
    foundAt: row.found_at,
    lastFoundAt: row.last_found_at,
    resolvedAt: row.resolved_at,
    closing: toClosing(row),
  };
}

function toClosing(row: DifferenceRow): Closing | null {
  const { closed_version: version, closed_at: closedAt, closed_by: closedBy, note } = row;
  return version === null || closedAt === null || closedBy === null || note === null
    ? null
    : { version, closedAt, closedBy, note };
}
