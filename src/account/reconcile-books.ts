/** The cron's second work: comparing our books with Stripe's once a day, a part of it each run. */
import { type Bindings, createDeps } from "../deps.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../domain/instant.ts";
import { beginReconciling, goOnReconciling } from "../operations/reconcile.ts";
import type { ReconcileDeps } from "../operations/reconcile-payments.ts";
import { type Reconciliation, readLastReconciliationStart } from "../store/reconciliations.ts";
import { callAccount } from "./call-account.ts";

/** The hour of the day, in UTC, from which that day's comparison may begin. */
const BEGINS_AT = 3 * HOUR;
/** A run stops after this long, and the next goes on where it stopped. */
const RUN_LASTS = 4 * MINUTE;

/**
 * Begins the day's comparison unless it has begun, and goes on with the one under way. It hangs on no single run of
 * the cron: whichever comes first after the hour begins it.
 */
export async function reconcileDaily(env: Bindings): Promise<Reconciliation | null> {
  const deps = toReconcileDeps(env);
  const last = await readLastReconciliationStart(deps.db);
  if (last === null || last < lastBeginning(deps.now())) {
    await beginReconciling(deps);
  }
  return goOnReconciling(deps, deps.now() + RUN_LASTS);
}

/**
 * Compares everything up to now, because somebody asks, for `lasts` milliseconds at most and the page it is at. Null
 * where Stripe does not answer. What is left the cron goes on with.
 */
export async function reconcileNow(env: Bindings, lasts = RUN_LASTS): Promise<Reconciliation | null> {
  const deps = toReconcileDeps(env);
  await beginReconciling(deps);
  return goOnReconciling(deps, deps.now() + lasts);
}

function lastBeginning(now: Instant): Instant {
  return Math.floor((now - BEGINS_AT) / DAY) * DAY + BEGINS_AT;
}

function toReconcileDeps(env: Bindings): ReconcileDeps {
  const created = createDeps(env);
  if (!created.ok) {
    throw new Error(`The setting ${created.setting} is missing or malformed`);
  }
  return {
    ...created.deps,
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
  };
}
