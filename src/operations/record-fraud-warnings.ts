/** Records early fraud warnings about an order, and refunds it if the operator wants that and it can still prevent a dispute. */
import type { FraudWarning } from "../domain/fraud-warning.ts";
import type { OrderId, RefundId } from "../domain/ids.ts";
import { listFraudWarnings, markFraudWarningsHandled, writeFraudWarnings } from "../store/fraud-warnings.ts";
import { findOrder } from "../store/orders.ts";
import { listFraudWarningsAtStripe } from "../stripe/disputes.ts";
import type { AccountDeps } from "./account-deps.ts";
import { recordMoneyBack } from "./record-money-back.ts";
import { refundOrder } from "./refund-order.ts";
import { hashOf } from "./secret-token.ts";

/** The actor of a refund made because of a warning. */
const FRAUD_WARNING_ACTOR = "fraud_warning";

/**
 * Reads the warnings about the order from Stripe and records them. If the operator wants it, refunds what is left of the
 * order while that can still prevent a dispute. The refund's id is derived from the warning's, so that it is made once
 * however often the warning arrives.
 */
export async function recordFraudWarnings(
  deps: AccountDeps,
  orderId: OrderId,
): Promise<"settled" | "not_paid" | "unfinished"> {
  const order = await findOrder(deps.db, orderId);
  if (order?.state !== "paid" || order.accountId !== deps.accountId) {
    return "not_paid";
  }
  const listed = await listFraudWarningsAtStripe(deps.stripe, order.paymentIntentId);
  if (!listed.answered) {
    return "unfinished";
  }
  const of = { accountId: deps.accountId, orderId };
  await writeFraudWarnings(deps.db, of, listed.value, deps.now()).run();
  const warnings = await listFraudWarnings(deps.db, orderId);
  if (!(await handle(deps, orderId, warnings))) {
    return "unfinished";
  }
  await markFraudWarningsHandled(deps.db, orderId, deps.now()).run();
  return "settled";
}

/** Does what the operator wants about the warnings that a refund still helps against; whether all of it is done. */
async function handle(
  deps: AccountDeps,
  orderId: OrderId,
  warnings: readonly FraudWarning[],
): Promise<boolean> {
  const actionable = warnings.filter(({ isActionable }) => isActionable);
  if (actionable.length === 0) {
    // It was refunded or disputed since: by us perhaps, with the answer lost.
    return (await recordMoneyBack(deps, orderId)).outcome === "posted";
  }
  if (deps.settings.refundOnFraudWarning === "no") {
    return true;
  }
  for (const warning of actionable) {
    const outcome = await refundByWarning(deps, warning);
    if (outcome !== "refused") {
      return outcome === "settled";
    }
    // A refund that was refused for one warning is not in the way of the next warning's.
  }
  return true;
}

/** What came of the warning's refund. `settled` when it is made, or there is nothing to refund. */
async function refundByWarning(
  deps: AccountDeps,
  warning: FraudWarning,
): Promise<"settled" | "refused" | "unfinished"> {
  const made = await refundOrder(deps, {
    refundId: await refundIdFor(warning),
    orderId: warning.orderId,
    amount: "left",
    reason: "fraudulent",
    actor: FRAUD_WARNING_ACTOR,
    note: warning.id,
  });
  if (!made.ok) {
    return made.failure.kind === "account_busy" ? "unfinished" : "settled";
  }
  switch (made.refund.state) {
    case "requested": {
      return "unfinished";
    }
    case "refused": {
      return "refused";
    }
    case "pending":
    case "succeeded":
    case "failed":
    case "canceled": {
      return "settled";
    }
  }
}

async function refundIdFor(warning: FraudWarning): Promise<RefundId> {
  return `rfd_${(await hashOf(warning.id)).slice(0, 32)}`;
}
