/** "I paid, where is it?": what was found of an order, step by step, from the order and what Stripe said of it. */
import { failedFields, isFullyChecked } from "./card.ts";
import { type Facts, type PaymentFacts, paymentIn } from "./facts.ts";
import type { Instant } from "./instant.ts";
import { type Order, isEnded } from "./order.ts";

/**
 * The steps of a purchase in their order: the bank knows the card; it agreed to the payment; street, postcode and
 * security code are right; the money was taken; the credits are in the account; Stripe has told us of it too.
 */
export type TraceStepName = "card_verified" | "authorised" | "checks" | "charged" | "credited" | "confirmed";

/** `not_yet` may still come; `not_done` never will, because the order ended before it. */
export type TraceState = "done" | "not_yet" | "failed" | "not_done";

/** One step: where it stands, and since when, where that is known. */
export type TraceStep = { step: TraceStepName; state: TraceState; at: Instant | null };

/** The steps of `order`, given what this run of settling learnt from Stripe. */
export function traceOf(order: Order, facts: Facts): TraceStep[] {
  const payment = paymentIn(facts) ?? null;
  return [
    { step: "card_verified", ...verificationOf(order, facts) },
    { step: "authorised", ...authorisationOf(order, payment) },
    { step: "checks", ...checksOf(order, payment) },
    { step: "charged", ...chargeOf(order, payment) },
    { step: "credited", ...creditsOf(order) },
    { step: "confirmed", ...confirmationOf(order) },
  ];
}

type Mark = { state: TraceState; at: Instant | null };

function verificationOf(order: Order, facts: Facts): Mark {
  if (order.verifiedAt !== null) {
    return { state: "done", at: order.verifiedAt };
  }
  if (order.state === "declined") {
    return { state: "failed", at: order.endedAt };
  }
  if (facts.setup === "unusable_token") {
    return { state: "failed", at: null };
  }
  return facts.setup?.status === "succeeded" ? { state: "done", at: null } : openOrNever(order);
}

function authorisationOf(order: Order, payment: PaymentFacts | null): Mark {
  if (order.state === "paid" || payment?.status === "succeeded" || payment?.status === "requires_capture") {
    return { state: "done", at: payment?.createdAt ?? null };
  }
  if (order.state === "declined" && order.verifiedAt !== null) {
    return { state: "failed", at: order.endedAt };
  }
  return openOrNever(order);
}

function checksOf(order: Order, payment: PaymentFacts | null): Mark {
  if (order.state === "refused") {
    return { state: "failed", at: order.endedAt };
  }
  if (order.verifiedAt !== null && order.card !== null && isFullyChecked(order.card.checks)) {
    return { state: "done", at: order.verifiedAt };
  }
  if (order.state === "paid") {
    return { state: "done", at: null };
  }
  // The bank kept its answers for the payment, or nobody has asked it yet.
  const isLookedAt = payment?.status === "succeeded" || payment?.status === "requires_capture";
  return isLookedAt && payment.checks !== null && failedFields(payment.checks).length === 0
    ? { state: "done", at: payment.createdAt }
    : openOrNever(order);
}

function chargeOf(order: Order, payment: PaymentFacts | null): Mark {
  if (payment?.status === "succeeded") {
    return { state: "done", at: payment.createdAt };
  }
  return order.state === "paid" ? { state: "done", at: order.paidAt } : openOrNever(order);
}

function creditsOf(order: Order): Mark {
  return order.state === "paid" ? { state: "done", at: order.paidAt } : openOrNever(order);
}

function confirmationOf(order: Order): Mark {
  if (order.confirmedAt !== null) {
    return { state: "done", at: order.confirmedAt };
  }
  return order.state === "paid" ? { state: "not_yet", at: null } : openOrNever(order);
}

function openOrNever(order: Order): Mark {
  return { state: isEnded(order) ? "not_done" : "not_yet", at: null };
}
