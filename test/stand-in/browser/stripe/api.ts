/** Calls to Stripe's API with a publishable key, as Stripe.js makes them. */
import type { StripeError } from "@stripe/stripe-js";
import * as z from "zod/mini";
import { stripeErrorSchema } from "../frames/protocol.ts";

/** Who calls, and where the API is. */
export type Caller = { standInUrl: string; publishableKey: string };

/** What came back: the object, or Stripe's error. Never throws because of the network or the API. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; error: StripeError };

const refusal = z.object({ error: stripeErrorSchema });

const unreachable: StripeError = {
  type: "api_connection_error",
  message: "We could not reach the payment provider. Check your connection and try again.",
};

const unreadable: StripeError = {
  type: "api_error",
  message: "The payment provider sent an answer that could not be read. Please try again.",
};

/** One call under /stand-in/stripe/. With `parameters` it is a form-encoded POST, without a GET. */
export async function callStripe<Value>(
  caller: Caller,
  path: string,
  schema: z.ZodMiniType<Value>,
  parameters?: Record<string, string>,
): Promise<Answer<Value>> {
  const headers = { Authorization: `Bearer ${caller.publishableKey}` };
  let body: unknown;
  try {
    const url = new URL(`stripe/${path}`, caller.standInUrl);
    const response = await fetch(
      url,
      parameters ? { method: "POST", headers, body: new URLSearchParams(parameters) } : { headers },
    );
    body = await response.json();
  } catch (error) {
    return { ok: false, error: error instanceof SyntaxError ? unreadable : unreachable };
  }
  const refused = refusal.safeParse(body);
  if (refused.success) {
    return { ok: false, error: refused.data.error };
  }
  const read = schema.safeParse(body);
  return read.success ? { ok: true, value: read.data } : { ok: false, error: unreadable };
}
