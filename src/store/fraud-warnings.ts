/** The fraud_warnings table: payments the bank suspects, and whether a refund still helps. */
import type { FraudWarning, FraudWarningFacts } from "../domain/fraud-warning.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** Writes Stripe's warnings about an order. A warning that is no longer actionable never becomes actionable again. */
export function writeFraudWarnings(
  db: D1Database,
  of: { accountId: AccountId; orderId: OrderId },
  facts: readonly FraudWarningFacts[],
  at: Instant,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO fraud_warnings (id, account_id, order_id, fraud_type, is_actionable, warned_at, known_at)
       SELECT value ->> 'id', ?2, ?3, value ->> 'fraudType', value ->> 'isActionable', value ->> 'warnedAt', ?4
       FROM json_each(?1)
       WHERE true
       ON CONFLICT (id) DO UPDATE
       SET is_actionable = MIN(is_actionable, excluded.is_actionable), fraud_type = excluded.fraud_type`,
    )
    .bind(JSON.stringify(facts), of.accountId, of.orderId, at);
}

/** The warnings about an order, oldest first. */
export async function listFraudWarnings(db: D1Database, orderId: OrderId): Promise<FraudWarning[]> {
  const { results } = await db
    .prepare(
      `SELECT id, account_id, order_id, fraud_type, is_actionable, warned_at
       FROM fraud_warnings
       WHERE order_id = ?1
       ORDER BY warned_at, id`,
    )
    .bind(orderId)
    .all<FraudWarningRow>();
  return results.map(toFraudWarning);
}

/** Records that everything the operator wants done about an order's warnings is done. */
export function markFraudWarningsHandled(db: D1Database, orderId: OrderId, at: Instant): D1PreparedStatement {
  return db
    .prepare("UPDATE fraud_warnings SET handled_at = ?2 WHERE order_id = ?1 AND handled_at IS NULL")
    .bind(orderId, at);
}

/** The account's orders with a warning that is not fully handled yet. */
export async function listOrdersToGuard(db: D1Database, accountId: AccountId): Promise<OrderId[]> {
  const { results } = await db
    .prepare("SELECT DISTINCT order_id FROM fraud_warnings WHERE account_id = ?1 AND handled_at IS NULL")
    .bind(accountId)
    .all<{ order_id: OrderId }>();
  return results.map((row) => row.order_id);
}

/** Those of these warnings that are recorded and handled, each with whether a refund still helps, as last known. */
export async function findHandledWarnings(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, { isActionable: boolean }>> {
  const { results } = await db
    .prepare(
      `SELECT id, is_actionable
       FROM fraud_warnings
       WHERE handled_at IS NOT NULL AND id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids))
    .all<Pick<FraudWarningRow, "id" | "is_actionable">>();
  return new Map(results.map((row) => [row.id, { isActionable: row.is_actionable === 1 }]));
}

/** Warnings of all accounts, at most `limit`: those a refund still helps against first, then newest first. */
export async function listNewestFraudWarnings(db: D1Database, limit: number): Promise<FraudWarning[]> {
  const { results } = await db
    .prepare(
      `SELECT id, account_id, order_id, fraud_type, is_actionable, warned_at
       FROM fraud_warnings
       ORDER BY is_actionable DESC, warned_at DESC, id
       LIMIT ?1`,
    )
    .bind(limit)
    .all<FraudWarningRow>();
  return results.map(toFraudWarning);
}

type FraudWarningRow = {
  id: string;
  account_id: AccountId;
  order_id: OrderId;
  fraud_type: string;
  is_actionable: 0 | 1;
  warned_at: number;
};

function toFraudWarning(row: FraudWarningRow): FraudWarning {
  return {
    id: row.id,
    accountId: row.account_id,
    orderId: row.order_id,
    fraudType: row.fraud_type,
    isActionable: row.is_actionable === 1,
    warnedAt: row.warned_at,
  };
}
