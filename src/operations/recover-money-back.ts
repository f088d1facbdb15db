/** Recovers money back: unposted entries, interrupted refunds, unhandled fraud warnings, unsubmitted evidence, unsent e-mails. */
import { log } from "../log.ts";
import { listOrdersToGuard } from "../store/fraud-warnings.ts";
import { listOrdersToPost } from "../store/money-back.ts";
import { listRequestedRefunds } from "../store/refunds.ts";
import type { AccountDeps } from "./account-deps.ts";
import { recordFraudWarnings } from "./record-fraud-warnings.ts";
import { postKnown } from "./record-money-back.ts";
import { finishRefund } from "./refund-order.ts";
import { sendMails } from "./send-mails.ts";
import { recoverEvidence } from "./submit-evidence.ts";

/** True when nothing is left to do. One failure does not stop the rest. */
export async function recoverMoneyBack(deps: AccountDeps): Promise<boolean> {
  let isDone = true;
  for (const orderId of await listOrdersToPost(deps.db, deps.accountId)) {
    isDone = (await attempt(async () => (await postKnown(deps, orderId)).outcome === "posted")) && isDone;
  }
  for (const refund of await listRequestedRefunds(deps.db, deps.accountId)) {
    isDone =
      (await attempt(async () => (await finishRefund(deps, refund, false)).state !== "requested")) && isDone;
  }
  // The next alarm is already set. Watching again would start its growing delays over.
  const unwatched = { ...deps, watch: () => Promise.resolve() };
  for (const orderId of await listOrdersToGuard(deps.db, deps.accountId)) {
    isDone =
      (await attempt(async () => (await recordFraudWarnings(unwatched, orderId)) === "settled")) && isDone;
  }
  isDone = (await attempt(() => recoverEvidence(deps))) && isDone;
  return (await sendMails(deps)) && isDone;
}

async function attempt(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    log("money_back_not_recovered", { error: error instanceof Error ? error.message : "unknown" });
    return false;
  }
}
