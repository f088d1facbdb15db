/** Recovery of what went back: refunds cut off in the middle, entries not posted, warnings not acted on, evidence not submitted, mails not sent. */
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

/** True when nothing is left to do. One thing that fails does not keep the others from being done. */
export async function recoverMoneyBack(deps: AccountDeps): Promise<boolean> {
  let isDone = true;
  for (const orderId of await listOrdersToPost(deps.db, deps.accountId)) {
    isDone = (await attempt(async () => (await postKnown(deps, orderId)).outcome === "posted")) && isDone;
  }
  for (const refund of await listRequestedRefunds(deps.db, deps.accountId)) {
    isDone =
      (await attempt(async () => (await finishRefund(deps, refund, false)).state !== "requested")) && isDone;
  }
  // Whoever looks has set the next look already, and longer pauses between looks are not to begin anew.
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
