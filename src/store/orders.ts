/** The orders table: reads orders and maps their rows. Writes are in order-changes.ts. */
import type { CardChecks, CheckedField, CheckResult } from "../domain/card.ts";
import { toCredits } from "../domain/credits.ts";
import type { AccountId, CardId, OrderId, ReceiptId } from "../domain/ids.ts";
import { invariant } from "../domain/invariant.ts";
import { toCents, toUnitPriceMicros } from "../domain/money.ts";
import type { Order, OrderCard, OrderState, PayWith } from "../domain/order.ts";

export type OrderRow = {
  id: OrderId;
  account_id: AccountId;
  state: OrderState;
  credits: number;
  unit_price_micros: number;
  amount_cents: number;
  currency: string;
  confirmation_token: string | null;
  save_card: 0 | 1;
  card_id: CardId | null;
  stripe_customer_id: string | null;
  setup_intent_id: string | null;
  payment_intent_id: string | null;
  card_brand: string | null;
  card_last4: string | null;
  check_line1: CheckResult;
  check_postal_code: CheckResult;
  check_cvc: CheckResult;
  refused_fields: string | null;
  decline_code: string | null;
  fee_cents: number | null;
  fee_currency: string | null;
  net_cents: number | null;
  placed_at: number;
  verified_at: number | null;
  paid_at: number | null;
  ended_at: number | null;
  confirmed_at: number | null;
  receipt_id: ReceiptId | null;
  receipt_number: number | null;
  payment_method_id: string | null;
};

/** The start of every order query. Append conditions on `o`. */
export const SELECT_ORDER = `
  SELECT o.id, o.account_id, o.state, o.credits, o.unit_price_micros, o.amount_cents, o.currency,
         o.confirmation_token, o.save_card, o.card_id, o.stripe_customer_id, o.setup_intent_id, o.payment_intent_id,
         o.card_brand, o.card_last4, o.check_line1, o.check_postal_code, o.check_cvc,
         o.refused_fields, o.decline_code, o.fee_cents, o.net_cents, o.fee_currency,
         o.placed_at, o.verified_at, o.paid_at, o.ended_at, o.confirmed_at,
         r.id AS receipt_id, r.number AS receipt_number, c.payment_method_id
  FROM orders AS o
  LEFT JOIN receipts AS r ON r.order_id = o.id
  LEFT JOIN cards AS c ON c.id = o.card_id`;

/** The order with this id in any account, or null. */
export async function findOrder(db: D1Database, id: OrderId): Promise<Order | null> {
  const row = await selectOrder(db, id).first<OrderRow>();
  return row === null ? null : toOrder(row);
}

/** The query behind `findOrder`, for use in a batch. */
export function selectOrder(db: D1Database, id: OrderId): D1PreparedStatement {
  return db.prepare(`${SELECT_ORDER} WHERE o.id = ?1`).bind(id);
}

/** The order this payment intent belongs to, or null. */
export async function findOrderByPaymentIntent(
  db: D1Database,
  paymentIntentId: string,
): Promise<Order | null> {
  const row = await db
    .prepare(`${SELECT_ORDER} WHERE o.payment_intent_id = ?1`)
    .bind(paymentIntentId)
    .first<OrderRow>();
  return row === null ? null : toOrder(row);
}

/** The Stripe customer whose intents may be this order's: its own, or its account's if it has none yet. */
export async function findCustomerOfOrder(
  db: D1Database,
  of: { orderId: OrderId; accountId: AccountId },
): Promise<string | null> {
  const row = await db
    .prepare(
      `SELECT COALESCE(o.stripe_customer_id, a.stripe_customer_id) AS id
       FROM orders AS o
       JOIN accounts AS a ON a.id = o.account_id
       WHERE o.id = ?1 AND o.account_id = ?2`,
    )
    .bind(of.orderId, of.accountId)
    .first<{ id: string | null }>();
  return row?.id ?? null;
}

