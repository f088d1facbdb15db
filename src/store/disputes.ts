/** The disputes table: what Stripe says of each dispute. The newest answer wins. */
import { type Dispute, type DisputeFacts, UNCONTESTED_STATUSES } from "../domain/dispute.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { toCents } from "../domain/money.ts";

export type DisputeRow = {
  id: string;
  account_id: AccountId;
  order_id: OrderId;
  status: string;
  reason: string;
  amount_cents: number;
  withdrawn_cents: number;
  withdrawn_currency: string;
  evidence_due_at: number | null;
  submissions: number;
  opened_at: number;
  known_at: number;
};

const DISPUTE_COLUMNS = `id, account_id, order_id, status, reason, amount_cents, withdrawn_cents, withdrawn_currency, evidence_due_at,
  submissions, opened_at, known_at`;

/** The query for an order's disputes, oldest first. */
export function selectDisputes(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db
    .prepare(`SELECT ${DISPUTE_COLUMNS} FROM disputes WHERE order_id = ?1 ORDER BY opened_at, id`)
    .bind(orderId);
}

/** The query for the disputes of several orders, oldest first. */
export function selectDisputesOfOrders(db: D1Database, orderIds: readonly OrderId[]): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${DISPUTE_COLUMNS}
       FROM disputes
       WHERE order_id IN (SELECT value FROM json_each(?1))
       ORDER BY opened_at, id`,
    )
    .bind(JSON.stringify(orderIds));
}

/** The query for all disputes of an account, oldest first. They decide whether the account is on hold. */
export function selectDisputesOfAccount(db: D1Database, accountId: AccountId): D1PreparedStatement {
  return db
    .prepare(`SELECT ${DISPUTE_COLUMNS} FROM disputes WHERE account_id = ?1 ORDER BY opened_at, id`)
    .bind(accountId);
}

/** All disputes of an account, oldest first. */
export async function listDisputes(db: D1Database, accountId: AccountId): Promise<Dispute[]> {
  const { results } = await selectDisputesOfAccount(db, accountId).all<DisputeRow>();
  return results.map(toDispute);
}

/** One dispute of the account, or null. */
export async function findDispute(db: D1Database, accountId: AccountId, id: string): Promise<Dispute | null> {
  const row = await db
    .prepare(`SELECT ${DISPUTE_COLUMNS} FROM disputes WHERE id = ?1 AND account_id = ?2`)
    .bind(id, accountId)
    .first<DisputeRow>();
  return row === null ? null : toDispute(row);
}

/** The dispute with this id in any account, or null. */
export async function findAnyDispute(db: D1Database, id: string): Promise<Dispute | null> {
  const row = await db
    .prepare(`SELECT ${DISPUTE_COLUMNS} FROM disputes WHERE id = ?1`)
    .bind(id)
    .first<DisputeRow>();
  return row === null ? null : toDispute(row);
}

/** Stripe's statuses for a dispute that is over. */
export const DECIDED = "'won', 'lost', 'warning_closed', 'prevented'";

/** Open disputes of all accounts, at most `limit`: those that need a response first, then by due date. */
export async function listOpenDisputes(db: D1Database, limit: number): Promise<Dispute[]> {
  const { results } = await db
    .prepare(
      `SELECT ${DISPUTE_COLUMNS}
       FROM disputes
       WHERE status NOT IN (${DECIDED})
       ORDER BY status NOT LIKE '%needs_response', evidence_due_at, opened_at, id
       LIMIT ?1`,
    )
    .bind(limit)
    .all<DisputeRow>();
  return results.map(toDispute);
}

/**
 * Disputes of all accounts that are over, most recently opened first, at most `limit`. With `before`, only those that
 * follow that dispute in this order.
 */
export async function listDecidedDisputes(
  db: D1Database,
  page: { before: string | null; limit: number },
): Promise<Dispute[]> {
  const { results } = await db
    .prepare(
      `SELECT ${DISPUTE_COLUMNS}
       FROM disputes
       WHERE status IN (${DECIDED})
         AND (?1 IS NULL OR (opened_at, id) < (SELECT opened_at, id FROM disputes WHERE id = ?1))
       ORDER BY opened_at DESC, id DESC
       LIMIT ?2`,
    )
    .bind(page.before, page.limit)
    .all<DisputeRow>();
  return results.map(toDispute);
}

/** When each of these disputes closed, by Stripe's newest event that says so. Without one it is absent from the map. */
export async function listDecisions(
  db: D1Database,
  disputes: readonly Pick<Dispute, "id" | "orderId">[],
): Promise<Map<string, Instant>> {
  const { results } = await db
    .prepare(
      `SELECT object_id, MAX(created_at) AS decided_at
       FROM stripe_events
       WHERE order_id IN (SELECT value FROM json_each(?1)) AND type = 'charge.dispute.closed'
       GROUP BY object_id`,
    )
    .bind(JSON.stringify([...new Set(disputes.map(({ orderId }) => orderId))]))
    .all<{ object_id: string; decided_at: number }>();
  return new Map(results.map((row) => [row.object_id, row.decided_at]));
}

/** Inserts the disputes in Stripe's answer that are not known yet. `updateDisputes` updates the others. */
export function writeDisputeFacts(
  db: D1Database,
  of: { accountId: AccountId; orderId: OrderId; asked: number },
  facts: readonly DisputeFacts[],
  at: Instant,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO disputes (id, account_id, order_id, status, reason, amount_cents, withdrawn_cents, withdrawn_currency, evidence_due_at,
         submissions, opened_at, known_at, asked)
       SELECT value ->> 'id', ?2, ?3, value ->> 'status', value ->> 'reason', value ->> 'amountCents',
              value ->> 'withdrawnCents', value ->> 'withdrawnCurrency', value ->> 'evidenceDueAt', value ->> 'submissions', value ->> 'openedAt', ?4, ?5
       FROM json_each(?1)
       WHERE NOT EXISTS (SELECT 1 FROM disputes WHERE id = value ->> 'id')`,
    )
    .bind(JSON.stringify(facts), of.accountId, of.orderId, at, of.asked);
}

