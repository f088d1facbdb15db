/** What a browser sees of an intent: less than a server does. */
import type Stripe from "stripe";
import type { ErrorBody } from "./refusals.ts";
import type { Caller } from "./routes-table.ts";

const hidden = new Set([
  "application",
  "application_fee_amount",
  "amount_capturable",
  "amount_received",
  "customer",
  "customer_account",
  "latest_attempt",
  "latest_charge",
  "mandate",
  "metadata",
  "on_behalf_of",
  "review",
  "single_use_mandate",
  "statement_descriptor",
  "statement_descriptor_suffix",
  "transfer_data",
  "transfer_group",
]);

/** The intent as a caller may see it: in full with the secret key, without business details otherwise. */
export function browserView(intent: Stripe.PaymentIntent | Stripe.SetupIntent, caller: Caller): object {
  return caller === "secret"
    ? intent
    : Object.fromEntries(Object.entries(intent).filter(([name]) => !hidden.has(name)));
}

/** An error as a caller may see it: with only as much of its intent. */
export function errorView(error: ErrorBody, caller: Caller): object {
  return {
    ...error,
    ...(error.payment_intent === undefined
      ? {}
      : { payment_intent: browserView(error.payment_intent, caller) }),
    ...(error.setup_intent === undefined ? {} : { setup_intent: browserView(error.setup_intent, caller) }),
  };
}
