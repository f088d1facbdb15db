/** The refunds table: written before Stripe is asked, or when Stripe tells of one; moved forward, never deleted. */
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

/** The question for an order's refunds, oldest first. */
export function selectRefunds(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db
    .prepare(`SELECT ${REFUND_COLUMNS} FROM refunds WHERE order_id = ?1 ORDER BY requested_at, id`)
    .bind(orderId);
}

/** The question for the refunds of several orders, oldest first. */
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

/** The question for one refund. */
export function selectRefund(db: D1Database, id: RefundId): D1PreparedStatement {
  return db.prepare(`SELECT ${REFUND_COLUMNS} FROM refunds WHERE id = ?1`).bind(id);
}

/** The refunds of all accounts whose outcome is not known, those that have waited longest first, at most `limit`. */
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
 * The refunds of all accounts whose customer was told that they did not work out and to write: those that failed, and
 * those a customer asked for that Stripe would not make. One is made good by as much that succeeded after it. Newest
 * first, at most `limit`.
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

/** The account's refunds that were asked for and of which Stripe's answer is not known, oldest first. */
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

/** How many refunds of each state the account's orders have. */
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

/** Writes a refund as asked for. The database refuses more than is left of the order. */
export function insertRequestedRefund(
  db: D1Database,
  refund: RefundRequest & { accountId: AccountId; requestedAt: Instant },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO refunds (id, account_id, order_id, state, amount_cents, reason, actor, note, requested_at)
       VALUES (?1, ?2, ?3, 'requested', ?4, ?5, ?6, ?7, ?8)`,
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
    );
}

/** Notes that Stripe would not make the refund, and its word for why. */
export function markRefundRefused(db: D1Database, id: RefundId, failure: string): D1PreparedStatement {
  return db
    .prepare("UPDATE refunds SET state = 'refused', failure = ?2 WHERE id = ?1 AND state = 'requested'")
    .bind(id, failure);
}

/** Notes that Stripe has spent the refund's key on a failure of its own: it is asked with another next time. */
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
 * Writes what Stripe says of an order's refunds: moves those known here forward, and writes those made elsewhere. One
 * asked for here is known by the id it was given along. What is said again changes nothing, nor does anything older.
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
                value ->> 'stripeRefundId', value ->> 'failure', ?4, ?4
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

/** A row as a refund. */
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