/** Updates known disputes to Stripe's answer to request number `asked`. A row from a later request stays as it is. */
export function updateDisputes(
  db: D1Database,
  of: { orderId: OrderId; asked: number },
  facts: readonly DisputeFacts[],
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE disputes
       SET status = said.value ->> 'status',
           reason = said.value ->> 'reason',
           amount_cents = said.value ->> 'amountCents',
           withdrawn_cents = said.value ->> 'withdrawnCents',
           withdrawn_currency = said.value ->> 'withdrawnCurrency',
           evidence_due_at = said.value ->> 'evidenceDueAt',
           submissions = said.value ->> 'submissions',
           asked = ?3
       FROM json_each(?1) AS said
       WHERE disputes.id = said.value ->> 'id' AND disputes.order_id = ?2 AND disputes.asked < ?3`,
    )
    .bind(JSON.stringify(facts), of.orderId, of.asked);
}

/**
 * Stops accounts from spending, or lets them spend again, by their disputes: one account's, or all accounts' when none
 * is named. `isWanted`: whether the operator stops spending while a dispute is open. The database then refuses spends.
 */
export function updateSpendingStops(
  db: D1Database,
  isWanted: boolean,
  accountId: AccountId | null = null,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE accounts
       SET spending_is_stopped = 1 - spending_is_stopped
       WHERE id IN (SELECT account_id FROM disputes WHERE ?3 IS NULL OR account_id = ?3)
         AND spending_is_stopped <> (?1 AND EXISTS (
           SELECT 1
           FROM disputes
           WHERE account_id = accounts.id
             AND status NOT LIKE 'warning_%'
             AND status NOT IN (SELECT value FROM json_each(?2))
         ))`,
    )
    .bind(isWanted ? 1 : 0, JSON.stringify(UNCONTESTED_STATUSES), accountId);
}

/** Maps a row to a dispute. */
export function toDispute(row: DisputeRow): Dispute {
  return {
    id: row.id,
    accountId: row.account_id,
    orderId: row.order_id,
    status: row.status,
    reason: row.reason,
    amountCents: toCents(row.amount_cents),
    withdrawnCents: toCents(row.withdrawn_cents),
    withdrawnCurrency: row.withdrawn_currency,
    evidenceDueAt: row.evidence_due_at,
    submissions: row.submissions,
    openedAt: row.opened_at,
    knownAt: row.known_at,
  };
}
