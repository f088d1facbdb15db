/** What settling promises of every single step, whatever the order, whatever Stripe says, and whoever asks. */
import { type CheckedField, failedFields, isFullyChecked, refusedFields } from "../../src/domain/card.ts";
import { type Facts, type PaymentFacts, paysExactly, type SetupFacts } from "../../src/domain/facts.ts";
import type { Instant } from "../../src/domain/instant.ts";
import {
  type Asker,
  AUTHORISATION_STALE_AFTER,
  CHARGE_WINDOW,
  type Step,
} from "../../src/domain/next-step.ts";
import { isEnded, type Order } from "../../src/domain/order.ts";

/** Statuses in which something can still happen at Stripe, or money is authorised. */
const OPEN_PAYMENTS = new Set(["requires_capture", "requires_action", "requires_confirmation", "processing"]);
const CLOSABLE_PAYMENTS = new Set(["requires_capture", "requires_action", "requires_confirmation", "failed"]);
const BEGINNINGS = new Set(["create_setup", "begin_paying", "create_payment", "confirm_payment"]);

/** One decision, with everything it was based on. */
export type Decision = { step: Step; order: Order; facts: Facts; asker: Asker; now: Instant };

/** The promise that a decision breaks; null if it keeps them all. */
export function brokenBy(decision: Decision): string | null {
  const { step, order, asker, now } = decision;
  const begins = BEGINNINGS.has(step.do);
  if (begins && asker === "recovery") {
    return "recovery begins nothing";
  }
  if (begins && now - order.placedAt >= CHARGE_WINDOW) {
    return "nothing begins after the time to charge";
  }
  if (order.state === "paid") {
    return step.do === "rest" ? null : "an order that is paid is left alone";
  }
  const payment = paymentIn(decision.facts);
  if (payment?.status === "succeeded") {
    return paysExactly(payment, order) ? brokenOfPaid(step, order) : brokenOfPaidOtherwise(decision, payment);
  }
  return brokenOfStep(decision, payment, setupIn(decision.facts));
}

function brokenOfPaid(step: Step, order: Order): string | null {
  if (!isVerifying(order)) {
    return step.do === "post" ? null : "paid at Stripe ends in credits";
  }
  return step.do === "abandon" ? null : "paid at Stripe ends in credits, over an end";
}

function brokenOfPaidOtherwise(decision: Decision, payment: PaymentFacts): string | null {
  const { step, order, facts } = decision;
  if (step.do === "post") {
    return "posts a payment of another amount or currency";
  }
  if (order.state === "paying") {
    return step.do === "abandon"
      ? null
      : "an order paid otherwise than agreed is given up, and not charged beside it";
  }
  return brokenOfStep(decision, payment, setupIn(facts));
}

