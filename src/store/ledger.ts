/** The grants and ledger_entries tables: reads where an account's books stand, and writes the next entries. */
import { type Credits, toCredits } from "../domain/credits.ts";
import type { AccountId, GrantId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Book, Bringing, Grant, LedgerEntry } from "../domain/ledger.ts";

export type OwingRow = { id: GrantId; remaining: number };

/** Where the account's books stand in D1 now. */
export async function readBook(db: D1Database, accountId: AccountId): Promise<Book> {
  const [account, owing] = await db.batch<{ balance: number; last_seq: number } & OwingRow>([
    db.prepare("SELECT balance, last_seq FROM accounts WHERE id = ?1").bind(accountId),
    selectOwingGrants(db, accountId),
  ]);
  const row = account?.results[0];
  if (row === undefined) {
    throw new Error("There is no such account");
  }
  return toBook(accountId, row, owing?.results ?? []);
}

/** The query for the account's grants below zero, oldest first, for use in a batch. */
export function selectOwingGrants(db: D1Database, accountId: AccountId): D1PreparedStatement {
  // `remaining <> 0` looks redundant, but it lets SQLite use the partial index `grants_with_credits`, whose condition
  // it repeats. Without it the query scans the whole table.
  return db
    .prepare(
      `SELECT id, remaining
       FROM grants
       WHERE account_id = ?1 AND remaining <> 0 AND remaining < 0
       ORDER BY created_at, id`,
    )
    .bind(accountId);
}

/** Maps rows to the account's books. */
export function toBook(
  accountId: AccountId,
  account: { balance: number; last_seq: number },
  owing: readonly OwingRow[],
): Book {
  return {
    accountId,
    balance: toCredits(account.balance),
    lastSeq: account.last_seq,
    owing: owing.map((row) => ({ grantId: row.id, remaining: toCredits(row.remaining) })),
  };
}

/**
 * Whether the account's books already hold each of these acts, in the order given. They do if an entry has the act's
 * kind, source, order and credits, or if the act is a purchase and its order has a purchase of as many credits from any
 * source. With other credits or another order it is a different act: not held, and the database will refuse it.
 */
export async function findPosted(
  db: D1Database,
  accountId: AccountId,
  bringings: readonly Bringing[],
): Promise<boolean[]> {
  const { results } = await db
    .prepare(
      `SELECT EXISTS (
                SELECT 1 FROM ledger_entries
                WHERE account_id = ?1 AND kind = value ->> 'kind' AND source_type = value ->> '$.source.type'
                  AND source_id = value ->> '$.source.id' AND part = 0
                  AND credits = value ->> 'credits' AND order_id IS value ->> 'orderId'
              ) OR EXISTS (
                SELECT 1 FROM ledger_entries
                WHERE account_id = ?1 AND kind = 'purchase' AND kind = value ->> 'kind'
                  AND order_id = value ->> 'orderId' AND credits = value ->> 'credits'
              ) AS is_posted
       FROM json_each(?2)
       ORDER BY key`,
    )
    .bind(accountId, JSON.stringify(bringings))
    .all<{ is_posted: 0 | 1 }>();
  return results.map((row) => row.is_posted === 1);
}

/** Inserts grants in one statement. The database refuses a grant that does not begin empty. */
export function insertGrants(db: D1Database, grants: readonly Grant[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO grants (id, account_id, kind, order_id, granted, expires_at, created_at)
       SELECT value ->> 'id', value ->> 'accountId', value ->> 'kind', value ->> 'orderId',
              value ->> 'granted', value ->> 'expiresAt', value ->> 'createdAt'
       FROM json_each(?1)`,
    )
    .bind(JSON.stringify(grants));
}

/** Inserts entries in order, in one statement. The database refuses an entry that does not continue the books. */
export function insertEntries(db: D1Database, entries: readonly LedgerEntry[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO ledger_entries (account_id, seq, id, kind, credits, balance_after, grant_id, order_id,
         source_type, source_id, part, actor, note, created_at)
       SELECT value ->> 'accountId', value ->> 'seq', value ->> 'id', value ->> 'kind', value ->> 'credits',
              value ->> 'balanceAfter', value ->> 'grantId', value ->> 'orderId',
              value ->> '$.source.type', value ->> '$.source.id', value ->> 'part',
              value ->> 'actor', value ->> 'note', value ->> 'createdAt'
       FROM json_each(?1)
       ORDER BY key`,
    )
    .bind(JSON.stringify(entries));
}

/** Every kind of entry the books may hold. */
export type PostedKind = LedgerEntry["kind"] | "spend" | "expiry";

/** An entry as the account's statement shows it. */
export type PostedEntry = {
  seq: number;
  kind: PostedKind;
  credits: Credits;
  balanceAfter: Credits;
  /** The order whose money came in or went back; for a repayment, the order of its cause. */
  orderId: OrderId | null;
  /** Set for purchases only. */
  receiptNumber: number | null;
  sourceType: string;
  sourceId: string;
  note: string | null;
  createdAt: Instant;
  /** For a repayment: the kind of the entry that caused it. */
  cause: PostedKind | null;
};

