/** The receipts table: proof of paid orders, numbered in sequence. */
import type { BillingDetails } from "../domain/card.ts";
import type { OrderId, ReceiptId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** Who a receipt is made out to. */
export type BilledTo = BillingDetails & { email: string };

/** Who issues a receipt. */
export type Seller = { name: string; email: string; address: string };

/** A receipt as issued. What was bought and paid is in its order. */
export type Receipt = {
  id: ReceiptId;
  number: number;
  orderId: OrderId;
  billedTo: BilledTo;
  seller: Seller;
  issuedAt: Instant;
};

/** The receipt of an order, or null if the order is not paid. */
export async function findReceipt(db: D1Database, orderId: OrderId): Promise<Receipt | null> {
  const row = await db
    .prepare("SELECT id, number, billed_to, seller, issued_at FROM receipts WHERE order_id = ?1")
    .bind(orderId)
    .first<{ id: ReceiptId; number: number; billed_to: string; seller: string; issued_at: number }>();
  if (row === null) {
    return null;
  }
  const billedTo: BilledTo = JSON.parse(row.billed_to);
  const seller: Seller = JSON.parse(row.seller);
  return { id: row.id, number: row.number, orderId, billedTo, seller, issuedAt: row.issued_at };
}

/** Issues a paid order's receipt under the next number, made out to its card's billing details. */
export function insertReceipt(
  db: D1Database,
  receipt: { id: ReceiptId; orderId: OrderId; seller: Seller; issuedAt: Instant },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO receipts (number, id, order_id, billed_to, seller, issued_at)
       SELECT (SELECT COALESCE(MAX(number), 0) + 1 FROM receipts), ?1, o.id,
              json_set(COALESCE(c.billing, '{"name":null,"phone":null,"address":{}}'), '$.email', a.email), ?3, ?4
       FROM orders AS o
       JOIN accounts AS a ON a.id = o.account_id
       LEFT JOIN cards AS c ON c.id = o.card_id
       WHERE o.id = ?2`,
    )
    .bind(receipt.id, receipt.orderId, JSON.stringify(receipt.seller), receipt.issuedAt);
}
