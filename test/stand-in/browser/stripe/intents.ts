/** Payment and setup intents as a page may see them: read with the publishable key and the client secret. */
import type { PaymentIntent, PaymentIntentResult, SetupIntent, SetupIntentResult } from "@stripe/stripe-js";
import * as z from "zod/mini";
import { isOfObject } from "../frames/protocol.ts";
import { callStripe, type Caller } from "./api.ts";
import { integrationError } from "./integration-error.ts";

const paymentIntent = z.custom<PaymentIntent>((given) => isOfObject(given, "payment_intent"));
const setupIntent = z.custom<SetupIntent>((given) => isOfObject(given, "setup_intent"));

/** Which intent a client secret opens. Throws an IntegrationError for anything that is not a client secret. */
export function intentOf(clientSecret: unknown): { kind: "payment" | "setup"; id: string } {
  const [, id, prefix] =
    (typeof clientSecret === "string" && /^((pi|seti)_\w+?)_secret_\w+$/.exec(clientSecret)) || [];
  if (id === undefined) {
    throw integrationError("Expected a client secret of the form pi_…_secret_… or seti_…_secret_….");
  }
  return { kind: prefix === "pi" ? "payment" : "setup", id };
}

/** `stripe.retrievePaymentIntent()`. */
export async function retrievePaymentIntent(
  caller: Caller,
  clientSecret: string,
): Promise<PaymentIntentResult> {
  const answer = await callStripe(
    caller,
    intentPath("payment_intents", clientSecret, "payment"),
    paymentIntent,
  );
  return answer.ok ? { paymentIntent: answer.value } : { error: answer.error };
}

/** `stripe.retrieveSetupIntent()`. */
export async function retrieveSetupIntent(caller: Caller, clientSecret: string): Promise<SetupIntentResult> {
  const answer = await callStripe(caller, intentPath("setup_intents", clientSecret, "setup"), setupIntent);
  return answer.ok ? { setupIntent: answer.value } : { error: answer.error };
}

function intentPath(collection: string, clientSecret: string, wanted: "payment" | "setup"): string {
  const { kind, id } = intentOf(clientSecret);
  if (kind !== wanted) {
    throw integrationError(`This client secret belongs to a ${kind} intent, not to a ${wanted} intent.`);
  }
  return `v1/${collection}/${id}?client_secret=${encodeURIComponent(clientSecret)}`;
}
