/** "I paid, where is it?": how far an order got, step by step, from the order and what Stripe says about it. */
import { type CardChecks, type CheckedField, failedFields, unansweredFields } from "./card.ts";
import { type Facts, type PaymentFacts, paymentIn } from "./facts.ts";
import type { Instant } from "./instant.ts";
import { type Order, isEnded } from "./order.ts";

/**
 * The steps of a purchase, in order: the bank accepted the card; street, postcode and security code are right; the bank
 * agreed to the payment; the money was taken; the credits are in the account; Stripe's webhook confirmed it.
 */
export type TraceStepName = "card_verified" | "checks" | "authorised" | "charged" | "credited" | "confirmed";

/**
 * `not_yet` may still come; `not_done` never will, because the order ended before it. `unanswered`: the bank
 * could not make a check, which forbids nothing.
 */
export type TraceState = "done" | "not_yet" | "failed" | "not_done" | "unanswered";

/** One step: where it stands, and since when if that is known. `unanswered` lists the fields the bank could not check. */
export type TraceStep = { step: TraceStepName; at: Instant | null } & Standing;

type Standing =
  | { state: Exclude<TraceState, "unanswered"> }
  | { state: "unanswered"; unanswered: CheckedField[] };

/** The steps of `order`, given what this run of settling learnt from Stripe. */
export function traceOf(order: Order, facts: Facts): TraceStep[] {
  const payment = paymentIn(facts) ?? null;
  return [
    { step: "card_verified", ...verificationOf(order, facts) },
    { step: "checks", ...checksOf(order, payment) },
    { step: "authorised", ...authorisationOf(order, payment) },
    { step: "charged", ...chargeOf(order, payment) },
    { step: "credited", ...creditsOf(order) },
    { step: "confirmed", ...confirmationOf(order) },
  ];
}

type Mark = { at: Instant | null } & Standing;

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
  if (order.state === "refused") {
    // The bank said that a field is wrong. It still accepted the card unless it also declined it.
    return { state: order.declineCode === null ? "done" : "failed", at: order.endedAt };
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
  const isLookedAt = payment?.status === "succeeded" || payment?.status === "requires_capture";
  if (isLookedAt && payment.checks !== null) {
    return answered(latest(payment.checks, order.card?.checks), payment.createdAt);
  }
  if (order.card === null || (order.verifiedAt === null && order.state !== "paid")) {
    return openOrNever(order);
  }
  // While the order is open, checks the bank did not answer are asked for again with the payment.
  const mark = answered(order.card.checks, order.verifiedAt);
  return mark.state === "unanswered" && !isEnded(order) ? openOrNever(order) : mark;
}

/** The bank's latest answer for each field. The security code is sent once, so a later charge has no answer for it. */
function latest(now: CardChecks, before: CardChecks | undefined): CardChecks {
  return {
    line1: now.line1 ?? before?.line1 ?? null,
    postalCode: now.postalCode ?? before?.postalCode ?? null,
    cvc: now.cvc ?? before?.cvc ?? null,
  };
}

function answered(checks: CardChecks, at: Instant | null): Mark {
  if (failedFields(checks).length > 0) {
    return { state: "failed", at };
  }
  const unanswered = unansweredFields(checks);
  return unanswered.length === 0 ? { state: "done", at } : { state: "unanswered", unanswered, at };
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
