/**
 * The order's life as one decision: given the order and what Stripe says, what is the next thing to do? Pure, so
 * that every sequence of facts can be tested. `settleOrder` performs the steps until there is nothing to do.
 */
import { type CardFacts, type CheckedField, failedFields, isFullyChecked, refusedFields } from "./card.ts";
import { type Facts, type PaymentFacts, paymentIn, paysExactly, type SetupFacts, setupIn } from "./facts.ts";
import { DAY, HOUR, type Instant, MINUTE } from "./instant.ts";
import type { Order } from "./order.ts";

/** Who is asking. Only the customer's own request starts a charge; recovery finishes what Stripe already has. */
export type Asker = "customer" | "recovery";

/** The customer's own request starts a charge only this soon after placing, well inside the 24 hours Stripe keeps an idempotency key. */
export const CHARGE_WINDOW = HOUR;
/** An order with nothing at Stripe is abandoned after this long. */
export const NOTHING_FOUND_AFTER = 15 * MINUTE;
/**
 * No intent is created later than this after the order could first have had one. A call in flight times out after about
 * twenty seconds, so by the time the order is abandoned, any intent that call created can be found.
 */
export const MAKING_ENDS_AFTER = NOTHING_FOUND_AFTER - 2 * MINUTE;
/** An intent that has waited this long for the customer is cancelled. */
export const CUSTOMER_GONE_AFTER = HOUR;
/** An authorisation older than this is voided rather than captured. */
export const AUTHORISATION_STALE_AFTER = DAY;

/** Our own decline code, in addition to Stripe's: the saved card no longer exists at Stripe, or not for this customer. */
export const CARD_NO_LONGER_USABLE = "card_no_longer_usable";

export type Step =
  // Calls to Stripe.
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
  // Changes to the order.
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

/** The one next thing to do for `order`, given the `facts` learnt so far in this run. Repeated steps always end in `rest`. */
export function nextStep(order: Order, facts: Facts, asker: Asker, now: Instant): Step {
  switch (order.state) {
    case "paid": {
      return { do: "rest", waitingFor: "nothing" };
    }
    case "placed":
    case "verifying": {
      if (isPaidInFull(order, facts)) {
        // We never charge an order in these states, but a database restored to an earlier moment can hold a paid one.
        // Paid at Stripe always ends in credits: abandon the order, and `nextAfterEnd` then posts the payment.
        return { do: "abandon", setup: null };
      }
      // A saved-card order is placed and its charge begun in one commit; one that is only placed has nothing to wait for.
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
  if (setup.status === "declined_outright") {
    return { do: "decline", declineCode: setup.declineCode, setup: null, payment: null };
  }
  if (setup.status === "failed" && order.setupIntentId !== null) {
    // The page has the client secret of a challenged intent and could try other cards on it. Close it first.
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
      // A customer sent to the bank may come back for as long as the challenge would have waited for them.
      return order.state === "verifying" && now - madeAt(order, setup) < CUSTOMER_GONE_AFTER
        ? { do: "rest", waitingFor: "stripe" }
        : afterWaitingInVain(order, setup, now);
    }
  }
}

/** The fields that forbid charging the card. A field that was never sent counts only once the setup intent has succeeded. */
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
    // No order should get here with a failed check. If one does, it is still not charged.
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
  if (payment.status === "declined_outright") {
    return { do: "decline", declineCode: payment.declineCode, setup: null, payment: null };
  }
  const fields = payment.checks === null ? [] : failedFields(payment.checks);
  switch (payment.status) {
    case "succeeded": {
      // Of another amount it brings no credits, and the order cannot be charged beside it: a person has to look.
      return paysExactly(payment, order) ? { do: "post", payment } : { do: "abandon", setup: null };
    }
    case "requires_capture": {
      const isStale = now - madeAt(order, payment) >= AUTHORISATION_STALE_AFTER;
      // Capture only the card that was verified, and only once this charge's checks are known.
      const isOurs = payment.paymentMethodId === order.card.paymentMethodId;
      if (fields.length > 0 || isStale || !isOurs) {
        return { do: "void", paymentIntentId: payment.id };
      }
      return payment.checks === null
        ? { do: "rest", waitingFor: "stripe" }
        : { do: "capture", paymentIntentId: payment.id };
    }
    case "requires_confirmation": {
      // The customer has passed the bank's challenge. We confirm the charge, but only at the customer's own request.
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
      // The page has the client secret of a challenged intent and could try another card on it. Close it.
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
 * After an end without payment. A payment that turns up later is posted if it succeeded, and voided if it is only
 * authorised or waits for the customer. A verification that turns up later is cancelled if it waits for the customer;
 * otherwise its card is detached.
 */
function nextAfterEnd(order: Order, facts: Facts): Step {
  const setup = setupIn(facts);
  const payment = paymentIn(facts);
  if (payment?.status === "succeeded" && paysExactly(payment, order)) {
    return { do: "post", payment };
  }
  if (order.payWith.kind === "new_card" && order.setupIntentId === null) {
    if (setup === undefined) {
      return { do: "find_setup" };
    }
    if (setup !== null) {
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

/** Nothing has happened at Stripe: wait for `NOTHING_FOUND_AFTER`, then abandon the order. */
function afterWaitingInVain(order: Order, setup: SetupFacts | null, now: Instant): Step {
  const since = order.verifiedAt ?? order.placedAt;
  return now - since >= NOTHING_FOUND_AFTER ? { do: "abandon", setup } : { do: "rest", waitingFor: "stripe" };
}

/** Whether a payment succeeded for the order's exact amount and currency. Any other payment is left for a person to look at. */
function isPaidInFull(order: Order, facts: Facts): boolean {
  const payment = paymentIn(facts);
  return payment?.status === "succeeded" && paysExactly(payment, order);
}

function mayStartCharge(order: Order, asker: Asker, now: Instant): boolean {
  return asker === "customer" && now - order.placedAt < CHARGE_WINDOW;
}

/** Whether Stripe may still be asked to create this order's next intent. */
function mayMakeIntent(order: Order, asker: Asker, now: Instant): boolean {
  const since = order.verifiedAt ?? order.placedAt;
  return mayStartCharge(order, asker, now) && now - since < MAKING_ENDS_AFTER;
}

/**
 * When an order's intent was created, by our clock. Stripe's clock may differ, so its time is clamped to what is
 * possible: not before the order was placed, and not after the last moment a charge could begin.
 */
function madeAt(order: Order, intent: { createdAt: Instant }): Instant {
  return Math.min(Math.max(intent.createdAt, order.placedAt), order.placedAt + CHARGE_WINDOW);
}
