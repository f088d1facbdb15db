/**
 * The order's life as one decision: given the order and what Stripe says, what is the next thing to do? Pure, so
 * that every sequence of facts can be tried. `settleOrder` performs the steps until there is nothing to do.
 */
import { type CardFacts, type CheckedField, failedFields, isFullyChecked, refusedFields } from "./card.ts";
import { type Facts, type PaymentFacts, paymentIn, type SetupFacts } from "./facts.ts";
import { DAY, HOUR, type Instant, MINUTE } from "./instant.ts";
import type { Order } from "./order.ts";

/** Who is asking. Only the customer's own request starts a charge; recovery finishes what Stripe already has. */
export type Asker = "customer" | "recovery";

/** The customer's own request starts a charge only this soon after placing; far inside the 24 hours Stripe keeps a key. */
export const CHARGE_WINDOW = HOUR;
/** An order with nothing at Stripe is given up after this long. */
export const NOTHING_FOUND_AFTER = 15 * MINUTE;
/**
 * Stripe is last asked to make an intent this long after the order could first have had one. A call on its way is
 * given up after some twenty seconds, so by the time the order is given up, whatever Stripe made of it can be found.
 */
export const MAKING_ENDS_AFTER = NOTHING_FOUND_AFTER - 2 * MINUTE;
/** An intent that has waited this long for the customer is cancelled. */
export const CUSTOMER_GONE_AFTER = HOUR;
/** An authorisation older than this is voided rather than captured. */
export const AUTHORISATION_STALE_AFTER = DAY;

/** Our own decline code, beside Stripe's: the saved card is gone from Stripe, or from its customer there. */
export const CARD_NO_LONGER_USABLE = "card_no_longer_usable";

export type Step =
  // Questions to Stripe.
  | { do: "create_setup" }
  | { do: "read_setup"; setupIntentId: string }
  | { do: "find_setup" }
  | { do: "cancel_setup"; setupIntentId: string }
  | { do: "create_payment"; capture: "automatic" | "manual" }
  | { do: "confirm_payment"; paymentIntentId: string; paymentMethodId: string }
  | { do: "read_payment"; paymentIntentId: string }
  | { do: "find_payment" }
  | { do: "capture"; paymentIntentId: string }
  | { do: "void"; paymentIntentId: string }
  // Changes of the order.
  | { do: "await_setup"; setup: SetupFacts }
  | { do: "begin_paying"; setup: SetupFacts; card: CardFacts }
  | { do: "await_payment"; payment: PaymentFacts }
  | { do: "post"; payment: PaymentFacts }
  | { do: "refuse"; fields: CheckedField[]; setup: SetupFacts | null; payment: PaymentFacts | null }
  | { do: "decline"; declineCode: string; setup: SetupFacts | null; payment: PaymentFacts | null }
  | { do: "abandon"; setup: SetupFacts | null }
  | { do: "forget"; setup: SetupFacts }
  // Nothing to do now.
  | { do: "rest"; waitingFor: "nothing" | "stripe" }
  | { do: "rest"; waitingFor: "customer"; clientSecret: string | null };

/** The one next thing to do for `order`, given `facts` learnt so far in this run. Promises to come to rest. */
export function nextStep(order: Order, facts: Facts, asker: Asker, now: Instant): Step {
  switch (order.state) {
    case "paid": {
      return { do: "rest", waitingFor: "nothing" };
    }
    case "placed":
    case "verifying": {
      if (isPaidInFull(order, facts)) {
        // Nothing of ours charges an order in these states; a database brought back to an earlier moment holds such.
        // Paid at Stripe always ends in credits, and the way from here to them leads over an end.
        return { do: "abandon", setup: null };
      }
      // An order by saved card is placed and begun in one commit; one only placed has nothing to wait for.
      return order.payWith.kind === "saved_card"
        ? afterWaitingInVain(order, null, now)
        : nextOfSetup(order, facts, asker, now);
    }
    case "paying": {
      return nextOfPayment(order, facts, asker, now);
    }
    case "refused":
    case "declined":
    case "abandoned": {
      return nextAfterEnd(order, facts);
    }
  }
}

