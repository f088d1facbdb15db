/** A Stripe webhook event in our words: a hint of what to look at, and whose it is if the event says so. */
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";

export type StripeEvent = {
  id: string;
  type: string;
  createdAt: Instant;
  objectId: string | null;
  accountId: AccountId | null;
  orderId: OrderId | null;
  paymentIntentId: string | null;
};

/** Whether an event of this type can change an order. */
export function concernsOrders(event: StripeEvent): boolean {
  return /^(payment_intent|setup_intent)\.|^charge\.(succeeded|failed|updated|captured|expired)$/.test(
    event.type,
  );
}

/** Whether an event of this type is about a refund, a dispute or an early fraud warning. */
export function concernsMoneyBack(event: StripeEvent): boolean {
  return /^refund\.|^charge\.(refunded|refund\.updated|dispute\.\w+)$|^radar\.early_fraud_warning\./.test(
    event.type,
  );
}
