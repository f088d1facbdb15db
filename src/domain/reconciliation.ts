/** Compares our books with Stripe's: how payments, refunds and disputes differ from ours, and what follows. */
import { failedFields } from "./card.ts";
import type { Dispute } from "./dispute.ts";
import { type PaymentFacts, paysExactly } from "./facts.ts";
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents } from "./money.ts";
import type { Order } from "./order.ts";
import type { Refund } from "./refund.ts";

/** A payment as Stripe lists it, with the order and account its metadata names; null if it names none of ours. */
export type StripePayment = { facts: PaymentFacts; orderId: OrderId | null; accountId: AccountId | null };

/** How a payment and an order can disagree. A person has to look, because no rule says which side is right. */
export const PAYMENT_DIFFERENCE_KINDS = [
  // Paid at Stripe with our metadata, but the order it names does not exist.
  "payment_without_order",
  // The order exists, but the payment could not be posted.
  "payment_not_credited",
  // Another payment already paid the order: the customer has paid twice.
  "second_payment",
  // The amount or currency is not the order's.
  "amount_differs",
  // Charged although a card check failed.
  "check_failed",
  // Our order is paid, but its payment does not exist at Stripe or did not succeed.
  "order_without_payment",
] as const;

type PaymentDifferenceKind = (typeof PAYMENT_DIFFERENCE_KINDS)[number];

/** How our books can contradict themselves. */
export type BooksDifferenceKind =
  | "balance_is_not_the_sum_of_entries"
  | "entries_do_not_continue_each_other"
  | "grant_is_not_the_sum_of_entries"
  | "paid_order_without_purchase"
  | "purchase_without_paid_order"
  | "credits_taken_differ_from_money_back";

/** How our books and Stripe's can disagree about an order's refunds, disputes and fraud warnings. */
export const MONEY_BACK_DIFFERENCE_KINDS = [
  // Stripe has a refund or a dispute that our books lack or record differently.
  "money_back_not_booked",
  // Our books have a refund or a dispute that Stripe does not have.
  "money_back_not_at_stripe",
  // The bank warned of fraud, and what the operator wants done about it could not be done.
  "fraud_warning_not_handled",
] as const;

type MoneyBackDifferenceKind = (typeof MONEY_BACK_DIFFERENCE_KINDS)[number];

/** A stage of a comparison that was given up because a page of it failed again and again. */
export const GIVEN_UP_DIFFERENCE_KIND = "part_not_compared";

/** One side's facts, as stored for staff to read. */
type Side = Readonly<Record<string, string | number | null>>;

export type Difference = {
  kind:
    | PaymentDifferenceKind
    | BooksDifferenceKind
    | MoneyBackDifferenceKind
    | typeof GIVEN_UP_DIFFERENCE_KIND;
  /**
   * The id of what it is about: a payment intent, a refund, a dispute, a fraud warning, an account, a grant, an entry or
   * an order; or the name of a stage.
   */
  subject: string;
  accountId: string | null;
  orderId: string | null;
  ours: Side | null;
  theirs: Side | null;
  occurredAt: Instant;
};

/**
 * The result of comparing. `agrees`: both sides match. `settle`: the order is known and its payment only has to be
 * posted. `went_back`: the payment brought no credits, and all of it was refunded. `warns`: both sides match, but a
 * person should look. `differs`: a person has to look. `not_ours`: the payment is not ours, or did not succeed.
 */
export type Verdict =
  | { verdict: "agrees" | "settle" | "went_back" | "not_ours" }
  | { verdict: "warns" | "differs"; difference: Difference };

/** Compares a payment at Stripe with the order that it names, or that names it; `order` is null if there is none. */
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
      : uncredited("payment_without_order", payment, order);
  }
  if (order.state === "paid" && order.paymentIntentId !== facts.id) {
    return uncredited("second_payment", payment, order);
  }
  if (!paysExactly(facts, order)) {
    return order.state === "paid"
      ? differs("amount_differs", payment, order)
      : uncredited("amount_differs", payment, order);
  }
  if (order.state !== "paid") {
    return { verdict: "settle" };
  }
  const hasFailedCheck = facts.checks !== null && failedFields(facts.checks).length > 0;
  return hasFailedCheck && !facts.isRefunded
    ? { verdict: "warns", difference: toDifference("check_failed", payment, order) }
    : { verdict: "agrees" };
}

/** The verdict on a known order's payment that should have been posted but could not be. */
export function notCredited(payment: StripePayment, order: Order): Verdict {
  return uncredited("payment_not_credited", payment, order);
}

/** The difference for a paid order whose payment Stripe does not have. */
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

/** A refund or a dispute as one side has it. `withdrawnCents` is what Stripe withdrew from the seller's balance for a dispute. */
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

/** Whether both sides have one refund or dispute the same way. */
export function isSameMoneyBack(ours: MoneyBackItem | null, theirs: MoneyBackItem): boolean {
  return (
    ours !== null &&
    ours.status === theirs.status &&
    ours.amountCents === theirs.amountCents &&
    ours.withdrawnCents === theirs.withdrawnCents
  );
}

/** The difference between the two sides on one refund or dispute; `theirs` is null if Stripe does not have it. */
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

/** The difference for a stage that was given up after the object `after`, with the problem that stopped it. */
export function notCompared(
  stage: string,
  part: { after: string | null; problem: string },
  at: Instant,
): Difference {
  return {
    kind: GIVEN_UP_DIFFERENCE_KIND,
    subject: stage,
    accountId: null,
    orderId: null,
    ours: { stage, after_id: part.after, problem: part.problem },
    theirs: null,
    occurredAt: at,
  };
}

function toItemSide({ id, what, status, amountCents, withdrawnCents }: MoneyBackItem): Side {
  return { id, what, status, amount_cents: amountCents, withdrawn_cents: withdrawnCents };
}

/** The verdict on a payment that brought no credits: nothing is wrong any more once all of it was refunded. */
function uncredited(kind: PaymentDifferenceKind, payment: StripePayment, order: Order | null): Verdict {
  return payment.facts.isRefunded ? { verdict: "went_back" } : differs(kind, payment, order);
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
