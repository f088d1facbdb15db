/** Comparing our books with Stripe's: what one payment and one order say of each other, and what follows. */
import { failedFields } from "./card.ts";
import type { Dispute } from "./dispute.ts";
import type { PaymentFacts } from "./facts.ts";
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents } from "./money.ts";
import type { Order } from "./order.ts";
import type { Refund } from "./refund.ts";

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
  | "entries_do_not_continue_each_other"
  | "grant_is_not_the_sum_of_entries"
  | "paid_order_without_purchase"
  | "purchase_without_paid_order"
  | "credits_taken_differ_from_money_back";

/** What our books and Stripe's can disagree about of the money that went back of an order, or is about to. */
export const MONEY_BACK_DIFFERENCE_KINDS = [
  // Stripe has a refund or a dispute, and our books do not have it so.
  "money_back_not_booked",
  // Our books have a refund or a dispute that Stripe does not know.
  "money_back_not_at_stripe",
  // The bank warned of fraud, and what the operator wants done then could not be.
  "fraud_warning_not_handled",
] as const;

type MoneyBackDifferenceKind = (typeof MONEY_BACK_DIFFERENCE_KINDS)[number];

/** One side's facts, as kept for staff to read. */
type Side = Readonly<Record<string, string | number | null>>;

export type Difference = {
  kind: PaymentDifferenceKind | BooksDifferenceKind | MoneyBackDifferenceKind;
  /** The id of what it is about: a payment intent, a refund, a dispute, a fraud warning, an account, a grant, an entry or an order. */
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

/** A refund or a dispute as one side has it. `withdrawnCents` is what Stripe took out of the seller's balance for a dispute. */
export type MoneyBackItem = {
  /** Stripe's id. */
  id: string;
  what: "refund" | "dispute";
  status: string;
  amountCents: Cents;
  withdrawnCents: Cents | null;
};

/** A refund to compare, once Stripe is known to have it. */
export function refundItem(
  refund: Pick<Refund, "state" | "amountCents"> & { stripeRefundId: string },
): MoneyBackItem {
  const { stripeRefundId: id, state: status, amountCents } = refund;
  return { id, what: "refund", status, amountCents, withdrawnCents: null };
}

/** A dispute to compare. */
export function disputeItem(
  dispute: Pick<Dispute, "id" | "status" | "amountCents" | "withdrawnCents">,
): MoneyBackItem {
  const { id, status, amountCents, withdrawnCents } = dispute;
  return { id, what: "dispute", status, amountCents, withdrawnCents };
}

/** Whether both sides have the same of one refund or dispute. */
export function isSameMoneyBack(ours: MoneyBackItem | null, theirs: MoneyBackItem): boolean {
  return (
    ours !== null &&
    ours.status === theirs.status &&
    ours.amountCents === theirs.amountCents &&
    ours.withdrawnCents === theirs.withdrawnCents
  );
}

/** What the two sides have of one refund or dispute, where they differ; `theirs` is null where Stripe does not know it. */
export function moneyBackDifference(
  order: Pick<Order, "id" | "accountId">,
  sides: { ours: MoneyBackItem | null; theirs: MoneyBackItem } | { ours: MoneyBackItem; theirs: null },
  at: Instant,
): Difference {
  const { ours, theirs } = sides;
  return {
    kind: theirs === null ? "money_back_not_at_stripe" : "money_back_not_booked",
    subject: (theirs ?? ours).id,
    accountId: order.accountId,
    orderId: order.id,
    ours: ours === null ? null : toItemSide(ours),
    theirs: theirs === null ? null : toItemSide(theirs),
    occurredAt: at,
  };
}

function toItemSide({ id, what, status, amountCents, withdrawnCents }: MoneyBackItem): Side {
  return { id, what, status, amount_cents: amountCents, withdrawn_cents: withdrawnCents };
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
