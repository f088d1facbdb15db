/** The orders table: written before Stripe is asked, moved forward by conditional updates, never deleted. */
import type { CardChecks, CardFacts, CheckedField, CheckResult } from "../domain/card.ts";
import { toCredits } from "../domain/credits.ts";
import type { PaymentFacts, SetupFacts } from "../domain/facts.ts";
import type { AccountId, CardId, OrderId, ReceiptId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { invariant } from "../domain/invariant.ts";
import { toCents, toUnitPriceMicros } from "../domain/money.ts";
import type { Order, OrderCard, OrderContent, OrderState, PayWith } from "../domain/order.ts";
import type { Price } from "../domain/prices.ts";
import { MAILS_TRIED_FOR } from "./mails.ts";

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

/** The beginning of every question for orders; conditions on `o` follow. */
export const SELECT_ORDER = `
  SELECT o.id, o.account_id, o.state, o.credits, o.unit_price_micros, o.amount_cents, o.currency,
         o.confirmation_token, o.save_card, o.card_id, o.setup_intent_id, o.payment_intent_id,
         o.card_brand, o.card_last4, o.check_line1, o.check_postal_code, o.check_cvc,
         o.refused_fields, o.decline_code, o.fee_cents, o.net_cents,
         o.placed_at, o.verified_at, o.paid_at, o.ended_at, o.confirmed_at,
         r.id AS receipt_id, r.number AS receipt_number, c.payment_method_id
  FROM orders AS o
  LEFT JOIN receipts AS r ON r.order_id = o.id
  LEFT JOIN cards AS c ON c.id = o.card_id`;

/** The order with this id, whoever's it is, or null. */
export async function findOrder(db: D1Database, id: OrderId): Promise<Order | null> {
  const row = await selectOrder(db, id).first<OrderRow>();
  return row === null ? null : toOrder(row);
}

/** The question behind `findOrder`, for a batch with others. */
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

/** The account's orders, newest first, at most `limit`, placed before `before`. */
export async function listOrders(
  db: D1Database,
  accountId: AccountId,
  page: { before: Instant; limit: number },
): Promise<Order[]> {
  const { results } = await db
    .prepare(
      `${SELECT_ORDER} WHERE o.account_id = ?1 AND o.placed_at < ?2 ORDER BY o.placed_at DESC, o.id LIMIT ?3`,
    )
    .bind(accountId, page.before, page.limit)
    .all<OrderRow>();
  return results.map(toOrder);
}

/** The account's orders that recovery still has to look at: those without an end, and then paid ones without their fee. */
export async function listOrdersToRecover(
  db: D1Database,
  accountId: AccountId,
  paidSince: Instant,
): Promise<Order[]> {
  const { results } = await db
    .prepare(
      `${SELECT_ORDER}
       WHERE o.account_id = ?1
         AND (o.state IN ('placed', 'verifying', 'paying')
           OR (o.state = 'paid' AND o.fee_cents IS NULL AND o.paid_at > ?2))
       ORDER BY o.state = 'paid', o.placed_at
       LIMIT 50`,
    )
    .bind(accountId, paidSince)
    .all<OrderRow>();
  return results.map(toOrder);
}

/**
 * Accounts with something unfinished, in the order of their ids: an order that has been without an end since before
 * `placedBefore`, a card that Stripe is to forget, a contact that Stripe is to be told; a refund whose outcome is not
 * known since then, money that went back and is not posted, a mail about it that is not sent.
 */
export async function listUnfinishedAccounts(
  db: D1Database,
  page: { placedBefore: Instant; after: string; limit: number },
): Promise<AccountId[]> {
  const { results } = await db
    .prepare(
      `SELECT account_id
       FROM (
         SELECT account_id FROM orders WHERE state IN ('placed', 'verifying', 'paying') AND placed_at < ?1
         UNION
         SELECT account_id FROM cards WHERE detach_is_due = 1
         UNION
         SELECT id FROM accounts WHERE customer_is_stale = 1
         UNION
         -- D1 takes five of these in a row and no more, so the rest stand for themselves.
         SELECT account_id
         FROM (
           SELECT account_id FROM refunds WHERE state = 'requested' AND requested_at < ?1
           UNION
           SELECT account_id FROM money_back WHERE posted < known
           UNION
           SELECT account_id FROM mails WHERE sent_at IS NULL AND due_at BETWEEN ?1 - ?4 AND ?1
         )
       )
       WHERE account_id > ?2
       ORDER BY account_id
       LIMIT ?3`,
    )
    .bind(page.placedBefore, page.after, page.limit, MAILS_TRIED_FOR)
    .all<{ account_id: AccountId }>();
  return results.map((row) => row.account_id);
}

/** How many orders of a kind an account may place within what time. */
export type AttemptLimit = { count: number; within: number };

/** Where an account has reached a limit: when the newest so many orders of that kind began; null where it has not. */
export type AttemptsRow = { unpaid_began_at: number | null; new_cards_began_at: number | null };

/**
 * The question whether the account has reached its limits of orders that have not been paid, and of orders by a new
 * card whatever came of them. Open ones count as unpaid: whoever tries stolen cards would place many at once.
 */
export function selectAttempts(
  db: D1Database,
  accountId: AccountId,
  now: Instant,
  limits: { unpaid: AttemptLimit; newCards: AttemptLimit },
): D1PreparedStatement {
  const { unpaid, newCards } = limits;
  return db
    .prepare(
      `SELECT
         (SELECT placed_at FROM orders
          WHERE account_id = ?1 AND placed_at > ?2 AND state <> 'paid'
          ORDER BY placed_at DESC LIMIT 1 OFFSET ?3) AS unpaid_began_at,
         (SELECT placed_at FROM orders
          WHERE account_id = ?1 AND placed_at > ?4 AND confirmation_token IS NOT NULL
          ORDER BY placed_at DESC LIMIT 1 OFFSET ?5) AS new_cards_began_at`,
    )
    .bind(accountId, now - unpaid.within, unpaid.count - 1, now - newCards.within, newCards.count - 1);
}

/** Places an order. Fails on an id that exists: the same id again is the same order, and is read, not written. */
export function insertOrder(
  db: D1Database,
  order: { id: OrderId; accountId: AccountId; content: OrderContent; price: Price; placedAt: Instant },
): D1PreparedStatement {
  const { payWith } = order.content;
  return db
    .prepare(
      `INSERT INTO orders (id, account_id, state, credits, unit_price_micros, amount_cents, currency,
         confirmation_token, save_card, card_id, placed_at)
       VALUES (?1, ?2, 'placed', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
    )
    .bind(
      order.id,
      order.accountId,
      order.price.credits,
      order.price.unitPriceMicros,
      order.price.amountCents,
      order.price.currency,
      payWith.kind === "new_card" ? payWith.confirmationToken : null,
      payWith.kind === "new_card" && payWith.saveCard ? 1 : 0,
      payWith.kind === "saved_card" ? payWith.cardId : null,
      order.placedAt,
    );
}

/** Lets the charge begin: the card has passed. Changes nothing where the order has moved on meanwhile. */
export function updateToPaying(
  db: D1Database,
  id: OrderId,
  paying: { card: CardFacts; setupIntentId: string | null; verifiedAt: Instant },
): D1PreparedStatement {
  const { card } = paying;
  return db
    .prepare(
      `UPDATE orders
       SET state = 'paying',
           card_id = (SELECT id FROM cards WHERE payment_method_id = ?2),
           setup_intent_id = COALESCE(?3, setup_intent_id),
           card_brand = ?4, card_last4 = ?5,
           check_line1 = ?6, check_postal_code = ?7, check_cvc = ?8,
           verified_at = ?9
       WHERE id = ?1 AND state IN ('placed', 'verifying')`,
    )
    .bind(
      id,
      card.paymentMethodId,
      paying.setupIntentId,
      card.brand,
      card.last4,
      card.checks.line1,
      card.checks.postalCode,
      card.checks.cvc,
      paying.verifiedAt,
    );
}

/** Remembers the setup intent that waits for the customer. */
export function updateToVerifying(db: D1Database, id: OrderId, setup: SetupFacts): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET state = 'verifying', setup_intent_id = ?2 WHERE id = ?1 AND state = 'placed'")
    .bind(id, setup.id);
}

/** Remembers the payment intent that waits for the customer. */
export function updatePaymentIntent(db: D1Database, id: OrderId, payment: PaymentFacts): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET payment_intent_id = ?2 WHERE id = ?1 AND payment_intent_id IS NULL")
    .bind(id, payment.id);
}

/** Remembers a setup intent that turned up after the order had ended, so that it is not looked for again. */
export function updateSetupAfterEnd(db: D1Database, id: OrderId, setup: SetupFacts): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET setup_intent_id = ?2 WHERE id = ?1 AND setup_intent_id IS NULL")
    .bind(id, setup.id);
}

/** Brings the order to `paid`; the database refuses it outside the commit that credits the order. */
export function updateToPaid(
  db: D1Database,
  id: OrderId,
  paid: { payment: PaymentFacts; paidAt: Instant },
): D1PreparedStatement {
  const { payment } = paid;
  return db
    .prepare(
      `UPDATE orders
       SET state = 'paid',
           payment_intent_id = ?2,
           paid_at = ?3,
           fee_cents = ?4, net_cents = ?5,
           check_line1 = COALESCE(?6, check_line1),
           check_postal_code = COALESCE(?7, check_postal_code),
           check_cvc = COALESCE(?8, check_cvc)
       WHERE id = ?1 AND state <> 'paid'`,
    )
    .bind(
      id,
      payment.id,
      paid.paidAt,
      payment.fee?.feeCents ?? null,
      payment.fee?.netCents ?? null,
      payment.checks?.line1 ?? null,
      payment.checks?.postalCode ?? null,
      payment.checks?.cvc ?? null,
    );
}

/** How an order ends without payment, with what was learnt of the card and the intents on the way. */
export type Ending = {
  end:
    | { state: "refused"; fields: readonly CheckedField[] }
    | { state: "declined"; declineCode: string }
    | { state: "abandoned" };
  endedAt: Instant;
  setupIntentId: string | null;
  paymentIntentId: string | null;
  card: CardFacts | null;
};

/** Ends the order without payment. Changes nothing where it has an end already. */
export function updateToEnd(db: D1Database, id: OrderId, ending: Ending): D1PreparedStatement {
  const { end, card } = ending;
  return db
    .prepare(
      `UPDATE orders
       SET state = ?2,
           refused_fields = ?3,
           decline_code = ?4,
           ended_at = ?5,
           setup_intent_id = COALESCE(setup_intent_id, ?6),
           payment_intent_id = COALESCE(payment_intent_id, ?7),
           card_id = COALESCE(card_id, (SELECT id FROM cards WHERE payment_method_id = ?8)),
           card_brand = COALESCE(card_brand, ?9), card_last4 = COALESCE(card_last4, ?10),
           check_line1 = COALESCE(?11, check_line1),
           check_postal_code = COALESCE(?12, check_postal_code),
           check_cvc = COALESCE(?13, check_cvc)
       WHERE id = ?1 AND state IN ('placed', 'verifying', 'paying')`,
    )
    .bind(
      id,
      end.state,
      end.state === "refused" ? end.fields.join(",") : null,
      end.state === "declined" ? end.declineCode : null,
      ending.endedAt,
      ending.setupIntentId,
      ending.paymentIntentId,
      card?.paymentMethodId ?? null,
      card?.brand ?? null,
      card?.last4 ?? null,
      card?.checks.line1 ?? null,
      card?.checks.postalCode ?? null,
      card?.checks.cvc ?? null,
    );
}

/** Records Stripe's fee and what is left, once they are known. */
export async function updateFee(
  db: D1Database,
  id: OrderId,
  fee: { feeCents: number; netCents: number },
): Promise<void> {
  await db
    .prepare("UPDATE orders SET fee_cents = ?2, net_cents = ?3 WHERE id = ?1 AND state = 'paid'")
    .bind(id, fee.feeCents, fee.netCents)
    .run();
}

/** Notes that Stripe's webhook has told us of this paid order too; the first time stands. */
export function updateConfirmed(db: D1Database, id: OrderId, at: Instant): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET confirmed_at = COALESCE(confirmed_at, ?2) WHERE id = ?1 AND state = 'paid'")
    .bind(id, at);
}

/** A row as an order; throws on a row that breaks the order's own rules. */
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
          row.fee_cents === null || row.net_cents === null
            ? null
            : { feeCents: toCents(row.fee_cents), netCents: toCents(row.net_cents) },
      };
    }
    case "refused": {
      const fields = present(row.refused_fields).split(",").filter(isCheckedField);
      return { ...base, state: "refused", endedAt: present(row.ended_at), fields };
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
