/** Records early fraud warnings about an order, and refunds it where the operator wants that and it still helps. */
import type { FraudWarning } from "../domain/fraud-warning.ts";
import type { OrderId, RefundId } from "../domain/ids.ts";
import { listFraudWarnings, markFraudWarningsHandled, writeFraudWarnings } from "../store/fraud-warnings.ts";
import { findOrder } from "../store/orders.ts";
import { listFraudWarningsAtStripe } from "../stripe/disputes.ts";
import type { AccountDeps } from "./account-deps.ts";
import { recordMoneyBack } from "./record-money-back.ts";
import { refundOrder } from "./refund-order.ts";
import { hashOf } from "./secret-token.ts";

/** Who asks for a refund that a warning brought about. */
const FRAUD_WARNING_ACTOR = "fraud_warning";

/**
 * Reads the warnings about the order from Stripe and writes them down. Where the operator wants it, whatever is left
 * of the order goes back while that still prevents a dispute; the refund's id is made from the warning's, so that it
 * is made once however often the warning comes.
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
  if (
    !(await handle(
      deps,
      orderId,
      warnings.find(({ isActionable }) => isActionable),
    ))
  ) {
    return "unfinished";
  }
  await markFraudWarningsHandled(deps.db, orderId, deps.now()).run();
  return "settled";
}

/** Does what the operator wants about the warning that a refund still helps against; whether all of it is done. */
async function handle(
  deps: AccountDeps,
  orderId: OrderId,
  actionable: FraudWarning | undefined,
): Promise<boolean> {
  if (actionable === undefined) {
    // It was refunded or disputed since: by us perhaps, with the answer lost.
    return (await recordMoneyBack(deps, orderId)).outcome === "posted";
  }
  return deps.settings.refundOnFraudWarning === "no" || refundByWarning(deps, actionable);
}

/** Whether the refund has come to an end, or there is nothing to refund. */
async function refundByWarning(deps: AccountDeps, warning: FraudWarning): Promise<boolean> {
  const made = await refundOrder(deps, {
    refundId: await refundIdFor(warning),
    orderId: warning.orderId,
    amount: "left",
    reason: "fraudulent",
    actor: FRAUD_WARNING_ACTOR,
    note: warning.id,
  });
  if (made.ok) {
    return made.refund.state !== "requested";
  }
  return made.failure.kind !== "account_busy";
}

async function refundIdFor(warning: FraudWarning): Promise<RefundId> {
  return `rfd_${(await hashOf(warning.id)).slice(0, 32)}`;
}