/** While the card is being verified. */
function nextOfSetup(order: Order, facts: Facts, asker: Asker, now: Instant): Step {
  const { setup } = facts;
  if (setup === undefined) {
    return order.setupIntentId === null
      ? { do: facts.isFresh === true && mayMakeIntent(order, asker, now) ? "create_setup" : "find_setup" }
      : { do: "read_setup", setupIntentId: order.setupIntentId };
  }
  if (setup === "unusable_token") {
    return { do: "abandon", setup: null };
  }
  if (setup === null) {
    return mayMakeIntent(order, asker, now) ? { do: "create_setup" } : afterWaitingInVain(order, null, now);
  }
  if (setup.status === "failed" && order.setupIntentId !== null) {
    // The page holds the secret of an intent that was challenged, and could try other cards on it. Close it first.
    return { do: "cancel_setup", setupIntentId: setup.id };
  }
  const fields = fieldsThatForbid(setup);
  if (fields.length > 0) {
    return { do: "refuse", fields, setup, payment: null };
  }
  switch (setup.status) {
    case "failed": {
      return { do: "decline", declineCode: setup.declineCode ?? "generic_decline", setup, payment: null };
    }
    case "canceled": {
      return setup.declineCode === null
        ? { do: "abandon", setup }
        : { do: "decline", declineCode: setup.declineCode, setup, payment: null };
    }
    case "processing": {
      return { do: "rest", waitingFor: "stripe" };
    }
    case "requires_action": {
      if (now - madeAt(order, setup) >= CUSTOMER_GONE_AFTER) {
        return { do: "cancel_setup", setupIntentId: setup.id };
      }
      return order.state === "placed"
        ? { do: "await_setup", setup }
        : { do: "rest", waitingFor: "customer", clientSecret: setup.clientSecret };
    }
    case "succeeded": {
      if (mayStartCharge(order, asker, now) && setup.card !== null) {
        return { do: "begin_paying", setup, card: setup.card };
      }
      // Who was sent to the bank may come back for as long as the bank's question would have waited for them.
      return order.state === "verifying" && now - madeAt(order, setup) < CUSTOMER_GONE_AFTER
        ? { do: "rest", waitingFor: "stripe" }
        : afterWaitingInVain(order, setup, now);
    }
  }
}

/** The fields that forbid charging the card. What was never sent counts only once the bank had its say on all of it. */
function fieldsThatForbid(setup: SetupFacts): CheckedField[] {
  if (setup.card === null || setup.status === "requires_action" || setup.status === "processing") {
    return [];
  }
  return setup.status === "succeeded" ? refusedFields(setup.card) : failedFields(setup.card.checks);
}

/** While the card is being charged. */
function nextOfPayment(
  order: Extract<Order, { state: "paying" }>,
  facts: Facts,
  asker: Asker,
  now: Instant,
): Step {
  const { payment } = facts;
  if (payment === undefined && order.paymentIntentId !== null) {
    return { do: "read_payment", paymentIntentId: order.paymentIntentId };
  }
  if (payment === undefined && facts.isFresh !== true) {
    return { do: "find_payment" };
  }
  if (payment === undefined || payment === null) {
    // No order comes here with such a card; if one ever did, it would still not be charged.
    const failed = failedFields(order.card.checks);
    if (failed.length > 0) {
      return { do: "refuse", fields: failed, setup: null, payment: null };
    }
    return mayMakeIntent(order, asker, now)
      ? { do: "create_payment", capture: isFullyChecked(order.card.checks) ? "automatic" : "manual" }
      : afterWaitingInVain(order, null, now);
  }
  if (payment === "unusable_card") {
    return { do: "decline", declineCode: CARD_NO_LONGER_USABLE, setup: null, payment: null };
  }
  const fields = payment.checks === null ? [] : failedFields(payment.checks);
  switch (payment.status) {
    case "succeeded": {
      return { do: "post", payment };
    }
    case "requires_capture": {
      const isStale = now - madeAt(order, payment) >= AUTHORISATION_STALE_AFTER;
      // Only the card that was verified, and only once it is known what the bank said this time.
      const isOurs = payment.paymentMethodId === order.card.paymentMethodId;
      if (fields.length > 0 || isStale || !isOurs) {
        return { do: "void", paymentIntentId: payment.id };
      }
      return payment.checks === null
        ? { do: "rest", waitingFor: "stripe" }
        : { do: "capture", paymentIntentId: payment.id };
    }
    case "requires_confirmation": {
      // The customer has passed the bank's challenge. The charge itself is ours to ask for, and theirs to have asked for.
      if (mayStartCharge(order, asker, now)) {
        return {
          do: "confirm_payment",
          paymentIntentId: payment.id,
          paymentMethodId: order.card.paymentMethodId,
        };
      }
      return now - madeAt(order, payment) >= CUSTOMER_GONE_AFTER
        ? { do: "void", paymentIntentId: payment.id }
        : { do: "rest", waitingFor: "stripe" };
    }
    case "processing": {
      return { do: "rest", waitingFor: "stripe" };
    }
    case "requires_action": {
      if (now - madeAt(order, payment) >= CUSTOMER_GONE_AFTER) {
        return { do: "void", paymentIntentId: payment.id };
      }
      return order.paymentIntentId === null
        ? { do: "await_payment", payment }
        : { do: "rest", waitingFor: "customer", clientSecret: payment.clientSecret };
    }
    case "failed": {
      // The page holds the secret of an intent that was challenged, and could try another card on it. Close it.
      if (order.paymentIntentId !== null) {
        return { do: "void", paymentIntentId: payment.id };
      }
      return endOfFailedPayment(payment, fields);
    }
    case "canceled": {
      return payment.declineCode === null && fields.length === 0
        ? { do: "abandon", setup: null }
        : endOfFailedPayment(payment, fields);
    }
  }
}

