/** Stripe's webhook: checks the signature, finds the order, and applies the event. Answers 200 only once its effect is in D1. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { callAccount } from "../account/call-account.ts";
import type { Deps } from "../deps.ts";
import { concernsMoneyBack, type StripeEvent } from "../domain/stripe-event.ts";
import type { Order } from "../domain/order.ts";
import { findOrder, findOrderByPaymentIntent } from "../store/orders.ts";
import { recordEvent } from "../store/stripe-events.ts";
import { lookUpPayment } from "../stripe/list-payments.ts";
import { readWebhookEvent } from "../stripe/webhook-event.ts";
import { fail } from "./failure-response.ts";
import type { WebEnv } from "./web-env.ts";

/** Stripe's events are tens of kilobytes at most; Stripe documents no limit, so this is generous. */
const LARGEST_BODY_BYTES = 1024 * 1024;

export const stripeWebhookRoutes = new Hono<WebEnv>().post(
  "/webhooks/stripe",
  bodyLimit({
    maxSize: LARGEST_BODY_BYTES,
    onError: (c: Context<WebEnv>) => fail(c, { kind: "body_too_large", limitBytes: LARGEST_BODY_BYTES }),
  }),
  async (c) => {
    const { stripe, db, settings, now } = c.get("deps");
    const signature = c.req.header("Stripe-Signature") ?? "";
    const event = await readWebhookEvent(
      stripe,
      await c.req.text(),
      signature,
      settings.stripe.webhookSecrets,
    );
    if (event === null) {
      return fail(c, { kind: "invalid_signature" });
    }
    const order = await findOrderOf({ db, stripe }, event);
    if (order === "unanswered") {
      return fail(c, { kind: "stripe_unavailable" });
    }
    if (order === null) {
      // It belongs to something else sold through the same Stripe account. Acknowledge it, or Stripe retries for days.
      await recordEvent(db, event, { orderId: null, outcome: "not_ours", at: now() }).run();
      return c.json({ received: true, outcome: "not_ours" });
    }
    const outcome = await callAccount(c.env, order.accountId, (account) =>
      account.receiveEvent(order.accountId, order.id, event),
    );
    return outcome === "unfinished"
      ? fail(c, { kind: "stripe_unavailable" })
      : c.json({ received: true, outcome });
  },
);

/**
 * The order an event is about, found by the metadata we gave its intent or by the payment intent it names. Refunds and
 * disputes made at Stripe may carry anyone's metadata, so for them only the payment intent counts. An interrupted order
 * may not have recorded its payment intent yet, so if money went back, ask Stripe which order the payment belongs to.
 */
async function findOrderOf(
  { db, stripe }: Pick<Deps, "db" | "stripe">,
  event: StripeEvent,
): Promise<Order | "unanswered" | null> {
  const { orderId, paymentIntentId } = event;
  if (orderId !== null && (paymentIntentId === null || !concernsMoneyBack(event))) {
    return findOrder(db, orderId);
  }
  if (paymentIntentId === null) {
    return null;
  }
  const order = await findOrderByPaymentIntent(db, paymentIntentId);
  if (order !== null || !concernsMoneyBack(event)) {
    return order;
  }
  const payment = await lookUpPayment(stripe, paymentIntentId);
  if (!payment.answered) {
    return "unanswered";
  }
  const named = payment.value?.orderId ?? null;
  return named === null ? null : findOrder(db, named);
}
