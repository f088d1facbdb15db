/** The cron's second task: compares our books with Stripe's once a day, part of it in each run. */
import { type Bindings, requireDeps } from "../deps.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../domain/instant.ts";
import { beginReconciling, goOnReconciling } from "../operations/reconcile.ts";
import type { ReconcileDeps } from "../operations/reconcile-payments.ts";
import { type Reconciliation, readLastReconciliationStart } from "../store/reconciliations.ts";
import { callAccount } from "../account/call-account.ts";

/** The hour of the day, in UTC, from which that day's comparison may begin. */
const BEGINS_AT = 3 * HOUR;
/** A run begins nothing more after this long, and the next run resumes there. */
const RUN_LASTS = 4 * MINUTE;

/**
 * Begins the day's comparison if it has not begun, and continues the one under way. It does not depend on any single run
 * of the cron: the first run after the hour begins it.
 */
export async function reconcileDaily(env: Bindings): Promise<Reconciliation | null> {
  const deps = toReconcileDeps(env, RUN_LASTS);
  const last = await readLastReconciliationStart(deps.db);
  if (last === null || last < lastBeginning(deps.now())) {
    await beginReconciling(deps);
  }
  return goOnReconciling(deps);
}

/**
 * Begins a comparison up to now at the request of staff, unless one is under way, and works on it for at most `lasts`
 * milliseconds plus the payment in progress. Null if Stripe does not answer or another run has taken the comparison on. The
 * cron continues what is left.
 */
export async function reconcileNow(env: Bindings, lasts = RUN_LASTS): Promise<Reconciliation | null> {
  const deps = toReconcileDeps(env, lasts);
  await beginReconciling(deps);
  return goOnReconciling(deps);
}

function lastBeginning(now: Instant): Instant {
  return Math.floor((now - BEGINS_AT) / DAY) * DAY + BEGINS_AT;
}

function toReconcileDeps(env: Bindings, lasts: number): ReconcileDeps {
  const deps = requireDeps(env);
  return {
    ...deps,
    settlePayment: (order, paymentIntentId) =>
      callAccount(env, order.accountId, (account) =>
        account.settlePayment(order.accountId, order.id, paymentIntentId),
      ),
    recordMoneyBack: (order) =>
      callAccount(
        env,
        order.accountId,
        async (account) => (await account.recordMoneyBack(order.accountId, order.id)) === "posted",
      ),
    recordFraudWarnings: (order) =>
      callAccount(
        env,
        order.accountId,
        async (account) => (await account.recordFraudWarnings(order.accountId, order.id)) === "settled",
      ),
    pause: (milliseconds) => scheduler.wait(milliseconds),
    deadline: deps.now() + lasts,
  };
}
