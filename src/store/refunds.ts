/** The refunds table: rows are written before Stripe is called or when Stripe reports a refund, and never deleted. */
import type { Credits } from "../domain/credits.ts";
import type { AccountId, OrderId, RefundId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { toCents } from "../domain/money.ts";
import type { Refund, RefundFacts, RefundRequest, RefundState } from "../domain/refund.ts";

export type RefundRow = {
  id: RefundId;
  account_id: AccountId;
  order_id: OrderId;
  state: RefundState;
  amount_cents: number;
  reason: string | null;
  actor: string;
  note: string | null;
  stripe_refund_id: string | null;
  failure: string | null;
  requested_at: number;
  attempt: number;
  known_at: number | null;
};

const REFUND_COLUMNS = `id, account_id, order_id, state, amount_cents, reason, actor, note, stripe_refund_id, failure,
  requested_at, attempt, known_at`;

/** The query for an order's refunds, oldest first. */
export function selectRefunds(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db
    .prepare(`SELECT ${REFUND_COLUMNS} FROM refunds WHERE order_id = ?1 ORDER BY requested_at, id`)
    .bind(orderId);
}

/** The query for the refunds of several orders, oldest first. */
export function selectRefundsOfOrders(db: D1Database, orderIds: readonly OrderId[]): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${REFUND_COLUMNS}
       FROM refunds
       WHERE order_id IN (SELECT value FROM json_each(?1))
       ORDER BY requested_at, id`,
    )
    .bind(JSON.stringify(orderIds));
}

/** The question for the account's orders of which a refund was requested that Stripe has not answered yet. */
export function selectOrdersBeingRefunded(db: D1Database, accountId: AccountId): D1PreparedStatement {
  return db
    .prepare("SELECT DISTINCT order_id FROM refunds WHERE account_id = ?1 AND state = 'requested'")
    .bind(accountId);
}

/** The query for one refund. */
export function selectRefund(db: D1Database, id: RefundId): D1PreparedStatement {
  return db.prepare(`SELECT ${REFUND_COLUMNS} FROM refunds WHERE id = ?1`).bind(id);
}

/** Refunds of all accounts whose outcome is not known, longest waiting first, at most `limit`. */
export async function listWaitingRefunds(db: D1Database, limit: number): Promise<Refund[]> {
  const { results } = await db
    .prepare(
      `SELECT ${REFUND_COLUMNS} FROM refunds WHERE state = 'requested' ORDER BY requested_at, id LIMIT ?1`,
    )
    .bind(limit)
    .all<RefundRow>();
  return results.map(toRefund);
}

/**
 * Refunds of all accounts that did not work, where the customer was told to write to the seller: those that failed, and
 * those a customer requested that were refused. A refund leaves the list once later successful refunds of its order add
 * up to its amount. Newest first, at most `limit`.
 */
export async function listFailedRefunds(db: D1Database, limit: number): Promise<Refund[]> {
  const { results } = await db
    .prepare(
      `SELECT ${REFUND_COLUMNS}
       FROM refunds AS failed
       WHERE state IN ('failed', 'canceled', 'refused')
         AND (state <> 'refused' OR actor = 'customer')
         AND amount_cents > (
           SELECT COALESCE(SUM(later.amount_cents), 0)
           FROM refunds AS later
           WHERE later.order_id = failed.order_id
             AND later.state = 'succeeded'
             AND later.requested_at > failed.requested_at
         )
       ORDER BY requested_at DESC, id
       LIMIT ?1`,
    )
    .bind(limit)
    .all<RefundRow>();
  return results.map(toRefund);
}

/** The account's refunds whose outcome is not known, oldest first, at most 50. */
export async function listRequestedRefunds(db: D1Database, accountId: AccountId): Promise<Refund[]> {
  const { results } = await db
    .prepare(
      `SELECT ${REFUND_COLUMNS}
       FROM refunds
       WHERE account_id = ?1 AND state = 'requested'
       ORDER BY requested_at
       LIMIT 50`,
    )
    .bind(accountId)
    .all<RefundRow>();
  return results.map(toRefund);
}

/** How many refunds the account's orders have in each state. */
export async function countRefunds(
  db: D1Database,
  accountId: AccountId,
): Promise<{ state: RefundState; count: number }[]> {
  const { results } = await db
    .prepare(
      `SELECT state, COUNT(*) AS count
       FROM refunds
       WHERE order_id IN (SELECT id FROM orders WHERE account_id = ?1)
       GROUP BY state
       ORDER BY state`,
    )
    .bind(accountId)
    .all<{ state: RefundState; count: number }>();
  return results;
}

/** Writes a requested refund. The database refuses more than is left of the order. */
export function insertRequestedRefund(
  db: D1Database,
  refund: RefundRequest & { accountId: AccountId; requestedAt: Instant; creditsSetAside: Credits },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO refunds (id, account_id, order_id, state, amount_cents, reason, actor, note, requested_at,
         credits_set_aside)
       VALUES (?1, ?2, ?3, 'requested', ?4, ?5, ?6, ?7, ?8, ?9)`,
    )
    .bind(
      refund.refundId,
      refund.accountId,
      refund.orderId,
      refund.amountCents,
      refund.reason,
      refund.actor,
      refund.note,
      refund.requestedAt,
      refund.creditsSetAside,
    );
}

