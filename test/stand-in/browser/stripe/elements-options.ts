/** What `stripe.elements()` refuses. */
import type { StripeElementsOptions } from "@stripe/stripe-js";
import { integrationError } from "./integration-error.ts";

/** Gives the options back, or throws an IntegrationError that says what is wrong with them. */
export function checkElementsOptions(options: StripeElementsOptions): StripeElementsOptions {
  if ("paymentMethodTypes" in options || "payment_method_types" in options) {
    // https://docs.stripe.com/changelog/endive/2026-09-30/remove-elements-deferred-intent-payment-method-types
    throw integrationError(
      "elements(): paymentMethodTypes is no longer supported. Use allowedPaymentMethodTypes instead.",
    );
  }
  if (options.mode === undefined) {
    throw integrationError(
      "elements(): the stand-in makes elements from a mode ('setup' or 'payment') only, not from a clientSecret.",
    );
  }
  if (options.mode !== "setup" && !(Number.isSafeInteger(options.amount) && options.amount >= 0)) {
    throw integrationError(
      `elements(): mode '${options.mode}' needs an amount in the currency's smallest unit.`,
    );
  }
  if (!/^[a-z]{3}$/.test(options.currency ?? "")) {
    throw integrationError("elements(): currency must be a three-letter code in lower case, as 'usd'.");
  }
  if (options.allowedPaymentMethodTypes && !options.allowedPaymentMethodTypes.includes("card")) {
    throw integrationError(
      "elements(): the stand-in has cards only; allowedPaymentMethodTypes must include 'card'.",
    );
  }
  return options;
}
