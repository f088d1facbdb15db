/** What a browser sees of an intent: less than a server does. */
import type Stripe from "stripe";
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

/** The intent as a caller may see it: whole with the secret key, without business details otherwise. */
export function browserView(intent: Stripe.PaymentIntent | Stripe.SetupIntent, caller: Caller): object {
  return caller === "secret"
    ? intent
    : Object.fromEntries(Object.entries(intent).filter(([name]) => !hidden.has(name)));
}
