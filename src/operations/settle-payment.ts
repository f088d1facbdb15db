/** Settles an order by a payment intent that is known by its id, whatever the order itself knows of it. */
import type { PaymentFacts } from "../domain/facts.ts";
import type { OrderId } from "../domain/ids.ts";
import { readPaymentIntent } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { type Settled, settleOrder } from "./settle-order.ts";

/** What Stripe said of the payment, and where the order then stood; null where Stripe did not answer, or there is no such order. */
export async function settlePayment(
  deps: AccountDeps,
  orderId: OrderId,
  paymentIntentId: string,
): Promise<{ payment: PaymentFacts; settled: Settled } | null> {
  const read = await readPaymentIntent(deps.stripe, paymentIntentId);
  if (!read.answered) {
    return null;
  }
  const settled = await settleOrder(deps, orderId, "recovery", { payment: read.value });
  return settled === null ? null : { payment: read.value, settled };
}
