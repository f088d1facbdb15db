/** Receives one of Stripe's events for an order: settles the order by it, and records that Stripe has told us too. */
import type { OrderId } from "../domain/ids.ts";
import { concernsOrders, type StripeEvent } from "../domain/stripe-event.ts";
import { updateConfirmed, updateFee } from "../store/orders.ts";
import { type EventOutcome, recordEvent } from "../store/stripe-events.ts";
import { readPaymentIntent } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { type Settled, settleOrder } from "./settle-order.ts";

/**
 * Brings the order to what Stripe says is true and answers what came of the event. `unfinished` means that its
 * effect is not in D1, so Stripe must deliver it again. The event is only a hint: what it says of an intent is read
 * again from Stripe, unless the order is paid and there is nothing left to learn.
 */
export async function receiveEvent(
  deps: AccountDeps,
  event: StripeEvent,
  orderId: OrderId,
): Promise<EventOutcome> {
  if (!concernsOrders(event)) {
    await recordEvent(deps.db, event, { orderId, outcome: "noted", at: deps.now() }).run();
    return "noted";
  }
  const settled = await settleByEvent(deps, event, orderId);
  const isFinished =
    settled !== null && settled.waitingFor !== "stripe_unavailable" && settled.waitingFor !== "account_busy";
  const feeIsKnown = !isFinished || (await learnFee(deps, event, settled));
  const outcome = isFinished && feeIsKnown ? "settled" : "unfinished";
  const confirms =
    event.type === "payment_intent.succeeded" && settled?.order.paymentIntentId === event.paymentIntentId;
  await deps.db.batch([
    recordEvent(deps.db, event, { orderId, outcome, at: deps.now() }),
    ...(confirms ? [updateConfirmed(deps.db, orderId, deps.now())] : []),
  ]);
  return outcome;
}

/** Settles with the intent the event names, where the order does not know it yet: its request died before it could be noted. */
async function settleByEvent(
  deps: AccountDeps,
  event: StripeEvent,
  orderId: OrderId,
): Promise<Settled | null> {
  const settled = await settleOrder(deps, orderId, "recovery");
  const isPaid = settled?.order.state === "paid";
  if (isPaid || event.type !== "payment_intent.succeeded" || event.paymentIntentId === null) {
    return settled;
  }
  // Paid at Stripe always ends in credits, even where the order had ended without ever getting to a charge.
  const read = await readPaymentIntent(deps.stripe, event.paymentIntentId);
  if (!read.answered) {
    return settled === null ? null : { ...settled, waitingFor: "stripe_unavailable" };
  }
  return settleOrder(deps, orderId, "recovery", { payment: read.value });
}

/** Records the fee that a charge's update announces. False when Stripe could not be asked. */
async function learnFee(deps: AccountDeps, event: StripeEvent, settled: Settled): Promise<boolean> {
  const { order } = settled;
  if (!event.type.startsWith("charge.") || order.state !== "paid" || order.fee !== null) {
    return true;
  }
  const read = await readPaymentIntent(deps.stripe, order.paymentIntentId);
  if (read.answered && read.value.fee !== null) {
    await updateFee(deps.db, order.id, read.value.fee);
  }
  return read.answered;
}
