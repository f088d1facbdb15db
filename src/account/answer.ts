/** What the Account object answers about an order, as plain data that crosses between Worker and object whole. */
import type { Credits } from "../domain/credits.ts";
import type { Failure } from "../domain/failure.ts";
import type { Order } from "../domain/order.ts";
import type { TraceStep } from "../domain/trace.ts";
import type { Settled } from "../operations/settle-order.ts";

/**
 * `order` as it stands and the balance, with a client secret where Stripe wants the customer; or the failure, with
 * the order where there is one. An order answered `ok` is paid, or still on its way. `trace` is what was found of
 * the order step by step; an object that is older than its Worker, in the middle of a deploy, does not send it.
 */
export type OrderAnswer = { trace?: TraceStep[] } & (
  | { ok: true; order: Order; balance: Credits; clientSecret: string | null }
  | { ok: false; failure: Failure; order: Order | null }
);

/** Where settling came to rest, as an answer. */
export function toAnswer(settled: Settled): OrderAnswer {
  return { ...toOutcome(settled), trace: settled.trace };
}

function toOutcome(settled: Settled): OrderAnswer {
  const { order, account, clientSecret, waitingFor } = settled;
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
