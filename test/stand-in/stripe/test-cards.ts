/**
 * Stripe's test cards (https://docs.stripe.com/testing) and what each does at which step. A card not listed
 * here is refused, as Stripe refuses real numbers in a sandbox.
 */

export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
  readonly adviceCode?: "confirm_card_data" | "do_not_try_again" | "try_again_later";
  readonly networkDeclineCode?: string;
}

export interface TestCard {
  readonly number: string;
  /** The payment method id that stands for this card in server code. */
  readonly paymentMethod?: string;
  readonly brand: "visa" | "mastercard" | "amex" | "discover" | "diners" | "jcb" | "unionpay";
  readonly funding: "credit" | "debit" | "prepaid";
  readonly country: string;
  /** What the issuer answers about a field it was given; "pass" unless said otherwise. */
  readonly checks?: {
    readonly line1?: CheckResult;
    readonly postalCode?: CheckResult;
    readonly cvc?: CheckResult;
  };
  /** The issuer says no, at these steps. `onlyWithCvc`: only when a security code was sent. */
  readonly declines?: {
    readonly at: readonly ("setup" | "payment")[];
    readonly with: Decline;
    readonly onlyWithCvc?: boolean;
  };
  readonly risk?: "elevated" | "highest";
  /** Radar refuses every payment before the issuer is asked. Saving the card goes through. */
  readonly blocked?: boolean;
  /** When 3-D Secure is wanted; see authentication.ts. */
  readonly authentication?:
    | "always"
    | "once"
    | "on_session"
    | "set_up_already"
    | "supported"
    | "lookup_fails";
  /** What follows a successful payment automatically. */
  readonly afterwards?:
    | { readonly dispute: string; readonly inquiry?: boolean; readonly times?: number }
    | { readonly earlyFraudWarning: true };
  readonly refunds?: "pending" | "fail";
  /** The money skips the pending balance. */
  readonly bypassesPending?: boolean;
}

export type CheckResult = "pass" | "fail" | "unavailable" | "unchecked";

/** A decline without a reason. */
export const declined: Decline = {
  code: "card_declined",
  declineCode: "generic_decline",
  message: "Your card was declined.",
  adviceCode: "try_again_later",
  networkDeclineCode: "01",
};
const insufficientFunds: Decline = {
  code: "card_declined",
  declineCode: "insufficient_funds",
  message: "Your card has insufficient funds.",
  adviceCode: "try_again_later",
  networkDeclineCode: "51",
};

const visa = { brand: "visa", funding: "credit", country: "US" } as const;
const everywhere = ["setup", "payment"] as const;

