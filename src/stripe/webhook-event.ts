/** Stripe's webhook events: trusted only with a valid signature, and then only as a hint of what to look at. */
import Stripe from "stripe";
import { isAccountId, isOrderId } from "../domain/ids.ts";
import type { StripeEvent } from "../domain/stripe-event.ts";

/**
 * The event in `rawBody`, or null unless `signature` was made over exactly these bytes, with one of `secrets`, in
 * the last five minutes. https://docs.stripe.com/webhooks#verify-official-libraries
 */
export async function readWebhookEvent(
  stripe: Stripe,
  rawBody: string,
  signature: string,
  secrets: readonly string[],
): Promise<StripeEvent | null> {
  for (const secret of secrets) {
    try {
      return toStripeEvent(await stripe.webhooks.constructEventAsync(rawBody, signature, secret));
    } catch (error) {
      const isForgery = error instanceof Stripe.errors.StripeSignatureVerificationError;
      if (!isForgery && !(error instanceof SyntaxError)) {
        throw error;
      }
    }
  }
  return null;
}

function toStripeEvent(event: Stripe.Event): StripeEvent {
  // An event's content depends on its type, and unknown types arrive too, so its object is read as unknown data.
  const object: Record<string, unknown> = { ...event.data.object };
  const metadata: Record<string, unknown> = { ...(isRecord(object["metadata"]) ? object["metadata"] : {}) };
  const { account_id: accountId, order_id: orderId } = metadata;
  const paymentIntent = object["object"] === "payment_intent" ? object["id"] : object["payment_intent"];
  return {
    id: event.id,
    type: event.type,
    createdAt: event.created * 1000,
    objectId: typeof object["id"] === "string" ? object["id"] : null,
    accountId: typeof accountId === "string" && isAccountId(accountId) ? accountId : null,
    orderId: typeof orderId === "string" && isOrderId(orderId) ? orderId : null,
    paymentIntentId: typeof paymentIntent === "string" ? paymentIntent : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