type PostedRow = {
  seq: number;
  kind: PostedKind;
  credits: number;
  balance_after: number;
  order_id: OrderId | null;
  receipt_number: number | null;
  source_type: string;
  source_id: string;
  note: string | null;
  created_at: number;
  cause: PostedKind | null;
};

const SELECT_POSTED = `
  SELECT e.seq, e.kind, e.credits, e.balance_after, COALESCE(e.order_id, cause.order_id) AS order_id,
         r.number AS receipt_number, e.source_type, e.source_id, e.note, e.created_at, cause.kind AS cause
  FROM ledger_entries AS e
  LEFT JOIN ledger_entries AS cause ON e.kind = 'repayment' AND cause.id = e.source_id
  LEFT JOIN receipts AS r ON e.kind = 'purchase' AND r.order_id = e.order_id`;

/**
 * Entries of the account's newest acts that began before seq `before`, at most `acts` of them, oldest first. Acts are
 * never split: an act begins at its part 0 and ends before the next part 0. Entries are only ever appended, so pages
 * neither repeat nor skip one.
 */
export async function listPostedBefore(
  db: D1Database,
  accountId: AccountId,
  page: { before: number; acts: number },
): Promise<PostedEntry[]> {
  const { results } = await db
    .prepare(
      `${SELECT_POSTED}
       WHERE e.account_id = ?1
         AND e.seq >= (
           SELECT MIN(seq)
           FROM (
             SELECT seq FROM ledger_entries
             WHERE account_id = ?1 AND seq < ?2 AND part = 0
             ORDER BY seq DESC LIMIT ?3
           )
         )
         AND e.seq < COALESCE(
           (SELECT seq FROM ledger_entries WHERE account_id = ?1 AND seq >= ?2 AND part = 0 ORDER BY seq LIMIT 1),
           ?4
         )
       ORDER BY e.seq`,
    )
    .bind(accountId, page.before, page.acts, Number.MAX_SAFE_INTEGER)
    .all<PostedRow>();
  return results.map(toPostedEntry);
}

/** Entries of the account's next `acts` whole acts after seq `after`, up to seq `last`, oldest first. */
export async function listPostedAfter(
  db: D1Database,
  accountId: AccountId,
  page: { after: number; last: number; acts: number },
): Promise<PostedEntry[]> {
  const { results } = await db
    .prepare(
      `${SELECT_POSTED}
       WHERE e.account_id = ?1
         AND e.seq > ?2
         AND e.seq <= ?3
         AND e.seq < COALESCE(
           (SELECT seq FROM ledger_entries
            WHERE account_id = ?1 AND seq > ?2 AND part = 0
            ORDER BY seq LIMIT 1 OFFSET ?4),
           ?5
         )
       ORDER BY e.seq`,
    )
    .bind(accountId, page.after, page.last, page.acts, Number.MAX_SAFE_INTEGER)
    .all<PostedRow>();
  return results.map(toPostedEntry);
}

/** The seq of the account's newest entry, or 0 if it has none. */
export async function readLastSeq(db: D1Database, accountId: AccountId): Promise<number> {
  const row = await db
    .prepare("SELECT last_seq FROM accounts WHERE id = ?1")
    .bind(accountId)
    .first<{ last_seq: number }>();
  return row?.last_seq ?? 0;
}

/** A balance, and when the account reached it. */
export type BalanceAt = { at: Instant; balance: Credits };

/**
 * Balances after at most `most` entries spread evenly over the account's ledger, including its first and last, oldest
 * first. Entries are numbered without gaps, so a longer ledger costs no more. The first entry of a repayment is left out:
 * the pair changes no balance, and the balance between its two entries would mislead.
 */
export async function sampleBalances(
  db: D1Database,
  accountId: AccountId,
  most: number,
): Promise<BalanceAt[]> {
  const { results } = await db
    .prepare(
      `SELECT e.created_at, e.balance_after
       FROM (
         SELECT DISTINCT 1 + (a.last_seq - 1) * mark.value / CAST(?2 AS INTEGER) AS seq
         FROM accounts AS a, json_each(?3) AS mark
         WHERE a.id = ?1
       ) AS chosen
       CROSS JOIN ledger_entries AS e ON e.account_id = ?1 AND e.seq = chosen.seq
       WHERE NOT (e.kind = 'repayment' AND e.credits < 0)
       ORDER BY e.seq`,
    )
    .bind(accountId, most - 1, JSON.stringify(Array.from({ length: most }, (_, index) => index)))
    .all<{ created_at: number; balance_after: number }>();
  return results.map((row) => ({ at: row.created_at, balance: toCredits(row.balance_after) }));
}

function toPostedEntry(row: PostedRow): PostedEntry {
  return {
    seq: row.seq,
    kind: row.kind,
    credits: toCredits(row.credits),
    balanceAfter: toCredits(row.balance_after),
    orderId: row.order_id,
    receiptNumber: row.receipt_number,
    sourceType: row.source_type,
    sourceId: row.source_id,
    note: row.note,
    createdAt: row.created_at,
    cause: row.cause,
  };
}
