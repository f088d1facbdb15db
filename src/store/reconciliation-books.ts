/** Checks the books against themselves: recomputes balances, grants and paid orders from the entries, page by page. */
import type { Instant } from "../domain/instant.ts";
import type { BooksDifferenceKind, Difference } from "../domain/reconciliation.ts";
import { findWronglyTaken } from "./reconciliation-taken.ts";
import { rowsOf } from "./rows.ts";

type Row = { subject: string; account_id: string; order_id: string | null; ours: number; entries: number };

/** The result: how many accounts were recomputed, the id of the last one (null if none), and the differences. */
export type RecomputedBooks = { accounts: number; last: string | null; differences: Difference[] };

/** Recomputes the books of the next `limit` accounts after the id `after`. */
export async function recomputeBooks(
  db: D1Database,
  page: { after: string; limit: number; at: Instant },
): Promise<RecomputedBooks> {
  const bounds = await db
    .prepare(
      "SELECT COUNT(*) AS accounts, MAX(id) AS last FROM (SELECT id FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2)",
    )
    .bind(page.after, page.limit)
    .first<{ accounts: number; last: string | null }>();
  if (bounds === null || bounds.last === null) {
    return { accounts: 0, last: null, differences: [] };
  }
  const results = await db.batch(
    KINDS.map((kind) => db.prepare(QUESTIONS[kind]).bind(page.after, bounds.last)),
  );
  const differences = KINDS.flatMap((kind, place) =>
    rowsOf<Row>(results[place]).map((row) => toDifference(kind, row, page.at)),
  );
  const taken = await findWronglyTaken(db, { after: page.after, last: bounds.last, at: page.at });
  return { accounts: bounds.accounts, last: bounds.last, differences: [...differences, ...taken] };
}

/** The kinds that SQL alone can find. The other kind is in reconciliation-taken.ts. */
type ToldBySql = Exclude<BooksDifferenceKind, "credits_taken_differ_from_money_back">;

// Each returns the rows that disagree, for the accounts after ?1 up to and including ?2.
const QUESTIONS: Readonly<Record<ToldBySql, string>> = {
  balance_is_not_the_sum_of_entries: `
    SELECT a.id AS subject, a.id AS account_id, NULL AS order_id, a.balance AS ours,
           COALESCE(SUM(e.credits), 0) AS entries
    FROM accounts AS a
    LEFT JOIN ledger_entries AS e ON e.account_id = a.id
    WHERE a.id > ?1 AND a.id <= ?2
    GROUP BY a.id
    HAVING a.balance <> COALESCE(SUM(e.credits), 0) OR a.last_seq <> COUNT(e.seq)`,
  // For each account, the first entry whose balance_after is not the sum of the entries so far.
  entries_do_not_continue_each_other: `
    SELECT id AS subject, account_id, order_id, balance_after AS ours, entries
    FROM (
      SELECT id, account_id, order_id, balance_after, entries,
             ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY seq) AS place
      FROM (
        SELECT id, account_id, order_id, seq, balance_after,
               SUM(credits) OVER (PARTITION BY account_id ORDER BY seq) AS entries
        FROM ledger_entries
        WHERE account_id > ?1 AND account_id <= ?2
      )
      WHERE balance_after <> entries
    )
    WHERE place = 1`,
  grant_is_not_the_sum_of_entries: `
    WITH e AS (
      SELECT grant_id, SUM(credits) AS credits
      FROM ledger_entries
      WHERE account_id > ?1 AND account_id <= ?2
      GROUP BY grant_id
    )
    SELECT g.id AS subject, g.account_id, g.order_id, g.remaining AS ours, e.credits AS entries
    FROM e
    JOIN grants AS g ON g.id = e.grant_id
    WHERE g.remaining <> e.credits
    UNION ALL
    SELECT g.id, g.account_id, g.order_id, g.remaining, 0
    FROM grants AS g
    LEFT JOIN e ON e.grant_id = g.id
    WHERE g.account_id > ?1 AND g.account_id <= ?2 AND g.remaining <> 0 AND e.grant_id IS NULL`,
  paid_order_without_purchase: `
    SELECT o.id AS subject, o.account_id, o.id AS order_id, o.credits AS ours, 0 AS entries
    FROM orders AS o
    WHERE o.account_id > ?1 AND o.account_id <= ?2
      AND o.state = 'paid'
      AND NOT EXISTS (SELECT 1 FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id)`,
  purchase_without_paid_order: `
    SELECT e.id AS subject, e.account_id, e.order_id, COALESCE(o.credits, 0) AS ours, e.credits AS entries
    FROM ledger_entries AS e
    LEFT JOIN orders AS o ON o.id = e.order_id AND o.account_id = e.account_id
    WHERE e.account_id > ?1 AND e.account_id <= ?2
      AND e.kind = 'purchase'
      AND (o.state IS NOT 'paid' OR o.payment_intent_id IS NOT e.source_id OR o.credits <> e.credits)`,
};

const KINDS = [
  "balance_is_not_the_sum_of_entries",
  "entries_do_not_continue_each_other",
  "grant_is_not_the_sum_of_entries",
  "paid_order_without_purchase",
  "purchase_without_paid_order",
] as const satisfies readonly ToldBySql[];

/** Every way the books could disagree with themselves. */
export const BOOKS_DIFFERENCE_KINDS: readonly BooksDifferenceKind[] = [
  ...KINDS,
  "credits_taken_differ_from_money_back",
];

function toDifference(kind: BooksDifferenceKind, row: Row, at: Instant): Difference {
  return {
    kind,
    subject: row.subject,
    accountId: row.account_id,
    orderId: row.order_id,
    ours: { credits: row.ours, credits_by_entries: row.entries },
    theirs: null,
    occurredAt: at,
  };
}
