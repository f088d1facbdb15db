/** What the Account object answers about an order: plain data, so that it crosses to the Worker intact. */
import type { Credits } from "../domain/credits.ts";
import type { Failure } from "../domain/failure.ts";
import { isEnded, type Order } from "../domain/order.ts";
import type { TraceStep } from "../domain/trace.ts";
import type { Settled } from "../operations/settle-order.ts";

/**
 * Either the order as it stands, the balance, and a client secret if Stripe wants the customer; or the failure, with the
 * order if there is one. An order answered `ok` is paid or still in progress. `trace` is what was found out about the
 * order, step by step. It is missing if, during a deploy, the object still runs an older version than the Worker.
 */
export type OrderAnswer = { trace?: TraceStep[] } & (
  | { ok: true; order: Order; balance: Credits; clientSecret: string | null }
  | { ok: false; failure: Failure; order: Order | null }
);

/** Maps the result of settling to an answer. */
export function toAnswer(settled: Settled): OrderAnswer {
  return { ...toOutcome(settled), trace: settled.trace };
}

function toOutcome(settled: Settled): OrderAnswer {
  const { order, account, clientSecret, waitingFor } = settled;
  if (settled.paymentDiffers && isEnded(order) && order.state !== "paid") {
    return { ok: false, failure: { kind: "payment_differs" }, order };
  }
  switch (order.state) {
    case "paid": {
      return { ok: true, order, balance: account.balance, clientSecret: null };
    }
    case "refused": {
      return { ok: false, failure: { kind: "card_check_failed", checkedFields: order.fields }, order };
    }
    case "declined": {
      return { ok: false, failure: { kind: "card_declined", declineCode: order.declineCode }, order };
    }
    case "abandoned": {
      const kind = settled.tokenWasUnusable ? "unusable_card_details" : "order_abandoned";
      return { ok: false, failure: { kind }, order };
    }
    case "placed":
    case "verifying":
    case "paying": {
      if (waitingFor === "stripe_unavailable") {
        return { ok: false, failure: { kind: "stripe_unavailable" }, order };
      }
      if (waitingFor === "account_busy") {
        return { ok: false, failure: { kind: "account_busy", retryAfterSeconds: 5 }, order };
      }
      return { ok: true, order, balance: account.balance, clientSecret };
    }
  }
}