const testCards: readonly TestCard[] = [
  { ...visa, number: "4242424242424242", paymentMethod: "pm_card_visa" },
  { ...visa, number: "4000056655665556", paymentMethod: "pm_card_visa_debit", funding: "debit" },
  { ...visa, number: "5555555555554444", paymentMethod: "pm_card_mastercard", brand: "mastercard" },
  { ...visa, number: "2223003122003222", brand: "mastercard" },
  {
    ...visa,
    number: "5200828282828210",
    paymentMethod: "pm_card_mastercard_debit",
    brand: "mastercard",
    funding: "debit",
  },
  {
    ...visa,
    number: "5105105105105100",
    paymentMethod: "pm_card_mastercard_prepaid",
    brand: "mastercard",
    funding: "prepaid",
  },
  { ...visa, number: "378282246310005", paymentMethod: "pm_card_amex", brand: "amex" },
  { ...visa, number: "371449635398431", brand: "amex" },
  { ...visa, number: "6011111111111117", paymentMethod: "pm_card_discover", brand: "discover" },
  { ...visa, number: "3056930009020004", paymentMethod: "pm_card_diners", brand: "diners" },
  { ...visa, number: "36227206271667", brand: "diners" },
  { ...visa, number: "3566002020360505", paymentMethod: "pm_card_jcb", brand: "jcb", country: "JP" },
  {
    ...visa,
    number: "6200000000000005",
    paymentMethod: "pm_card_unionpay",
    brand: "unionpay",
    country: "CN",
  },
  { ...visa, number: "4000002760000016", paymentMethod: "pm_card_de", country: "DE" },
  { ...visa, number: "4000002500000003", paymentMethod: "pm_card_fr", country: "FR" },
  { ...visa, number: "4000008260000000", paymentMethod: "pm_card_gb", country: "GB" },
  { ...visa, number: "4000001240000000", paymentMethod: "pm_card_ca", country: "CA" },

  {
    ...visa,
    number: "4000000000000002",
    paymentMethod: "pm_card_visa_chargeDeclined",
    declines: { at: everywhere, with: declined },
  },
  {
    ...visa,
    number: "4000000000009995",
    paymentMethod: "pm_card_visa_chargeDeclinedInsufficientFunds",
    declines: { at: everywhere, with: insufficientFunds },
  },
  {
    ...visa,
    number: "4000000000009987",
    paymentMethod: "pm_card_visa_chargeDeclinedLostCard",
    declines: {
      at: everywhere,
      with: {
        ...declined,
        declineCode: "lost_card",
        adviceCode: "do_not_try_again",
        networkDeclineCode: "41",
      },
    },
  },
  {
    ...visa,
    number: "4000000000009979",
    paymentMethod: "pm_card_visa_chargeDeclinedStolenCard",
    declines: {
      at: everywhere,
      with: {
        ...declined,
        declineCode: "stolen_card",
        adviceCode: "do_not_try_again",
        networkDeclineCode: "43",
      },
    },
  },
  {
    ...visa,
    number: "4000000000000069",
    paymentMethod: "pm_card_chargeDeclinedExpiredCard",
    declines: {
      at: everywhere,
      with: {
        code: "expired_card",
        message: "Your card has expired.",
        adviceCode: "do_not_try_again",
        networkDeclineCode: "54",
      },
    },
  },
  {
    ...visa,
    number: "4000000000000127",
    paymentMethod: "pm_card_chargeDeclinedIncorrectCvc",
    checks: { cvc: "fail" },
    declines: {
      at: everywhere,
      onlyWithCvc: true,
      with: {
        code: "incorrect_cvc",
        message: "Your card's security code is incorrect.",
        adviceCode: "confirm_card_data",
        networkDeclineCode: "N7",
      },
    },
  },
  {
    ...visa,
    number: "4000000000000119",
    paymentMethod: "pm_card_chargeDeclinedProcessingError",
    declines: {
      at: everywhere,
      with: {
        code: "processing_error",
        message: "An error occurred while processing your card. Try again in a little bit.",
        adviceCode: "try_again_later",
        networkDeclineCode: "06",
      },
    },
  },
  {
    ...visa,
    number: "4000000000006975",
    paymentMethod: "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
    declines: {
      at: everywhere,
      with: {
        code: "card_declined",
        declineCode: "card_velocity_exceeded",
        message:
          "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        adviceCode: "try_again_later",
        networkDeclineCode: "65",
      },
    },
  },
  {
    ...visa,
    number: "4000000000000341",
    paymentMethod: "pm_card_chargeCustomerFail",
    declines: { at: ["payment"], with: declined },
  },

  {
    ...visa,
    number: "4000000000000010",
    paymentMethod: "pm_card_avsFail",
    checks: { line1: "fail", postalCode: "fail" },
  },
  { ...visa, number: "4000000000000028", paymentMethod: "pm_card_avsLine1Fail", checks: { line1: "fail" } },
  {
    ...visa,
    number: "4000000000000036",
    paymentMethod: "pm_card_avsZipFail",
    checks: { postalCode: "fail" },
  },
  {
    ...visa,
    number: "4000000000000044",
    paymentMethod: "pm_card_avsUnchecked",
    checks: { line1: "unavailable", postalCode: "unavailable" },
  },
  { ...visa, number: "4000000000000101", paymentMethod: "pm_card_cvcCheckFail", checks: { cvc: "fail" } },
  {
    ...visa,
    number: "4000058400307872",
    paymentMethod: "pm_card_cvcCheckFailElevatedRisk",
    checks: { cvc: "fail" },
    risk: "elevated",
  },
  {
    ...visa,
    number: "4000058400306072",
    paymentMethod: "pm_card_avsZipFailElevatedRisk",
    checks: { postalCode: "fail" },
    risk: "elevated",
  },

  {
    ...visa,
    number: "4100000000000019",
    paymentMethod: "pm_card_radarBlock",
    risk: "highest",
    blocked: true,
  },
  { ...visa, number: "4000000000004954", paymentMethod: "pm_card_riskLevelHighest", risk: "highest" },
  { ...visa, number: "4000000000009235", paymentMethod: "pm_card_riskLevelElevated", risk: "elevated" },

  {
    ...visa,
    number: "4000000000003220",
    paymentMethod: "pm_card_threeDSecure2Required",
    authentication: "once",
  },
  {
    ...visa,
    number: "4000000000003055",
    paymentMethod: "pm_card_threeDSecureOptional",
    authentication: "supported",
  },
  {
    ...visa,
    number: "4000008400001629",
    paymentMethod: "pm_card_threeDSecureRequiredChargeDeclined",
    authentication: "always",
    declines: { at: everywhere, with: declined },
  },
  {
    ...visa,
    number: "4000008400001280",
    paymentMethod: "pm_card_threeDSecureRequiredProcessingError",
    authentication: "lookup_fails",
  },
  {
    ...visa,
    number: "4000002500003155",
    paymentMethod: "pm_card_authenticationRequiredOnSetup",
    country: "FR",
    authentication: "on_session",
  },
  {
    ...visa,
    number: "4000002760003184",
    paymentMethod: "pm_card_authenticationRequired",
    country: "DE",
    authentication: "always",
  },
  {
    ...visa,
    number: "4000003800000446",
    paymentMethod: "pm_card_authenticationRequiredSetupForOffSession",
    country: "IT",
    authentication: "set_up_already",
  },
  {
    ...visa,
    number: "4000008260003178",
    paymentMethod: "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    country: "GB",
    authentication: "on_session",
    declines: { at: ["payment"], with: insufficientFunds },
  },

  {
    ...visa,
    number: "4000000000000259",
    paymentMethod: "pm_card_createDispute",
    afterwards: { dispute: "fraudulent" },
  },
  {
    ...visa,
    number: "4000000000002685",
    paymentMethod: "pm_card_createDisputeProductNotReceived",
    afterwards: { dispute: "product_not_received" },
  },
  {
    ...visa,
    number: "4000000000001976",
    paymentMethod: "pm_card_createDisputeInquiry",
    afterwards: { dispute: "fraudulent", inquiry: true },
  },
  {
    ...visa,
    number: "4000000404000079",
    paymentMethod: "pm_card_createMultipleDisputes",
    afterwards: { dispute: "fraudulent", times: 2 },
  },
  {
    ...visa,
    number: "4000000000005423",
    paymentMethod: "pm_card_createIssuerFraudRecord",
    afterwards: { earlyFraudWarning: true },
  },
  { ...visa, number: "4000000000007726", paymentMethod: "pm_card_pendingRefund", refunds: "pending" },
  { ...visa, number: "4000000000005126", paymentMethod: "pm_card_refundFail", refunds: "fail" },
  { ...visa, number: "4000000000000077", paymentMethod: "pm_card_bypassPending", bypassesPending: true },
  {
    ...visa,
    number: "4000003720000278",
    paymentMethod: "pm_card_bypassPendingInternational",
    country: "IE",
    bypassesPending: true,
  },
  // Stripe's own page shows a captcha for these; the API does not notice.
  { ...visa, number: "4000000000001208" },
  { ...visa, number: "4000000000003725" },
];

const byNumber = new Map(testCards.map((card) => [card.number, card]));
const byPaymentMethod = new Map(testCards.map((card) => [card.paymentMethod, card]));

/** The test card with this number, or null. */
export function cardWithNumber(number: string): TestCard | null {
  return byNumber.get(number) ?? null;
}

/** The test card that a `pm_card_…` id stands for, or null. */
export function cardNamed(paymentMethod: string): TestCard | null {
  return byPaymentMethod.get(paymentMethod) ?? null;
}
