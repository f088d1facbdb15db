/** What a declined card looks like in an error, an intent and a charge. */
import type Stripe from "stripe";
import { type ErrorBody, documentationOf } from "./refusals.ts";
import type { Decline } from "./test-cards.ts";

const authenticationRequired: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
  networkDeclineCode: "1A",
};

/** The bank's answer when the cardholder would have to be asked but is away. */
export function offSessionDecline(): Decline {
  return authenticationRequired;
}

/** The card's 3-D Secure server could not be reached: declined like any other. */
export function lookupDecline(): Decline {
  return {
    code: "card_declined",
    declineCode: "generic_decline",
    message: "Your card was declined.",
    adviceCode: "try_again_later",
  };
}

/** The bank approves; Radar does not. Unconfirmed against Stripe: the decline code. */
export function blockedDecline(): Decline {
  return { code: "card_declined", declineCode: "fraudulent", message: "Your card was declined." };
}

/** A decline as Stripe's error object, which is also what the intent remembers. */
export function declineError(
  decline: Decline | null,
  context: Pick<ErrorBody, "charge" | "payment_method" | "payment_intent" | "setup_intent">,
): ErrorBody {
  const { code, declineCode, message, adviceCode, networkDeclineCode } = decline ?? lookupDecline();
  return {
    ...(adviceCode === undefined ? {} : { advice_code: adviceCode }),
    code,
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    doc_url: documentationOf(code),
    message,
    ...(networkDeclineCode === undefined ? {} : { network_decline_code: networkDeclineCode }),
    ...(code === "incorrect_cvc" ? { param: "cvc" } : {}),
    ...(code === "expired_card" ? { param: "exp_month" } : {}),
    ...context,
    type: "card_error",
  };
}

/** The customer did not pass the bank's challenge; nobody was charged. */
export function authenticationFailure(step: "payment" | "setup", method: Stripe.PaymentMethod): ErrorBody {
  const code =
    step === "payment" ? "payment_intent_authentication_failure" : "setup_intent_authentication_failure";
  const intent = step === "payment" ? "PaymentIntent" : "SetupIntent";
  return {
    code,
    doc_url: documentationOf(code),
    message: `The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this ${intent} again.`,
    payment_method: method,
    type: "invalid_request_error",
  };
}
