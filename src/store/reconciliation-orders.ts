/** Reads for reconciling: orders that payments name, and orders whose payment Stripe has not shown yet. */
import type { PaymentFacts } from "../domain/facts.ts";
import type { OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Order } from "../domain/order.ts";
import { type OrderRow, SELECT_ORDER, toOrder } from "./orders.ts";

/** The orders with these ids or these payment intents. */
export async function listOrdersOfPayments(
  db: D1Database,
  orderIds: readonly OrderId[],
  paymentIntentIds: readonly string[],
): Promise<Order[]> {
  const { results } = await db
    .prepare(
      `${SELECT_ORDER} WHERE o.id IN (SELECT value FROM json_each(?1))
       UNION
       ${SELECT_ORDER} WHERE o.payment_intent_id IN (SELECT value FROM json_each(?2))`,
    )
    .bind(JSON.stringify(orderIds), JSON.stringify(paymentIntentIds))
    .all<OrderRow>();
  return results.map(toOrder);
}

/** Orders paid before `paidBefore` whose payment Stripe's list has never shown, ordered by id. */
export async function listOrdersToReconcile(
  db: D1Database,
  page: { after: string; paidBefore: Instant; limit: number },
): Promise<Extract<Order, { state: "paid" }>[]> {
  const { results } = await db
    .prepare(
      `${SELECT_ORDER}
       WHERE o.state = 'paid' AND o.reconciled_at IS NULL AND o.id > ?1 AND o.paid_at < ?2
       ORDER BY o.id
       LIMIT ?3`,
    )
    .bind(page.after, page.paidBefore, page.limit)
    .all<OrderRow>();
  return results.map(toOrder).filter((order) => order.state === "paid");
}

/** Records that Stripe has shown these orders' payments, and any fees it reported with them. */
export function updateReconciled(
  db: D1Database,
  orders: readonly { id: string; fee: PaymentFacts["fee"] }[],
  at: Instant,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE orders
       SET reconciled_at = COALESCE(reconciled_at, ?2),
           fee_cents = COALESCE(fee_cents, seen.fee),
           net_cents = COALESCE(net_cents, seen.net),
           fee_currency = COALESCE(fee_currency, seen.currency)
       FROM (
         SELECT value ->> 'id' AS id, value ->> '$.fee.feeCents' AS fee, value ->> '$.fee.netCents' AS net,
                value ->> '$.fee.currency' AS currency
         FROM json_each(?1)
       ) AS seen
       WHERE orders.id = seen.id
         AND state = 'paid'
         AND (reconciled_at IS NULL OR (fee_cents IS NULL AND seen.fee IS NOT NULL))`,
    )
    .bind(JSON.stringify(orders), at);
}
