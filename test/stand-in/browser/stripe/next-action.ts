/** `stripe.handleNextAction()`: shows the bank's challenge over the page and reports how it ended. */
import type { PaymentIntentOrSetupIntentResult, PaymentIntentResult, StripeError } from "@stripe/stripe-js";
import type { Caller } from "./api.ts";
import { showChallenge } from "./challenge-dialog.ts";
import { intentOf, retrievePaymentIntent, retrieveSetupIntent } from "./intents.ts";

const authenticationFailed =
  "We could not authenticate your card with your bank. Please choose another card and try again.";

/**
 * Resolves with the intent as it stands after the challenge, or with Stripe's error: the challenge failed or
 * was closed, the charge after it was declined, or the intent was not waiting for the customer at all. An intent
 * that only the server may confirm is a success in `requires_confirmation`: nothing is charged before the server does.
 */
export async function handleNextAction(
  caller: Caller,
  { clientSecret }: { clientSecret: string },
): Promise<PaymentIntentOrSetupIntentResult> {
  return intentOf(clientSecret).kind === "payment"
    ? handlePaymentAction(caller, clientSecret)
    : handleSetupAction(caller, clientSecret);
}

async function handlePaymentAction(
  caller: Caller,
  clientSecret: string,
): Promise<PaymentIntentOrSetupIntentResult> {
  const before = await retrievePaymentIntent(caller, clientSecret);
  if (before.error) {
    return before;
  }
  if (before.paymentIntent.status !== "requires_action") {
    const error = unexpectedState("payment_intent", before.paymentIntent.status);
    return { error: { ...error, payment_intent: before.paymentIntent } };
  }
  const { amount, currency } = before.paymentIntent;
  const outcome = await showChallenge(caller, clientSecret, amountText(amount, currency));
  if (outcome.error) {
    return { error: outcome.error };
  }
  return paymentAfterChallenge(await retrievePaymentIntent(caller, clientSecret));
}

/** What the state of a payment after its challenge means to the page. */
export function paymentAfterChallenge(after: PaymentIntentResult): PaymentIntentResult {
  if (after.error || after.paymentIntent.status !== "requires_payment_method") {
    return after;
  }
  const { last_payment_error: reason } = after.paymentIntent;
  const error =
    reason?.type === "card_error"
      ? declined(reason)
      : authenticationError("payment_intent_authentication_failure");
  return { error: { ...error, payment_intent: after.paymentIntent } };
}

async function handleSetupAction(
  caller: Caller,
  clientSecret: string,
): Promise<PaymentIntentOrSetupIntentResult> {
  const before = await retrieveSetupIntent(caller, clientSecret);
  if (before.error) {
    return before;
  }
  if (before.setupIntent.status !== "requires_action") {
    const error = unexpectedState("setup_intent", before.setupIntent.status);
    return { error: { ...error, setup_intent: before.setupIntent } };
  }
  const outcome = await showChallenge(caller, clientSecret, null);
  if (outcome.error) {
    return { error: outcome.error };
  }
  const after = await retrieveSetupIntent(caller, clientSecret);
  if (after.error || after.setupIntent.status !== "requires_payment_method") {
    return after;
  }
  const { last_setup_error: reason } = after.setupIntent;
  const error =
    reason?.type === "card_error"
      ? declined(reason)
      : authenticationError("setup_intent_authentication_failure");
  return { error: { ...error, setup_intent: after.setupIntent } };
}

function authenticationError(code: string): StripeError {
  return { type: "invalid_request_error", code, message: authenticationFailed };
}

function unexpectedState(object: "payment_intent" | "setup_intent", status: string): StripeError {
  return {
    type: "invalid_request_error",
    code: `${object}_unexpected_state`,
    message: `handleNextAction: the intent is ${status}, not requires_action.`,
  };
}

/** The bank's reason, without the fields it left empty. */
function declined(reason: { code?: string; decline_code?: string; message?: string }): StripeError {
  const { code, decline_code, message } = reason;
  return {
    type: "card_error",
    ...(code === undefined ? {} : { code }),
    ...(decline_code === undefined ? {} : { decline_code }),
    ...(message === undefined ? {} : { message }),
  };
}

/** The amount as people write it, whatever the number of decimals its currency has. */
function amountText(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(navigator.language, { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
