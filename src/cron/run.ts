/** What the cron does every few minutes: recovery, its part of the day's reconciliation, and deleting what is old. */
import { type Bindings, requireDeps } from "../deps.ts";
import { log } from "../log.ts";
import { forgetOld } from "../operations/forget-old.ts";
import { stopSpending } from "../operations/stop-spending.ts";
import { recoverAll } from "./recover.ts";
import { reconcileDaily } from "./reconcile.ts";

/** Runs all of them. If one fails, the others still run, but the run counts as failed. */
export async function runCron(env: Bindings): Promise<void> {
  const results = [
    await settle(recoverAll(env)),
    await settle(reconcileDaily(env)),
    await settle(followSettings(env)),
    await settle(forgetOld(env.DB, Date.now())),
  ];
  const failures = results.filter((result) => result.status === "rejected");
  for (const { reason } of failures) {
    log("cron_failed", { error: reason instanceof Error ? reason.message : "unknown" });
  }
  if (failures.length > 0) {
    throw new Error("The cron could not do all of its work");
  }
}

async function followSettings(env: Bindings): Promise<void> {
  await stopSpending(requireDeps(env));
}

async function settle(work: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}