function endOfFailedPayment(payment: PaymentFacts, fields: CheckedField[]): Step {
  if (fields.length > 0) {
    return { do: "refuse", fields, setup: null, payment };
  }
  return { do: "decline", declineCode: payment.declineCode ?? "generic_decline", setup: null, payment };
}

/**
 * After an end without payment. A payment that turns up after all is still posted; one only authorised is voided. So
 * is a verification that turns up after all: its card is forgotten again.
 */
function nextAfterEnd(order: Order, facts: Facts): Step {
  const { setup } = facts;
  const payment = paymentIn(facts);
  if (payment?.status === "succeeded") {
    return { do: "post", payment };
  }
  if (order.payWith.kind === "new_card" && order.setupIntentId === null) {
    if (setup === undefined) {
      return { do: "find_setup" };
    }
    if (setup !== null && setup !== "unusable_token") {
      return setup.status === "requires_action"
        ? { do: "cancel_setup", setupIntentId: setup.id }
        : { do: "forget", setup };
    }
  }
  if (payment === undefined) {
    if (order.paymentIntentId !== null) {
      return { do: "read_payment", paymentIntentId: order.paymentIntentId };
    }
    return order.verifiedAt === null ? { do: "rest", waitingFor: "nothing" } : { do: "find_payment" };
  }
  if (
    payment?.status === "requires_capture" ||
    payment?.status === "requires_action" ||
    payment?.status === "requires_confirmation"
  ) {
    return { do: "void", paymentIntentId: payment.id };
  }
  return { do: "rest", waitingFor: payment?.status === "processing" ? "stripe" : "nothing" };
}

/** Nothing has moved at Stripe: wait a while for it, then give the order up. */
function afterWaitingInVain(order: Order, setup: SetupFacts | null, now: Instant): Step {
  const since = order.verifiedAt ?? order.placedAt;
  return now - since >= NOTHING_FOUND_AFTER ? { do: "abandon", setup } : { do: "rest", waitingFor: "stripe" };
}

/** Whether a payment is all the order asks: anything else under its name is for somebody to look at. */
function isPaidInFull(order: Order, facts: Facts): boolean {
  const payment = paymentIn(facts);
  return (
    payment?.status === "succeeded" &&
    payment.amountCents === order.amountCents &&
    payment.currency === order.currency
  );
}

function mayStartCharge(order: Order, asker: Asker, now: Instant): boolean {
  return asker === "customer" && now - order.placedAt < CHARGE_WINDOW;
}

/** Whether Stripe may still be asked to make this order's next intent. */
function mayMakeIntent(order: Order, asker: Asker, now: Instant): boolean {
  const since = order.verifiedAt ?? order.placedAt;
  return mayStartCharge(order, asker, now) && now - since < MAKING_ENDS_AFTER;
}

/**
 * When an order's intent was made, by our clock. Stripe's may differ from it, so what it says counts only as far as
 * it can be: not before the order was placed, and not after a charge could last begin.
 */
function madeAt(order: Order, intent: { createdAt: Instant }): Instant {
  return Math.min(Math.max(intent.createdAt, order.placedAt), order.placedAt + CHARGE_WINDOW);
}
