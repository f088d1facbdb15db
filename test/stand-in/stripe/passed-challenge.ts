/**
 * A challenge that was passed while nothing was charged yet, because only the server may charge: it holds for one
 * payment of one amount, and for one attempt.
 * https://docs.stripe.com/api/payment_intents/object#payment_intent_object-confirmation_method
 */
import type Stripe from "stripe";
import { cardOf, saveCard } from "./cards.ts";
import { idOf } from "./objects.ts";
import type { Sandbox } from "./sandbox.ts";

/** Records that the cardholder has authenticated this payment. */
export function rememberPassedChallenge(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  method: string,
): void {
  saveCard(sandbox, method, { ...cardOf(sandbox, method), authenticatedFor: paymentOf(intent) });
}

/**
 * Whether the cardholder has authenticated this payment with this method; asking uses it up. The intent given is the
 * one before the confirmation, so that another method in between does not count.
 */
export function takePassedChallenge(sandbox: Sandbox, intent: Stripe.PaymentIntent, method: string): boolean {
  const { authenticatedFor, ...card } = cardOf(sandbox, method);
  if (authenticatedFor === undefined) {
    return false;
  }
  saveCard(sandbox, method, card);
  return (
    intent.status === "requires_confirmation" &&
    idOf(intent.payment_method) === method &&
    authenticatedFor === paymentOf(intent)
  );
}

/** A cardholder authenticates an amount, not merely a payment; another amount needs them again. */
function paymentOf(intent: Stripe.PaymentIntent): string {
  return `${intent.id} ${intent.amount} ${intent.currency}`;
}
