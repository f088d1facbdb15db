/** Reads for reconciling: refunds and disputes Stripe has not shown yet, and orders whose ledger lags behind. */
import type { OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { MONEY_BACK_DIFFERENCE_KINDS } from "../domain/reconciliation.ts";
import { DECIDED } from "./disputes.ts";

/** A refund or dispute to look up at Stripe, by its Stripe id. */
export type ToLookUp = { id: string; what: "refund" | "dispute"; orderId: OrderId };

/**
 * Refunds and disputes, ordered by id: those known before `knownBefore` that Stripe's lists have never shown; disputes
 * opened before `openedBefore`, where Stripe's list begins, that were not decided when we last heard of them; and those
 * with an unresolved difference last found before `foundBefore`.
 */
export async function listMoneyBackToLookUp(
  db: D1Database,
  page: { after: string; knownBefore: Instant; openedBefore: Instant; foundBefore: Instant; limit: number },
): Promise<ToLookUp[]> {
  const { results } = await db
    .prepare(
      `SELECT stripe_refund_id AS id, 'refund' AS what, order_id
       FROM refunds
       WHERE known_at IS NOT NULL AND reconciled_at IS NULL AND stripe_refund_id > ?1 AND known_at < ?2
       UNION
       SELECT id, 'dispute', order_id
       FROM disputes
       WHERE id > ?1 AND known_at < ?2
         AND (reconciled_at IS NULL OR (opened_at < ?6 AND status NOT IN (${DECIDED})))
       UNION
       SELECT subject, COALESCE(ours, theirs) ->> 'what', order_id
       FROM differences
       WHERE resolved_at IS NULL AND subject > ?1 AND last_found_at < ?3
         AND kind IN (SELECT value FROM json_each(?4)) AND COALESCE(ours, theirs) ->> 'what' IN ('refund', 'dispute')
       ORDER BY 1
       LIMIT ?5`,
    )
    .bind(
      page.after,
      page.knownBefore,
      page.foundBefore,
      JSON.stringify(MONEY_BACK_DIFFERENCE_KINDS),
      page.limit,
      page.openedBefore,
    )
    .all<{ id: string; what: "refund" | "dispute"; order_id: OrderId }>();
  return results.map(({ id, what, order_id: orderId }) => ({ id, what, orderId }));
}

/** Records that Stripe has shown these refunds and disputes as we have them. */
export function markMoneyBackReconciled(
  db: D1Database,
  ids: readonly string[],
  at: Instant,
): D1PreparedStatement[] {
  const seen = JSON.stringify(ids);
  return [
    db
      .prepare(
        `UPDATE refunds SET reconciled_at = ?2
         WHERE reconciled_at IS NULL AND stripe_refund_id IN (SELECT value FROM json_each(?1))`,
      )
      .bind(seen, at),
    db
      .prepare(
        `UPDATE disputes SET reconciled_at = ?2
         WHERE reconciled_at IS NULL AND id IN (SELECT value FROM json_each(?1))`,
      )
      .bind(seen, at),
  ];
}

/** Those of these orders whose ledger lags behind what is known. */
export async function listOrdersBehind(db: D1Database, orderIds: readonly OrderId[]): Promise<Set<OrderId>> {
  const { results } = await db
    .prepare(
      `SELECT order_id FROM money_back
       WHERE posted < known AND order_id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(orderIds))
    .all<{ order_id: OrderId }>();
  return new Set(results.map((row) => row.order_id));
}
