/** Receives a Stripe event for an order: settles the order, and records that Stripe's webhook has confirmed it. */
import type { OrderId } from "../domain/ids.ts";
import { comparePayment, type Difference, type Verdict } from "../domain/reconciliation.ts";
import { concernsMoneyBack, concernsOrders, type StripeEvent } from "../domain/stripe-event.ts";
import { updateConfirmed, updateFee } from "../store/order-changes.ts";
import { noteDifferences } from "../store/reconciliation-differences.ts";
import { type EventOutcome, recordEvent } from "../store/stripe-events.ts";
import { lookUpPayment } from "../stripe/list-payments.ts";
import { readPaymentIntent } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { receiveMoneyBack } from "./receive-money-back.ts";
import { sendMails } from "./send-mails.ts";
import { hasComeToRest, type Settled, settleOrder } from "./settle-order.ts";
import { isFinished, settlePayment } from "./settle-payment.ts";

/**
 * Settles the order and answers the outcome of the event. `unfinished`: its effect is not in D1, so Stripe must deliver
 * it again. The event is only a hint: the intent is read again from Stripe, unless the order is paid and there is
 * nothing left to learn.
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
  const { settled, came, differences } = await settleByEvent(deps, event, orderId);
  const outcome = came === "settled" && !(await learnFee(deps, event, settled)) ? "unfinished" : came;
  const confirms =
    event.type === "payment_intent.succeeded" && settled?.order.paymentIntentId === event.paymentIntentId;
  await deps.db.batch([
    recordEvent(deps.db, event, { orderId, outcome, at: deps.now() }),
    ...(confirms ? [updateConfirmed(deps.db, orderId, deps.now())] : []),
    ...(differences.length === 0 ? [] : [noteDifferences(deps.db, differences, deps.now())]),
  ]);
  return outcome;
}

type SettledByEvent = { settled: Settled | null; came: EventOutcome; differences: Difference[] };

async function settleByEvent(
  deps: AccountDeps,
  event: StripeEvent,
  orderId: OrderId,
): Promise<SettledByEvent> {
  const settled = await settleOrder(deps, orderId, "recovery");
  if (event.type !== "payment_intent.succeeded" || event.paymentIntentId === null) {
    return { settled, came: outcomeOf(settled), differences: [] };
  }
  if (settled?.order.state === "paid") {
    return settled.order.paymentIntentId === event.paymentIntentId
      ? { settled, came: "settled", differences: [] }
      : noteSecondPayment(deps, settled, event.paymentIntentId);
  }
  // Paid at Stripe always ends in credits, even if the order ended before any charge.
  const byPayment = await settlePayment(deps, orderId, event.paymentIntentId);
  if (byPayment === null || byPayment === "not_ours") {
    // A payment that only claims to be this order's settles nothing; reconciliation shows it to staff.
    const isOthers = byPayment === "not_ours" && outcomeOf(settled) === "settled";
    return { settled, came: isOthers ? "not_ours" : "unfinished", differences: [] };
  }
  const differences = toDifferences(byPayment.verdict);
  return {
    settled: byPayment.settled,
    came: isFinished(byPayment) ? "settled" : "unfinished",
    differences,
  };
}

/** Another payment had already paid the order. It is credited once; staff are shown that the customer paid twice. */
async function noteSecondPayment(
  deps: AccountDeps,
  settled: Settled,
  paymentIntentId: string,
): Promise<SettledByEvent> {
  const found = await lookUpPayment(deps.stripe, paymentIntentId);
  if (!found.answered) {
    return { settled, came: "unfinished", differences: [] };
  }
  const differences = found.value === null ? [] : toDifferences(comparePayment(found.value, settled.order));
  return { settled, came: "settled", differences };
}

function outcomeOf(settled: Settled | null): "settled" | "unfinished" {
  return settled !== null && hasComeToRest(settled) ? "settled" : "unfinished";
}

/** What staff have to look at. Reconciliation would find it too, but only once a day. */
function toDifferences(verdict: Verdict): Difference[] {
  return verdict.verdict === "differs" || verdict.verdict === "warns" ? [verdict.difference] : [];
}

/** Records the fee if the event is about a charge and the paid order's fee is unknown. False if Stripe does not answer. */
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
