/** Receives an event that tells of money going back: a refund, a dispute, or a warning of fraud, wherever it began. */
import type { OrderId } from "../domain/ids.ts";
import type { StripeEvent } from "../domain/stripe-event.ts";
import type { AccountDeps } from "./account-deps.ts";
import { recordFraudWarnings } from "./record-fraud-warnings.ts";
import { recordMoneyBack } from "./record-money-back.ts";
import { settleOrder } from "./settle-order.ts";
import { settlePayment } from "./settle-payment.ts";

/**
 * Brings the books to what Stripe says went back of the order. True when that is done, or nothing of it is for the
 * books: an authorisation that was voided never brought any credits. An order whose payment is not posted yet is
 * settled first, for what has not come in cannot go back.
 */
export async function receiveMoneyBack(
  deps: AccountDeps,
  event: StripeEvent,
  orderId: OrderId,
): Promise<"settled" | "noted" | "unfinished"> {
  const settled = await settleOrder(deps, orderId, "recovery");
  if (
    settled === null ||
    settled.waitingFor === "stripe_unavailable" ||
    settled.waitingFor === "account_busy"
  ) {
    return "unfinished";
  }
  if (settled.order.state !== "paid" && event.paymentIntentId !== null) {
    const byPayment = await settlePayment(deps, orderId, event.paymentIntentId);
    if (byPayment === null) {
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
