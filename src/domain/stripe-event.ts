/** One of Stripe's webhook events in our words: a hint of what to look at, and whose it is as far as the event says. */
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

/** Whether an event of this type can change an order we have; any other is only noted. */
export function concernsOrders(event: StripeEvent): boolean {
  return /^(payment_intent|setup_intent)\.|^charge\.(succeeded|failed|updated|captured|expired)$/.test(
    event.type,
  );
}

/** Whether an event of this type tells of money that went back, or is about to, or came again after all. */
export function concernsMoneyBack(event: StripeEvent): boolean {
  return /^refund\.|^charge\.(refunded|refund\.updated|dispute\.\w+)$|^radar\.early_fraud_warning\./.test(
    event.type,
  );
}
