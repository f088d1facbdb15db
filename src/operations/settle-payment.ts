/** Settles an order from a payment intent whose id is known, even if the order does not know the intent. */
import type { OrderId } from "../domain/ids.ts";
import { comparePayment, type Verdict } from "../domain/reconciliation.ts";
import { findCustomerOfOrder } from "../store/orders.ts";
import { readPaymentIntentOf } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { hasComeToRest, type Settled, settleOrder } from "./settle-order.ts";

/** Where the order stood after settling, and how the payment then compared with it. */
export type SettledByPayment = { settled: Settled; verdict: Verdict };

/**
 * Where the order stood after settling by the payment; null if Stripe did not answer, or the account does not have the
 * order. A payment that only claims to be the order's is `not_ours`, and settles nothing.
 */
export async function settlePayment(
  deps: AccountDeps,
  orderId: OrderId,
  paymentIntentId: string,
): Promise<SettledByPayment | "not_ours" | null> {
  const customerId = await findCustomerOfOrder(deps.db, { orderId, accountId: deps.accountId });
  const read = await readPaymentIntentOf(deps.stripe, paymentIntentId, { orderId, customerId });
  if (!read.answered) {
    return null;
  }
  if (read.value === null) {
    return "not_ours";
  }
  const settled = await settleOrder(deps, orderId, "recovery", { payment: read.value });
  if (settled === null) {
    return null;
  }
  const payment = { facts: read.value, orderId, accountId: deps.accountId };
  return { settled, verdict: comparePayment(payment, settled.order) };
}

/** Whether nothing is left to do about the payment: settling was not cut short, and no credits are owed for it. */
export function isFinished({ settled, verdict }: SettledByPayment): boolean {
  return hasComeToRest(settled) && verdict.verdict !== "settle";
}
