/** Orders as staff look them up: of any account, each with the account's e-mail address. */
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import { type OrderRow, SELECT_ORDER, toOrder } from "./orders.ts";

/** An order and its account's e-mail address. */
export type KnownOrder = { order: Order; email: string };

/** What an order is looked up by. Only exact matches are found. */
export type OrderSign =
  | { by: "id"; id: OrderId }
  | { by: "receipt"; number: number }
  | { by: "payment"; paymentIntentId: string }
  | { by: "account"; id: AccountId };

/** The orders that match, newest first, at most `limit`. */
export async function findKnownOrders(db: D1Database, sign: OrderSign, limit: number): Promise<KnownOrder[]> {
  const { where, value } = toCondition(sign);
  const { results } = await db
    .prepare(
      `${selectKnown(`WHERE ${where} ORDER BY o.placed_at DESC, o.id LIMIT ?2`)} ORDER BY f.placed_at DESC, f.id`,
    )
    .bind(value, limit)
    .all<KnownOrderRow>();
  return results.map(toKnownOrder);
}

/** The orders with these ids. An id without an order is absent from the map. */
export async function listKnownOrders(
  db: D1Database,
  ids: readonly OrderId[],
): Promise<Map<OrderId, KnownOrder>> {
  if (ids.length === 0) {
    return new Map();
  }
  const { results } = await db
    .prepare(selectKnown("WHERE o.id IN (SELECT value FROM json_each(?1))"))
    .bind(JSON.stringify([...new Set(ids)]))
    .all<KnownOrderRow>();
  return new Map(results.map((row) => [row.id, toKnownOrder(row)]));
}

/** Open orders of all accounts, longest waiting first, at most `limit`. */
export async function listOpenOrders(db: D1Database, limit: number): Promise<KnownOrder[]> {
  const open = "WHERE o.state IN ('placed', 'verifying', 'paying') ORDER BY o.placed_at, o.id LIMIT ?1";
  const { results } = await db
    .prepare(`${selectKnown(open)} ORDER BY f.placed_at, f.id`)
    .bind(limit)
    .all<KnownOrderRow>();
  return results.map(toKnownOrder);
}

/** The account with this e-mail address, ignoring case, or null. */
export async function findAccountIdByEmail(db: D1Database, email: string): Promise<AccountId | null> {
  const row = await db
    .prepare("SELECT id FROM accounts WHERE email = ?1")
    .bind(email)
    .first<{ id: AccountId }>();
  return row?.id ?? null;
}

type KnownOrderRow = OrderRow & { email: string };

function selectKnown(rest: string): string {
  return `SELECT f.*, a.email FROM (${SELECT_ORDER} ${rest}) AS f JOIN accounts AS a ON a.id = f.account_id`;
}

function toCondition(sign: OrderSign): { where: string; value: string | number } {
  switch (sign.by) {
    case "id": {
      return { where: "o.id = ?1", value: sign.id };
    }
    case "receipt": {
      return { where: "r.number = ?1", value: sign.number };
    }
    case "payment": {
      return { where: "o.payment_intent_id = ?1", value: sign.paymentIntentId };
    }
    case "account": {
      return { where: "o.account_id = ?1", value: sign.id };
    }
  }
}

function toKnownOrder(row: KnownOrderRow): KnownOrder {
  return { order: toOrder(row), email: row.email };
}
