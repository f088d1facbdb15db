/** The grants and ledger_entries tables: where an account's books stand, and writing the next lines of them. */
import { toCredits } from "../domain/credits.ts";
import type { AccountId, GrantId } from "../domain/ids.ts";
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
 * Which of these acts the account's books hold, in the order asked: an entry of this kind from this source, or this
 * order's purchase whatever it came from.
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
              ) OR EXISTS (
                SELECT 1 FROM ledger_entries
                WHERE account_id = ?1 AND kind = 'purchase' AND kind = value ->> 'kind'
                  AND order_id = value ->> 'orderId'
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
