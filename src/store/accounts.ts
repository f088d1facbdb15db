/** The accounts table: contact details, Stripe's customer, and the balance, which only the ledger moves. */
import type { Address } from "../domain/card.ts";
import { type Credits, toCredits } from "../domain/credits.ts";
import type { AccountId, CardId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** One customer's prepaid account. */
export type Account = {
  id: AccountId;
  email: string;
  name: string | null;
  phone: string | null;
  billingAddress: Address | null;
  stripeCustomerId: string | null;
  /** True while Stripe's Customer is missing a change made here. */
  customerIsStale: boolean;
  balance: Credits;
  createdAt: Instant;
};

export type AccountRow = {
  id: AccountId;
  email: string;
  name: string | null;
  phone: string | null;
  billing_address: string | null;
  stripe_customer_id: string | null;
  customer_is_stale: 0 | 1;
  balance: number;
  last_seq: number;
  created_at: number;
};

export const ACCOUNT_COLUMNS =
  "id, email, name, phone, billing_address, stripe_customer_id, customer_is_stale, balance, last_seq, created_at";

/** The account with this id, or null. */
export async function findAccount(db: D1Database, id: AccountId): Promise<Account | null> {
  const row = await selectAccount(db, id).first<AccountRow>();
  return row === null ? null : toAccount(row);
}

/** The query behind `findAccount`, for use in a batch. */
export function selectAccount(db: D1Database, id: AccountId): D1PreparedStatement {
  return db.prepare(`SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE id = ?1`).bind(id);
}

/** Opens an account with a zero balance, unless the e-mail address already has an account. */
export function insertAccount(
  db: D1Database,
  account: { id: AccountId; email: string; createdAt: Instant },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO accounts (id, email, created_at)
       SELECT ?1, ?2, ?3
       WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE email = ?2)`,
    )
    .bind(account.id, account.email, account.createdAt);
}

/** Stores the id of Stripe's customer, once: a second id never replaces the first. Returns the stored id. */
export async function keepStripeCustomer(
  db: D1Database,
  id: AccountId,
  stripeCustomerId: string,
): Promise<string> {
  const row = await db
    .prepare(
      `UPDATE accounts
       SET stripe_customer_id = COALESCE(stripe_customer_id, ?2)
       WHERE id = ?1
       RETURNING stripe_customer_id`,
    )
    .bind(id, stripeCustomerId)
    .first<{ stripe_customer_id: string }>();
  return row?.stripe_customer_id ?? stripeCustomerId;
}

/** Clears the id of a customer that Stripe no longer has, unless a different id has been stored since. */
export function clearStripeCustomer(
  db: D1Database,
  id: AccountId,
  stripeCustomerId: string,
): D1PreparedStatement {
  return db
    .prepare("UPDATE accounts SET stripe_customer_id = NULL WHERE id = ?1 AND stripe_customer_id = ?2")
    .bind(id, stripeCustomerId);
}

/** Records that Stripe's customer has this contact, unless the contact has changed here since. */
export async function markCustomerUpdated(db: D1Database, account: Account): Promise<void> {
  await db
    .prepare(
      `UPDATE accounts
       SET customer_is_stale = 0
       WHERE id = ?1
         AND name IS ?2
         AND phone IS ?3
         AND billing_address IS ?4`,
    )
    .bind(
      account.id,
      account.name,
      account.phone,
      account.billingAddress === null ? null : JSON.stringify(account.billingAddress),
    )
    .run();
}

/** Copies the billing contact of a paid order's card to the account, and marks Stripe's customer as stale. */
export function updateContact(db: D1Database, id: AccountId, cardId: CardId): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE accounts
       SET customer_is_stale = 1,
           name = COALESCE(card.billing ->> 'name', accounts.name),
           phone = COALESCE(card.billing ->> 'phone', accounts.phone),
           billing_address = card.billing -> 'address'
       FROM (SELECT billing FROM cards WHERE id = ?2) AS card
       WHERE accounts.id = ?1`,
    )
    .bind(id, cardId);
}

/** Maps a row to an account. */
export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    phone: row.phone,
    billingAddress: row.billing_address === null ? null : JSON.parse(row.billing_address),
    stripeCustomerId: row.stripe_customer_id,
    customerIsStale: row.customer_is_stale === 1,
    balance: toCredits(row.balance),
    createdAt: row.created_at,
  };
}
