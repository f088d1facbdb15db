/** The cron's first work: asking every account with something unfinished to finish it, should its alarm have been lost. */
import type { Bindings } from "../deps.ts";
import type { AccountId } from "../domain/ids.ts";
import { MINUTE } from "../domain/instant.ts";
import { log } from "../log.ts";
import { beginCronRun, type CronCounts, finishCronRun } from "../store/cron-runs.ts";
import { listUnfinishedAccounts } from "../store/unfinished.ts";
import { callAccount } from "./call-account.ts";

/** The alarm comes first; the cron looks only at orders older than this. */
const LEFT_TO_THE_ALARM = 2 * MINUTE;
const ACCOUNTS_A_PAGE = 50;
/** A run stops after this long, and the next goes on where it stopped; they begin five minutes apart. */
const RUN_LASTS = 3 * MINUTE;

/** Recovers every account with something unfinished, and records what was looked at, settled, and could not be. */
export async function recoverAll(env: Bindings): Promise<CronCounts> {
  const startedAt = Date.now();
  const { id, after } = await beginCronRun(env.DB, startedAt);
  const counts: CronCounts = {
    accountsLookedAt: 0,
    accountsFailed: 0,
    ordersLookedAt: 0,
    ordersSettled: 0,
    ordersWaiting: 0,
    ordersFailed: 0,
    stoppedAfter: after,
  };
  let page: AccountId[];
  do {
    page = await listUnfinishedAccounts(env.DB, {
      placedBefore: startedAt - LEFT_TO_THE_ALARM,
      after: counts.stoppedAfter ?? "",
      limit: ACCOUNTS_A_PAGE,
    });
    for (const accountId of page) {
      await recoverOne(env, accountId, counts);
      counts.stoppedAfter = accountId;
    }
  } while (page.length === ACCOUNTS_A_PAGE && Date.now() < startedAt + RUN_LASTS);
  if (page.length < ACCOUNTS_A_PAGE) {
    counts.stoppedAfter = null;
  }
  await finishCronRun(env.DB, id, counts, Date.now());
  const { stoppedAfter, ...counted } = counts;
  log("recovered", { ...counted, finished: stoppedAfter === null });
  return counts;
}

/** One that fails does not keep the others from being looked at. */
async function recoverOne(env: Bindings, accountId: AccountId, counts: CronCounts): Promise<void> {
  counts.accountsLookedAt += 1;
  try {
    const { settled, waiting, failed } = await callAccount(env, accountId, async (account) =>
      account.recover(accountId),
    );
    counts.ordersLookedAt += settled + waiting + failed;
    counts.ordersSettled += settled;
    counts.ordersWaiting += waiting;
    counts.ordersFailed += failed;
  } catch (error) {
    counts.accountsFailed += 1;
    log("account_not_recovered", {
      account: accountId,
      error: error instanceof Error ? error.message : "unknown",
    });
  }
}
