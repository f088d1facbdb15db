/** An order's refunds and disputes in JSON responses to its customer. */
import { stageOf } from "../domain/dispute.ts";
import type { MoneyBack } from "../domain/money-back.ts";
import type { Refund } from "../domain/refund.ts";

/** A refund in a JSON response. Times are ISO 8601 in UTC; money is in the currency's minor unit. */
export function toRefundJson(refund: Refund) {
  return {
    id: refund.id,
    state: refund.state,
    amount_cents: refund.amountCents,
    requested_at: new Date(refund.requestedAt).toISOString(),
  };
}

/** All refunds and disputes of an order. */
export function toMoneyBackJson({ refunds, disputes }: MoneyBack) {
  return {
    refunds: refunds.map(toRefundJson),
    disputes: disputes.map((dispute) => ({
      stage: stageOf(dispute),
      amount_cents: dispute.amountCents,
      opened_at: new Date(dispute.openedAt).toISOString(),
    })),
  };
}
