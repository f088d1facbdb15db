/** Receives an event about money going back: a refund, a dispute or an early fraud warning, wherever it started. */
import type { OrderId } from "../domain/ids.ts";
import type { StripeEvent } from "../domain/stripe-event.ts";
import type { EventOutcome } from "../store/stripe-events.ts";
import type { AccountDeps } from "./account-deps.ts";
import { recordFraudWarnings } from "./record-fraud-warnings.ts";
import { recordMoneyBack } from "./record-money-back.ts";
import { hasComeToRest, settleOrder } from "./settle-order.ts";
import { isFinished, settlePayment } from "./settle-payment.ts";

/**
 * Brings the books in line with the money that Stripe says went back. `settled`: done. `noted`: nothing to book, because
 * the order is not paid; a voided authorisation never brought in any credits. `not_ours`: the payment only claims to be
 * the order's. `unfinished`: Stripe must deliver the event again. The order is settled first, because credits that have not been posted cannot be taken back.
 */
export async function receiveMoneyBack(
  deps: AccountDeps,
  event: StripeEvent,
  orderId: OrderId,
): Promise<EventOutcome> {
  const settled = await settleOrder(deps, orderId, "recovery");
  if (settled === null || !hasComeToRest(settled)) {
    return "unfinished";
  }
  if (settled.order.state !== "paid" && event.paymentIntentId !== null) {
    const byPayment = await settlePayment(deps, orderId, event.paymentIntentId);
    if (byPayment === "not_ours") {
      return "not_ours";
    }
    if (byPayment === null || !isFinished(byPayment)) {
      return "unfinished";
    }
  }
  if (event.type.startsWith("radar.")) {
    const warned = await recordFraudWarnings(deps, orderId);
    return warned === "not_paid" ? "noted" : warned;
  }
  const recorded = await recordMoneyBack(deps, orderId);
  if (recorded.outcome === "not_paid") {
    return "noted";
  }
  return recorded.outcome === "posted" ? "settled" : "unfinished";
}
