/** Receives one of Stripe's events for an order: settles the order by it, and records that Stripe has told us too. */
import type { OrderId } from "../domain/ids.ts";
import { comparePayment, type Difference } from "../domain/reconciliation.ts";
import { concernsMoneyBack, concernsOrders, type StripeEvent } from "../domain/stripe-event.ts";
import { updateConfirmed, updateFee } from "../store/order-changes.ts";
import { noteDifferences } from "../store/reconciliation-differences.ts";
import { type EventOutcome, recordEvent } from "../store/stripe-events.ts";
import { lookUpPayment } from "../stripe/list-payments.ts";
import { readPaymentIntent } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { receiveMoneyBack } from "./receive-money-back.ts";
import { sendMails } from "./send-mails.ts";
import { type Settled, settleOrder } from "./settle-order.ts";
import { settlePayment } from "./settle-payment.ts";

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
  if (concernsMoneyBack(event)) {
    const outcome = await receiveMoneyBack(deps, event, orderId);
    await recordEvent(deps.db, event, { orderId, outcome, at: deps.now() }).run();
    await sendMails(deps);
    return outcome;
  }
  if (!concernsOrders(event)) {
    await recordEvent(deps.db, event, { orderId, outcome: "noted", at: deps.now() }).run();
    return "noted";
  }
  const { settled, isFinished, differences } = await settleByEvent(deps, event, orderId);
  const outcome = isFinished && (await learnFee(deps, event, settled)) ? "settled" : "unfinished";
  const confirms =
    event.type === "payment_intent.succeeded" && settled?.order.paymentIntentId === event.paymentIntentId;
  await deps.db.batch([
    recordEvent(deps.db, event, { orderId, outcome, at: deps.now() }),
    ...(confirms ? [updateConfirmed(deps.db, orderId, deps.now())] : []),
    ...(differences.length === 0 ? [] : [noteDifferences(deps.db, differences, deps.now())]),
  ]);
  return outcome;
}

type SettledByEvent = { settled: Settled | null; isFinished: boolean; differences: Difference[] };

async function settleByEvent(
  deps: AccountDeps,
  event: StripeEvent,
  orderId: OrderId,
): Promise<SettledByEvent> {
  const settled = await settleOrder(deps, orderId, "recovery");
  if (event.type !== "payment_intent.succeeded" || event.paymentIntentId === null) {
    return { settled, isFinished: hasComeToRest(settled), differences: [] };
  }
  if (settled?.order.state === "paid") {
    return settled.order.paymentIntentId === event.paymentIntentId
      ? { settled, isFinished: true, differences: [] }
      : noteSecondPayment(deps, settled, event.paymentIntentId);
  }
  // Paid at Stripe always ends in credits, even where the order had ended without ever getting to a charge.
  const byPayment = await settlePayment(deps, orderId, event.paymentIntentId);
  if (byPayment === null || byPayment === "not_ours") {
    // A payment that only claims to be this order's settles nothing; reconciliation shows it to staff.
    return { settled, isFinished: byPayment === "not_ours" && hasComeToRest(settled), differences: [] };
  }
  const isOwed = byPayment.payment.status === "succeeded" && byPayment.settled.order.state !== "paid";
  return {
    settled: byPayment.settled,
    isFinished: hasComeToRest(byPayment.settled) && !isOwed,
    differences: [],
  };
}

/** The order was paid by another payment before. It is credited once; that its customer paid twice is for staff to see. */
async function noteSecondPayment(
  deps: AccountDeps,
  settled: Settled,
  paymentIntentId: string,
): Promise<SettledByEvent> {
  const found = await lookUpPayment(deps.stripe, paymentIntentId);
  if (!found.answered) {
    return { settled, isFinished: false, differences: [] };
  }
  const compared = found.value === null ? null : comparePayment(found.value, settled.order);
  return {
    settled,
    isFinished: true,
    differences: compared?.verdict === "differs" ? [compared.difference] : [],
  };
}

function hasComeToRest(settled: Settled | null): boolean {
  return (
    settled !== null && settled.waitingFor !== "stripe_unavailable" && settled.waitingFor !== "account_busy"
  );
}

/** Records the fee that a charge's update announces. False when Stripe could not be asked. */
async function learnFee(deps: AccountDeps, event: StripeEvent, settled: Settled | null): Promise<boolean> {
  const order = settled?.order;
  if (!event.type.startsWith("charge.") || order?.state !== "paid" || order.fee !== null) {
    return true;
  }
  const read = await readPaymentIntent(deps.stripe, order.paymentIntentId);
  if (read.answered && read.value.fee !== null) {
    await updateFee(deps.db, order.id, read.value.fee);
  }
  return read.answered;
}
