/** The grants and ledger_entries tables: where an account's books stand, and writing the next lines of them. */
import { type Credits, toCredits } from "../domain/credits.ts";
import type { AccountId, GrantId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Book, Bringing, Grant, LedgerEntry } from "../domain/ledger.ts";

export type OwingRow = { id: GrantId; remaining: number };

/** Where the account's books stand, as D1 has them now. */
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

/** The question for the account's grants below zero, oldest first, for a batch with others. */
export function selectOwingGrants(db: D1Database, accountId: AccountId): D1PreparedStatement {
  return db
    .prepare(
      `SELECT id, remaining
       FROM grants
       WHERE account_id = ?1 AND remaining <> 0 AND remaining < 0
       ORDER BY created_at, id`,
    )
    .bind(accountId);
}

/** Rows as the account's books. */
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
 * Which of these acts the account's books hold, in the order asked: an entry of this kind and of as many credits from
 * this source, or this order's purchase of as many, whatever it came from. Of other credits, or for another order, it
 * is another act, which the books do not hold and the database will refuse.
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

/** Writes grants, all in one statement. The database refuses any that does not begin empty. */
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

/** Writes entries in their order, all in one statement. The database refuses any that does not continue the books. */
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

/** Every kind of entry that the books may hold. */
export type PostedKind = LedgerEntry["kind"] | "spend" | "expiry";

/** An entry as a statement tells of it. */
export type PostedEntry = {
  seq: number;
  kind: PostedKind;
  credits: Credits;
  balanceAfter: Credits;
  /** The order whose money came in or went back; of a repayment, that of its cause. */
  orderId: OrderId | null;
  /** Of a purchase. */
  receiptNumber: number | null;
  sourceType: string;
  sourceId: string;
  note: string | null;
  createdAt: Instant;
  /** What a repayment followed from. */
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
 * The entries of the account's newest `acts` that began before `before`, oldest first and each act whole: its first
 * entry is its part 0, and the next act begins where another part 0 stands. Entries are only ever added at the end, so
 * pages of them neither repeat nor skip one.
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

/** The entries of the account's next `acts` after the entry `after`, none beyond `last`: oldest first, each act whole. */
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

/** The number of the account's newest entry; 0 where there is none. */
export async function readLastSeq(db: D1Database, accountId: AccountId): Promise<number> {
  const row = await db
    .prepare("SELECT last_seq FROM accounts WHERE id = ?1")
    .bind(accountId)
    .first<{ last_seq: number }>();
  return row?.last_seq ?? 0;
}

/** A balance and since when the account has had it. */
export type BalanceAt = { at: Instant; balance: Credits };

/**
 * The balance after entries spread evenly over the account's life, the first and the last among them, oldest first:
 * `most` at most, however long the ledger is, for entries are numbered without gaps. A repayment changes no balance,
 * so the moment between its two halves is left out.
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
       WHERE e.kind <> 'repayment'
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
