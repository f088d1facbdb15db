/**
 * What a decline means for the customer: Stripe's many codes, reduced to a few pieces of advice.
 * https://docs.stripe.com/declines/codes
 */

/** What the customer can do about a decline. The web folder has a sentence for each. */
export type DeclineAdvice =
  | "use_another_card"
  | "call_bank"
  | "insufficient_funds"
  | "expired"
  | "wrong_number"
  | "wrong_expiry"
  | "wrong_cvc"
  | "wrong_postcode"
  | "over_limit"
  | "not_supported"
  | "authenticate"
  | "try_again"
  | "duplicate";

const ADVICE: Readonly<Record<string, DeclineAdvice>> = {
  approve_with_id: "try_again",
  authentication_failure: "authenticate",
  authentication_not_handled: "authenticate",
  authentication_required: "authenticate",
  call_issuer: "call_bank",
  card_not_supported: "not_supported",
  card_velocity_exceeded: "over_limit",
  currency_not_supported: "not_supported",
  do_not_honor: "call_bank",
  do_not_try_again: "call_bank",
  duplicate_transaction: "duplicate",
  expired_card: "expired",
  incorrect_address: "wrong_postcode",
  incorrect_cvc: "wrong_cvc",
  incorrect_number: "wrong_number",
  incorrect_zip: "wrong_postcode",
  insufficient_funds: "insufficient_funds",
  invalid_account: "call_bank",
  invalid_amount: "call_bank",
  invalid_cvc: "wrong_cvc",
  invalid_expiry_month: "wrong_expiry",
  invalid_expiry_year: "wrong_expiry",
  invalid_number: "wrong_number",
  issuer_not_available: "try_again",
  mobile_device_authentication_required: "authenticate",
  new_account_information_available: "call_bank",
  no_action_taken: "call_bank",
  not_permitted: "call_bank",
  payment_intent_authentication_failure: "authenticate",
  processing_error: "try_again",
  reenter_transaction: "try_again",
  service_not_allowed: "call_bank",
  setup_intent_authentication_failure: "authenticate",
  transaction_not_allowed: "call_bank",
  try_again_later: "try_again",
  withdrawal_count_limit_exceeded: "over_limit",
};

// Stripe asks us to show these as a plain decline, so that a thief learns nothing. https://docs.stripe.com/declines/codes
const CODES_KEPT_FROM_THE_CUSTOMER = new Set([
  "fraudulent",
  "highest_risk_level",
  "lost_card",
  "merchant_blacklist",
  "pickup_card",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "security_violation",
  "stolen_card",
  "stop_payment_order",
]);

/** The decline code as the customer may see it: Stripe's own, or `generic_decline` if the real one would help a thief. */
export function declineCodeForCustomer(declineCode: string): string {
  return CODES_KEPT_FROM_THE_CUSTOMER.has(declineCode) ? "generic_decline" : declineCode;
}

/** What to advise the customer. Unknown and hidden codes mean "use another card". */
export function adviceFor(declineCode: string): DeclineAdvice {
  const code = declineCodeForCustomer(declineCode);
  // Own properties only: the code `constructor` would find what every object inherits.
  return (Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined) ?? "use_another_card";
}
