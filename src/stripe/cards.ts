/** Payment methods at Stripe, as cards in our words. */
import Stripe from "stripe";
import type { CardChecks, CardFacts, CheckResult } from "../domain/card.ts";
import { type Answer, ask } from "./ask.ts";

type StripeChecks = {
  address_line1_check: string | null;
  address_postal_code_check: string | null;
  cvc_check: string | null;
};

/** What a payment method tells of its card; null where it is none. */
export function toCardFacts(method: Stripe.PaymentMethod, checks: CardChecks): CardFacts | null {
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
    billing: {
      name: billing.name,
      phone: billing.phone,
      address: {
        line1: billing.address?.line1 ?? null,
        line2: billing.address?.line2 ?? null,
        city: billing.address?.city ?? null,
        state: billing.address?.state ?? null,
        postalCode: billing.address?.postal_code ?? null,
        country: billing.address?.country ?? null,
      },
    },
  };
}

/** One place's checks in our words. */
export function toChecks(checks: StripeChecks | null | undefined): CardChecks {
  return {
    line1: toCheckResult(checks?.address_line1_check),
    postalCode: toCheckResult(checks?.address_postal_code_check),
    cvc: toCheckResult(checks?.cvc_check),
  };
}

/** Two places' checks as one: a `fail` in either counts, and else the first that says anything. */
export function mergeChecks(one: CardChecks, other: CardChecks): CardChecks {
  return {
    line1: mergeResults(one.line1, other.line1),
    postalCode: mergeResults(one.postalCode, other.postalCode),
    cvc: mergeResults(one.cvc, other.cvc),
  };
}

/** Asks Stripe to forget a card. One it has forgotten, or never kept, counts as done. */
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

// Stripe's enumerations are open; a word we do not know says neither pass nor fail.
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
