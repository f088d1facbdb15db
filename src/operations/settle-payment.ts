/** Settles an order by a payment intent that is known by its id, whatever the order itself knows of it. */
import type { PaymentFacts } from "../domain/facts.ts";
import type { OrderId } from "../domain/ids.ts";
import { findAccount } from "../store/accounts.ts";
import { readPaymentIntentOf } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { type Settled, settleOrder } from "./settle-order.ts";

/**
 * What Stripe said of the payment, and where the order then stood; null where Stripe did not answer, or there is no
 * such order. A payment that only claims to be the order's is `not_ours`, and settles nothing.
 */
export async function settlePayment(
  deps: AccountDeps,
  orderId: OrderId,
  paymentIntentId: string,
): Promise<{ payment: PaymentFacts; settled: Settled } | "not_ours" | null> {
  const account = await findAccount(deps.db, deps.accountId);
  const customerId = account?.stripeCustomerId ?? null;
  const read = await readPaymentIntentOf(deps.stripe, paymentIntentId, { orderId, customerId });
  if (!read.answered) {
    return null;
  }
  if (read.value === null) {
    return "not_ours";
  }
  const settled = await settleOrder(deps, orderId, "recovery", { payment: read.value });
  return settled === null ? null : { payment: read.value, settled };
}