/** Records that a refund was refused, and the code for why. */
export function markRefundRefused(db: D1Database, id: RefundId, failure: string): D1PreparedStatement {
  return db
    .prepare("UPDATE refunds SET state = 'refused', failure = ?2 WHERE id = ?1 AND state = 'requested'")
    .bind(id, failure);
}

/** Records that Stripe failed and will repeat that failure for the refund's key. The next request uses a new key. */
export function markAttemptFailed(
  db: D1Database,
  refund: Pick<Refund, "id" | "attempt">,
): D1PreparedStatement {
  return db
    .prepare(
      "UPDATE refunds SET attempt = attempt + 1 WHERE id = ?1 AND attempt = ?2 AND state = 'requested'",
    )
    .bind(refund.id, refund.attempt);
}

/**
 * Writes what Stripe says of an order's refunds: moves known ones forward and inserts those made elsewhere. A refund
 * requested here is recognised by the id we sent with it. Repeated and older answers change nothing.
 */
export function writeRefundFacts(
  db: D1Database,
  of: { accountId: AccountId; orderId: OrderId },
  facts: readonly (RefundFacts & { newId: RefundId })[],
  at: Instant,
): D1PreparedStatement[] {
  const said = JSON.stringify(facts);
  return [
    db
      .prepare(
        `UPDATE refunds
         SET stripe_refund_id = said.value ->> 'stripeRefundId',
             state = said.value ->> 'state',
             failure = said.value ->> 'failure',
             known_at = ?3
         FROM json_each(?1) AS said
         WHERE refunds.id = said.value ->> 'refundId'
           AND refunds.order_id = ?2
           AND refunds.amount_cents = said.value ->> 'amountCents'
           AND refunds.stripe_refund_id IS NULL`,
      )
      .bind(said, of.orderId, at),
    db
      .prepare(
        `INSERT INTO refunds (id, account_id, order_id, state, amount_cents, reason, actor, stripe_refund_id,
           failure, requested_at, known_at)
         SELECT value ->> 'newId', ?3, ?2, value ->> 'state', value ->> 'amountCents', value ->> 'reason', 'stripe',
                value ->> 'stripeRefundId', value ->> 'failure', value ->> 'createdAt', ?4
         FROM json_each(?1)
         WHERE NOT EXISTS (SELECT 1 FROM refunds WHERE stripe_refund_id = value ->> 'stripeRefundId')`,
      )
      .bind(said, of.orderId, of.accountId, at),
    db
      .prepare(
        `UPDATE refunds
         SET state = said.value ->> 'state', failure = said.value ->> 'failure'
         FROM json_each(?1) AS said
         WHERE refunds.stripe_refund_id = said.value ->> 'stripeRefundId'
           AND (refunds.state = 'pending' AND said.value ->> 'state' <> 'pending'
             OR refunds.state = 'succeeded' AND said.value ->> 'state' IN ('failed', 'canceled'))`,
      )
      .bind(said),
  ];
}

/** Maps a row to a refund. */
export function toRefund(row: RefundRow): Refund {
  return {
    id: row.id,
    accountId: row.account_id,
    orderId: row.order_id,
    state: row.state,
    amountCents: toCents(row.amount_cents),
    reason: row.reason,
    actor: row.actor,
    note: row.note,
    stripeRefundId: row.stripe_refund_id,
    failure: row.failure,
    requestedAt: row.requested_at,
    attempt: row.attempt,
    knownAt: row.known_at,
  };
}