/**
 * The account's orders, newest first, at most `limit`. With `before`, only those older than that order. The id breaks
 * ties between orders placed at the same moment, so that no page skips or repeats one.
 */
export async function listOrders(
  db: D1Database,
  accountId: AccountId,
  page: { before: OrderId | null; limit: number },
): Promise<Order[]> {
  const { results } = await db
    .prepare(
      `${SELECT_ORDER}
       WHERE o.account_id = ?1
         AND (?2 IS NULL
           OR (o.placed_at, o.id) < (SELECT placed_at, id FROM orders WHERE id = ?2 AND account_id = ?1))
       ORDER BY o.placed_at DESC, o.id DESC
       LIMIT ?3`,
    )
    .bind(accountId, page.before, page.limit)
    .all<OrderRow>();
  return results.map(toOrder);
}

/** Maps a row to an order. Throws if the row lacks what its state requires. */
export function toOrder(row: OrderRow): Order {
  const base = {
    id: row.id,
    accountId: row.account_id,
    credits: toCredits(row.credits),
    unitPriceMicros: toUnitPriceMicros(row.unit_price_micros),
    amountCents: toCents(row.amount_cents),
    currency: row.currency,
    payWith: toPayWith(row),
    placedAt: row.placed_at,
    stripeCustomerId: row.stripe_customer_id,
    setupIntentId: row.setup_intent_id,
    paymentIntentId: row.payment_intent_id,
    card: toOrderCard(row),
    verifiedAt: row.verified_at,
    confirmedAt: row.confirmed_at,
  };
  switch (row.state) {
    case "placed": {
      return { ...base, state: "placed" };
    }
    case "verifying": {
      return { ...base, state: "verifying", setupIntentId: present(row.setup_intent_id) };
    }
    case "paying": {
      return { ...base, state: "paying", card: present(base.card), verifiedAt: present(row.verified_at) };
    }
    case "paid": {
      return {
        ...base,
        state: "paid",
        paymentIntentId: present(row.payment_intent_id),
        paidAt: present(row.paid_at),
        receipt: { id: present(row.receipt_id), number: present(row.receipt_number) },
        fee:
          row.fee_cents === null || row.net_cents === null || row.fee_currency === null
            ? null
            : {
                feeCents: toCents(row.fee_cents),
                netCents: toCents(row.net_cents),
                currency: row.fee_currency,
              },
      };
    }
    case "refused": {
      const fields = present(row.refused_fields).split(",").filter(isCheckedField);
      const { decline_code: declineCode } = row;
      return { ...base, state: "refused", endedAt: present(row.ended_at), fields, declineCode };
    }
    case "declined": {
      return {
        ...base,
        state: "declined",
        endedAt: present(row.ended_at),
        declineCode: present(row.decline_code),
      };
    }
    case "abandoned": {
      return { ...base, state: "abandoned", endedAt: present(row.ended_at) };
    }
  }
}

function toPayWith(row: OrderRow): PayWith {
  return row.confirmation_token === null
    ? { kind: "saved_card", cardId: present(row.card_id) }
    : { kind: "new_card", confirmationToken: row.confirmation_token, saveCard: row.save_card === 1 };
}

function toOrderCard(row: OrderRow): OrderCard | null {
  if (
    row.card_id === null ||
    row.payment_method_id === null ||
    row.card_brand === null ||
    row.card_last4 === null
  ) {
    return null;
  }
  const checks: CardChecks = {
    line1: row.check_line1,
    postalCode: row.check_postal_code,
    cvc: row.check_cvc,
  };
  return {
    id: row.card_id,
    paymentMethodId: row.payment_method_id,
    brand: row.card_brand,
    last4: row.card_last4,
    checks,
  };
}

function isCheckedField(text: string): text is CheckedField {
  return text === "line1" || text === "postal_code" || text === "cvc";
}

function present<T>(value: T | null): T {
  invariant(value !== null, "an order's row holds what its state needs");
  return value;
}
