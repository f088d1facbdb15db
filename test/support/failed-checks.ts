/** What Stripe holds about charges and card checks: which charges were made although a check was known to have failed. */
import type Stripe from "stripe";
import { stripe } from "../stand-in/stripe/support.ts";

/** The payment methods of which a verification has shown a failed check. The product verifies a card before it charges it. */
export type FailedAtVerification = ReadonlySet<string>;

/** Reads every verification at Stripe. */
export async function readFailedVerifications(): Promise<FailedAtVerification> {
  const failed = new Set<string>();
  for await (const setup of stripe.setupIntents.list({ limit: 100, expand: ["data.latest_attempt"] })) {
    const { latest_attempt: attempt, payment_method: method } = setup;
    const card = typeof attempt === "string" ? undefined : attempt?.payment_method_details.card;
    if (typeof method === "string" && hasFailed(card?.checks)) {
      failed.add(method);
    }
  }
  return failed;
}

/** Whether money was taken with a payment, whose `latest_charge` is expanded. */
export function isCharged(payment: Stripe.PaymentIntent): boolean {
  return payment.status === "succeeded" || chargeOf(payment)?.captured === true;
}

/**
 * Whether money was taken although a failed check was known before: from the card's verification, or from the
 * authorisation that was then captured.
 */
export function isChargedDespiteFailedCheck(
  payment: Stripe.PaymentIntent,
  failedAtVerification: FailedAtVerification,
): boolean {
  if (!isCharged(payment)) {
    return false;
  }
  const charge = chargeOf(payment);
  const wasAuthorisedFirst = payment.capture_method === "manual";
  return (
    failedAtVerification.has(charge?.payment_method ?? "") ||
    (wasAuthorisedFirst && hasFailed(charge?.payment_method_details?.card?.checks))
  );
}

/** Whether the charge that took a payment's money came back with a failed check. */
export function hasFailedCheck(payment: Stripe.PaymentIntent): boolean {
  return hasFailed(chargeOf(payment)?.payment_method_details?.card?.checks);
}

function chargeOf({ latest_charge: charge }: Stripe.PaymentIntent): Stripe.Charge | null {
  return typeof charge === "string" ? null : charge;
}

function hasFailed(
  checks:
    | Stripe.Charge.PaymentMethodDetails.Card.Checks
    | Stripe.PaymentMethod.Card.Checks
    | null
    | undefined,
): boolean {
  return [checks?.address_line1_check, checks?.address_postal_code_check, checks?.cvc_check].includes("fail");
}
