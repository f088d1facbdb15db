/** Payment methods at Stripe, mapped to cards in our words. */
import Stripe from "stripe";
import type { CardChecks, CheckResult, VerifiedCard } from "../domain/card.ts";
import { cleanText } from "../domain/text.ts";
import { type Answer, ask } from "./ask.ts";

type StripeChecks = {
  address_line1_check: string | null;
  address_postal_code_check: string | null;
  cvc_check: string | null;
};

/** What a payment method says about its card; null if it is not a card. */
export function toCardFacts(method: Stripe.PaymentMethod, checks: CardChecks): VerifiedCard | null {
  const { card, billing_details: billing } = method;
  if (card === undefined) {
    return null;
  }
  return {
    paymentMethodId: method.id,
    brand: card.brand,
    last4: card.last4,
    expMonth: card.exp_month,
    expYear: card.exp_year,
    checks,
    issuedIn: card.country,
    isWallet: card.wallet !== null,
    billing: {
      name: cleanText(billing.name),
      phone: cleanText(billing.phone, 40),
      address: {
        line1: cleanText(billing.address?.line1),
        line2: cleanText(billing.address?.line2),
        city: cleanText(billing.address?.city),
        state: cleanText(billing.address?.state),
        postalCode: cleanText(billing.address?.postal_code, 20),
        country: cleanText(billing.address?.country, 20),
      },
    },
  };
}

/** One set of Stripe's checks in our words. */
export function toChecks(checks: StripeChecks | null | undefined): CardChecks {
  return {
    line1: toCheckResult(checks?.address_line1_check),
    postalCode: toCheckResult(checks?.address_postal_code_check),
    cvc: toCheckResult(checks?.cvc_check),
  };
}

/** Merges two sets of checks. A `fail` in either wins; otherwise the first non-null result does. */
export function mergeChecks(one: CardChecks, other: CardChecks): CardChecks {
  return {
    line1: mergeResults(one.line1, other.line1),
    postalCode: mergeResults(one.postalCode, other.postalCode),
    cvc: mergeResults(one.cvc, other.cvc),
  };
}

/** Asks Stripe to detach a card. A card that is already detached, or was never attached, counts as done. */
export async function detachCard(stripe: Stripe, paymentMethodId: string): Promise<Answer<null>> {
  try {
    const answer = await ask("payment_method", stripe.paymentMethods.detach(paymentMethodId));
    return answer.answered ? { answered: true, value: null } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return { answered: true, value: null };
    }
    throw error;
  }
}

// Stripe's enumerations are open. A value we do not know counts as neither pass nor fail.
function toCheckResult(text: string | null | undefined): CheckResult {
  switch (text) {
    case "pass":
    case "fail":
    case "unavailable":
    case "unchecked": {
      return text;
    }
    case null:
    case undefined: {
      return null;
    }
    default: {
      return "unchecked";
    }
  }
}

function mergeResults(one: CheckResult, other: CheckResult): CheckResult {
  return one === "fail" || other === "fail" ? "fail" : (one ?? other);
}
