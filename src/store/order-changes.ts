/** Writes to the orders table: rows are inserted before Stripe is called, moved forward conditionally, never deleted. */
import type { CardFacts, CheckedField } from "../domain/card.ts";
import type { PaymentFacts, SetupFacts } from "../domain/facts.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Fee, Order, OrderContent } from "../domain/order.ts";
import type { Price } from "../domain/prices.ts";

/** Places an order. Fails if the id exists: the same id means the same order, which the caller reads instead. */
export function insertOrder(
  db: D1Database,
  order: { id: OrderId; accountId: AccountId; content: OrderContent; price: Price; placedAt: Instant },
): D1PreparedStatement {
  const { payWith } = order.content;
  return db
    .prepare(
      `INSERT INTO orders (id, account_id, state, credits, unit_price_micros, amount_cents, currency,
         confirmation_token, save_card, card_id, placed_at, stripe_customer_id)
       VALUES (?1, ?2, 'placed', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
         (SELECT stripe_customer_id FROM accounts WHERE id = ?2))`,
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

/**
 * Stores the Stripe customer that the order's intents are about to be created for, once: a second id never replaces the
 * first. Returns the stored id.
 */
export async function keepCustomerOfOrder(
  db: D1Database,
  id: OrderId,
  stripeCustomerId: string,
): Promise<string> {
  const row = await db
    .prepare(
      `UPDATE orders
       SET stripe_customer_id = COALESCE(stripe_customer_id, ?2)
       WHERE id = ?1
       RETURNING stripe_customer_id`,
    )
    .bind(id, stripeCustomerId)
    .first<{ stripe_customer_id: string }>();
  return row?.stripe_customer_id ?? stripeCustomerId;
}

/** Clears the id of a customer that Stripe no longer had when the order's first intent was to be created for it. */
export function clearCustomerOfOrder(
  db: D1Database,
  id: OrderId,
  stripeCustomerId: string,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE orders
       SET stripe_customer_id = NULL
       WHERE id = ?1 AND stripe_customer_id = ?2 AND setup_intent_id IS NULL AND payment_intent_id IS NULL`,
    )
    .bind(id, stripeCustomerId);
}

/** Moves the order to `paying`, once its card has passed. Changes nothing if the order has already moved on. */
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

/** Moves the order to `verifying`, with the setup intent that waits for the customer. */
export function updateToVerifying(db: D1Database, id: OrderId, setup: SetupFacts): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET state = 'verifying', setup_intent_id = ?2 WHERE id = ?1 AND state = 'placed'")
    .bind(id, setup.id);
}

/** Stores the payment intent that waits for the customer. */
export function updatePaymentIntent(db: D1Database, id: OrderId, payment: PaymentFacts): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET payment_intent_id = ?2 WHERE id = ?1 AND payment_intent_id IS NULL")
    .bind(id, payment.id);
}

/** Stores a setup intent that was found after the order ended, so that it is not looked for again. */
export function updateSetupAfterEnd(db: D1Database, id: OrderId, setup: SetupFacts): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET setup_intent_id = ?2 WHERE id = ?1 AND setup_intent_id IS NULL")
    .bind(id, setup.id);
}

/** Moves the order to `paid`. The database refuses this outside the commit that credits the order. */
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
           fee_cents = ?4, net_cents = ?5, fee_currency = ?9,
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
      payment.fee?.currency ?? null,
    );
}

/** How an order ends without payment, and what was learnt about its card and intents. */
export type Ending = {
  end:
    | { state: "refused"; fields: readonly CheckedField[]; declineCode: string | null }
    | { state: "declined"; declineCode: string }
    | { state: "abandoned" };
  endedAt: Instant;
  setupIntentId: string | null;
  paymentIntentId: string | null;
  card: CardFacts | null;
};

/**
 * Ends the order without payment. Changes nothing if it has left the state that the end was decided in: whoever decided
 * did not know what has happened since.
 */
export function updateToEnd(
  db: D1Database,
  order: Pick<Order, "id" | "state">,
  ending: Ending,
): D1PreparedStatement {
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
       WHERE id = ?1 AND state = ?14`,
    )
    .bind(
      order.id,
      end.state,
      end.state === "refused" ? end.fields.join(",") : null,
      end.state === "abandoned" ? null : end.declineCode,
      ending.endedAt,
      ending.setupIntentId,
      ending.paymentIntentId,
      card?.paymentMethodId ?? null,
      card?.brand ?? null,
      card?.last4 ?? null,
      card?.checks.line1 ?? null,
      card?.checks.postalCode ?? null,
      card?.checks.cvc ?? null,
      order.state,
    );
}

/** Records Stripe's fee and the net amount once they are known. */
export async function updateFee(db: D1Database, id: OrderId, fee: Fee): Promise<void> {
  await db
    .prepare(
      "UPDATE orders SET fee_cents = ?2, net_cents = ?3, fee_currency = ?4 WHERE id = ?1 AND state = 'paid'",
    )
    .bind(id, fee.feeCents, fee.netCents, fee.currency)
    .run();
}

/** Records that Stripe's webhook has confirmed this paid order. The first time stands. */
export function updateConfirmed(db: D1Database, id: OrderId, at: Instant): D1PreparedStatement {
  return db
    .prepare("UPDATE orders SET confirmed_at = COALESCE(confirmed_at, ?2) WHERE id = ?1 AND state = 'paid'")
    .bind(id, at);
}
