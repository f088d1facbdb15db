/** Comparing our books with Stripe's: what one payment and one order say of each other, and what follows. */
import { failedFields } from "./card.ts";
import type { PaymentFacts } from "./facts.ts";
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Order } from "./order.ts";

/** A payment as Stripe lists it, with what its metadata says of whose it is; null where it says nothing of ours. */
export type StripePayment = { facts: PaymentFacts; orderId: OrderId | null; accountId: AccountId | null };

/** What a payment and an order can disagree about. A person has to look: no rule says what is right. */
export const PAYMENT_DIFFERENCE_KINDS = [
  // Paid at Stripe with our metadata, and there is no such order.
  "payment_without_order",
  // The order is there, and yet the payment could not be posted.
  "payment_not_credited",
  // The order was paid by another payment already: its customer has paid twice.
  "second_payment",
  // Amount or currency are not the order's.
  "amount_differs",
  // Charged although the bank said a check failed.
  "check_failed",
  // Our order is paid, and Stripe knows of no such payment, or of none that succeeded.
  "order_without_payment",
] as const;

type PaymentDifferenceKind = (typeof PAYMENT_DIFFERENCE_KINDS)[number];

/** What our books can disagree about with themselves. */
export type BooksDifferenceKind =
  | "balance_is_not_the_sum_of_entries"
  | "grant_is_not_the_sum_of_entries"
  | "paid_order_without_purchase"
  | "purchase_without_paid_order";

/** What our books can lack of what Stripe says went back of an order. */
type MoneyBackDifferenceKind = "money_back_not_booked";

/** One side's facts, as kept for staff to read. */
type Side = Readonly<Record<string, string | number | null>>;

export type Difference = {
  kind: PaymentDifferenceKind | BooksDifferenceKind | MoneyBackDifferenceKind;
  /** The id of what it is about: a payment intent, an account, a grant or an order. */
  subject: string;
  accountId: string | null;
  orderId: string | null;
  ours: Side | null;
  theirs: Side | null;
  occurredAt: Instant;
};

/**
 * What comes of comparing: they agree; the payment is of a known order and only has to be posted; they differ; or
 * the payment is none of ours, or none at all.
 */
export type Verdict =
  | { verdict: "agrees" | "settle" | "not_ours" }
  | { verdict: "differs"; difference: Difference };

/** Compares a payment at Stripe with the order that it names, or that names it; null where there is none. */
export function comparePayment(payment: StripePayment, order: Order | null): Verdict {
  const { facts } = payment;
  if (facts.status !== "succeeded") {
    return order?.state === "paid" && order.paymentIntentId === facts.id
      ? differs("order_without_payment", payment, order)
      : { verdict: "not_ours" };
  }
  if (order === null) {
    return payment.orderId === null
      ? { verdict: "not_ours" }
      : differs("payment_without_order", payment, order);
  }
  if (order.state === "paid" && order.paymentIntentId !== facts.id) {
    return differs("second_payment", payment, order);
  }
  if (facts.amountCents !== order.amountCents || facts.currency !== order.currency) {
    return differs("amount_differs", payment, order);
  }
  if (order.state !== "paid") {
    return { verdict: "settle" };
  }
  return facts.checks !== null && failedFields(facts.checks).length > 0
    ? differs("check_failed", payment, order)
    : { verdict: "agrees" };
}

/** A payment of a known order that could not be posted although it should have been. */
export function notCredited(payment: StripePayment, order: Order): Difference {
  return toDifference("payment_not_credited", payment, order);
}

/** A paid order whose payment Stripe does not know. */
export function withoutPayment(order: Extract<Order, { state: "paid" }>): Difference {
  return {
    kind: "order_without_payment",
    subject: order.paymentIntentId,
    accountId: order.accountId,
    orderId: order.id,
    ours: toOurSide(order),
    theirs: null,
    occurredAt: order.paidAt,
  };
}

function differs(kind: PaymentDifferenceKind, payment: StripePayment, order: Order | null): Verdict {
  return { verdict: "differs", difference: toDifference(kind, payment, order) };
}

function toDifference(kind: PaymentDifferenceKind, payment: StripePayment, order: Order | null): Difference {
  const { facts } = payment;
  return {
    kind,
    subject: facts.id,
    accountId: order?.accountId ?? payment.accountId,
    orderId: order?.id ?? payment.orderId,
    ours: order === null ? null : toOurSide(order),
    theirs: {
      payment_intent_id: facts.id,
      status: facts.status,
      amount_cents: facts.amountCents,
      currency: facts.currency,
      created_at: facts.createdAt,
    },
    occurredAt: facts.createdAt,
  };
}

function toOurSide(order: Order): Side {
  return {
    order_id: order.id,
    state: order.state,
    credits: order.credits,
    amount_cents: order.amountCents,
    currency: order.currency,
    payment_intent_id: order.paymentIntentId,
  };
}
