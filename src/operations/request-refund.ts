/** Refunds unused credits at the customer's own request, if the operator offers that. */
import type { OrderId, RefundId } from "../domain/ids.ts";
import { offerRefund } from "../domain/refund-quote.ts";
import type { AccountDeps } from "./account-deps.ts";
import { readRefundable } from "./read-refundable.ts";
import { type RefundMade, refundOrder } from "./refund-order.ts";

/** Refunds the money for the order's unused credits. The same id again is the same refund, even after the offer has ended. */
export async function requestRefund(
  deps: AccountDeps,
  asked: { refundId: RefundId; orderId: OrderId },
): Promise<RefundMade> {
  const read = await readRefundable(deps, asked.orderId);
  if (read === null) {
    return { ok: false, failure: { kind: "order_not_found" } };
  }
  const { order, refundable } = read;
  if (!refundable.refunds.some(({ id }) => id === asked.refundId)) {
    const days = deps.settings.selfServiceRefundDays;
    const offered = offerRefund(refundable, { paidAt: order.paidAt, now: deps.now(), days });
    if (!offered.ok) {
      return offered;
    }
  }
  return refundOrder(deps, {
    ...asked,
    amount: "unused",
    reason: "requested_by_customer",
    actor: "customer",
    note: null,
  });
}
