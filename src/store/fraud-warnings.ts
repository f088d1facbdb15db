/** The fraud_warnings table: payments the bank suspects, and whether a refund still helps. */
import type { FraudWarning, FraudWarningFacts } from "../domain/fraud-warning.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** Writes what Stripe says of warnings about an order. Once nothing more helps, nothing does later. */
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