function brokenOfStep(
  { step, order, facts, now }: Decision,
  payment: PaymentFacts | null | undefined,
  setup: SetupFacts | null | undefined,
): string | null {
  switch (step.do) {
    case "create_setup": {
      const isUnknown = facts.setup === null || (facts.setup === undefined && facts.isFresh === true);
      return isUnknown && isVerifying(order) ? null : "verifies without looking";
    }
    case "begin_paying": {
      const hasPassed =
        setup?.status === "succeeded" && setup.card !== null && refusedFields(setup.card).length === 0;
      return hasPassed && isVerifying(order) ? null : "only a card that passed goes on to pay";
    }
    case "create_payment": {
      if (order.state !== "paying" || failedFields(order.card.checks).length > 0) {
        return "only an order whose card has passed is charged";
      }
      const isUnknown =
        facts.payment === null ||
        (facts.payment === undefined && facts.isFresh === true && order.paymentIntentId === null);
      const isCaptured = step.capture === "automatic";
      return isUnknown && isCaptured === isFullyChecked(order.card.checks)
        ? null
        : "charges, or captures, without looking";
    }
    case "confirm_payment": {
      const isVerifiedCard = step.paymentMethodId === order.card?.paymentMethodId;
      return payment?.status === "requires_confirmation" && isVerifiedCard
        ? null
        : "confirms what was not verified";
    }
    case "capture": {
      const isFine =
        order.state === "paying" &&
        payment?.status === "requires_capture" &&
        payment.checks !== null &&
        failedFields(payment.checks).length === 0 &&
        payment.paymentMethodId === order.card.paymentMethodId &&
        now - Math.max(payment.createdAt, order.placedAt) < AUTHORISATION_STALE_AFTER;
      return isFine
        ? null
        : "captures only what is authorised, checked, fresh and of the card that was verified";
    }
    case "void": {
      return CLOSABLE_PAYMENTS.has(payment?.status ?? "none")
        ? null
        : "voids what is over, or under way at Stripe";
    }
    case "cancel_setup": {
      const isOpen = setup?.status === "requires_action" || setup?.status === "failed";
      return isOpen ? null : "cancels a verification that waits for nobody";
    }
    case "post": {
      return "posts what has not succeeded";
    }
    case "refuse":
    case "decline":
    case "abandon": {
      return brokenByEnd(step, order, facts);
    }
    case "await_setup": {
      return order.state === "placed" ? null : "waits for a verification twice";
    }
    case "await_payment": {
      return order.state === "paying" && order.paymentIntentId === null ? null : "waits for a payment twice";
    }
    case "forget": {
      return isEnded(order) && order.setupIntentId === null ? null : "forgets the card of an order under way";
    }
    case "read_setup": {
      return step.setupIntentId === order.setupIntentId && facts.setup === undefined ? null : "asks twice";
    }
    case "read_payment": {
      return step.paymentIntentId === order.paymentIntentId && facts.payment === undefined
        ? null
        : "asks twice";
    }
    case "find_setup": {
      return facts.setup === undefined && order.setupIntentId === null ? null : "searches for what it knows";
    }
    case "find_payment": {
      return facts.payment === undefined && order.paymentIntentId === null
        ? null
        : "searches for what it knows";
    }
    case "rest": {
      const known = order.state === "paying" ? order.paymentIntentId : order.setupIntentId;
      if (step.waitingFor === "customer" && known === null) {
        return "waits for a challenge it would not find again";
      }
      const isSetAside = payment?.status === "requires_capture" && !isVerifying(order);
      return isSetAside && payment.checks !== null ? "rests while money is set aside" : null;
    }
  }
}

function brokenByEnd(
  step: Extract<Step, { do: "refuse" | "decline" | "abandon" }>,
  order: Order,
  facts: Facts,
): string | null {
  const [payment, setup] = [paymentIn(facts), setupIn(facts)];
  const isPaying = order.state === "paying";
  const isByNewCard = order.payWith.kind === "new_card";
  const isUnderWay = isPaying
    ? OPEN_PAYMENTS.has(payment?.status ?? "none")
    : isByNewCard && (setup?.status === "requires_action" || setup?.status === "processing");
  if (isEnded(order) || isUnderWay) {
    return "ends what is over, or under way at Stripe";
  }
  const isLeftOpen = isPaying
    ? payment?.status === "failed" && order.paymentIntentId !== null
    : isByNewCard && setup?.status === "failed" && order.setupIntentId !== null;
  if (isLeftOpen) {
    return "ends while the page's secret still takes another card";
  }
  const forbidden = forbiddenBy(order, facts);
  const refused = step.do === "refuse" ? step.fields : [];
  return refused.join() === forbidden.join()
    ? null
    : "a failed check, and nothing else, is refused, by its field";
}

/** The fields that forbid the charge, according to the intent that counts for an order in this state. */
function forbiddenBy(order: Order, facts: Facts): CheckedField[] {
  const [payment, setup] = [paymentIn(facts), setupIn(facts)];
  if (order.state === "paying") {
    const checks = payment === undefined || payment === null ? order.card.checks : payment.checks;
    return checks === null || isChargeRefused(facts) ? [] : failedFields(checks);
  }
  const card = setup?.card ?? null;
  if (order.payWith.kind === "saved_card" || card === null) {
    return [];
  }
  return setup?.status === "succeeded" ? refusedFields(card) : failedFields(card.checks);
}

/** Whether Stripe has said that it will not charge the card, whatever its checks. */
function isChargeRefused({ payment }: Facts): boolean {
  return typeof payment === "object" ? payment?.status === "declined_outright" : payment === "unusable_card";
}

function isVerifying(order: Order): boolean {
  return order.state === "placed" || order.state === "verifying";
}

function paymentIn({ payment }: Facts): PaymentFacts | null | undefined {
  return payment === "unusable_card" || payment?.status === "declined_outright" ? null : payment;
}

function setupIn({ setup }: Facts): SetupFacts | null | undefined {
  return setup === "unusable_token" || setup?.status === "declined_outright" ? null : setup;
}
