/** The card's bank: what it answers when asked about a card, and what it has then been asked. */
import type Stripe from "stripe";
import { type Card, behaviourOf, saveCard } from "./cards.ts";
import { save } from "./objects.ts";
import type { Sandbox } from "./sandbox.ts";
import { readSwitch } from "./switches.ts";
import { type CheckResult, type Decline, declined } from "./test-cards.ts";

type Checks = Stripe.PaymentMethod.Card.Checks;

export interface IssuerAnswer {
  readonly checks: Checks;
  /** Null when the bank approves. */
  readonly decline: Decline | null;
}

/** Before the bank is asked: "unchecked" for what was supplied, null for what was not. */
export function uncheckedChecks(card: Card, billing: Stripe.PaymentMethod.BillingDetails): Checks {
  const { line1, postalCode, cvc } = supplied(card, billing);
  return {
    address_line1_check: line1 ? "unchecked" : null,
    address_postal_code_check: postalCode ? "unchecked" : null,
    cvc_check: cvc ? "unchecked" : null,
  };
}

/**
 * Asks the bank about a card. A field that was not supplied has no check; the checks never decide whether
 * the bank approves (https://docs.stripe.com/disputes/prevention/verification). The security code is sent
 * once and then forgotten, unless the bank did not look at it. The payment method keeps the latest answer.
 */
export function askIssuer(
  sandbox: Sandbox,
  method: Stripe.PaymentMethod,
  card: Card,
  step: "setup" | "payment",
): IssuerAnswer {
  const { declines, checks: answers = {} } = behaviourOf(card);
  const bank = readSwitch(sandbox.sql, "bank_checks");
  const silent = bank === "unavailable" || (bank === "unavailable_at_setup" && step === "setup");
  const content = bank === "pass" || (bank === "pass_at_setup" && step === "setup");
  const given = supplied(card, method.billing_details);
  const check = (present: boolean, ofCard: CheckResult = "pass"): CheckResult | null => {
    const answer = content ? "pass" : ofCard;
    if (present) {
      return silent ? "unavailable" : answer;
    }
    return card.byName && answer === "fail" && !silent ? "fail" : null;
  };
  const checks: Checks = {
    address_line1_check: check(given.line1, answers.line1),
    address_postal_code_check: check(given.postalCode, answers.postalCode),
    cvc_check: given.cvc ? check(true, answers.cvc) : null,
  };
  const refuses =
    declines !== undefined && declines.at.includes(step) && (given.cvc || declines.onlyWithCvc !== true);
  saveCard(sandbox, method.id, { ...card, cvcWaiting: card.cvcWaiting && silent });
  if (method.card !== undefined) {
    save(sandbox, "payment_method", { ...method, card: { ...method.card, checks: merged(method, checks) } });
  }
  const declinesAll = step === "payment" && readSwitch(sandbox.sql, "bank_payments") === "declined";
  return { checks, decline: refuses ? declines.with : declinesAll ? declined : null };
}

/** A later question without a security code says nothing about it: the earlier answer stays. */
function merged(method: Stripe.PaymentMethod, checks: Checks): Checks {
  const earlier = method.card?.checks?.cvc_check ?? null;
  return { ...checks, cvc_check: checks.cvc_check ?? earlier };
}

function supplied(card: Card, billing: Stripe.PaymentMethod.BillingDetails) {
  return {
    line1: Boolean(billing.address?.line1),
    postalCode: Boolean(billing.address?.postal_code),
    cvc: card.cvcWaiting,
  };
}
