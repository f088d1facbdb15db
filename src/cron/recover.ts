/** The cron's first task: asks every account with something unfinished to finish it, in case its alarm was lost. */
import type { Bindings } from "../deps.ts";
import type { AccountId } from "../domain/ids.ts";
import { type Instant, MINUTE, SECOND } from "../domain/instant.ts";
import { log } from "../log.ts";
import { beginCronRun, type CronCounts, updateCronRun } from "../store/cron-runs.ts";
import { listUnfinishedAccounts } from "../store/unfinished.ts";
import { callAccount } from "../account/call-account.ts";

/** The alarm comes first. The cron looks only at orders, refunds and the like that are older than this. */
const LEFT_TO_THE_ALARM = 2 * MINUTE;
const ACCOUNTS_A_PAGE = 50;
/** A run starts on no further account after this long, and the next run resumes there. Runs begin five minutes apart. */
const RUN_LASTS = 3 * MINUTE;
/** Progress is written at most this often, because D1 takes only 1,000 queries per run of a Worker. */
const REPORTED_EVERY = 5 * SECOND;

/**
 * Recovers every account with something unfinished, for at most `lasts` milliseconds plus the account in progress.
 * Records what was looked at, settled, and failed to settle. It does so as it goes, so that a run that is killed leaves
 * a report and the place to resume at.
 */
export async function recoverAll(env: Bindings, lasts = RUN_LASTS): Promise<CronCounts> {
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
  let reportedAt = startedAt;
  let isOutOfTime = false;
  for await (const accountId of unfinishedAccounts(env.DB, startedAt - LEFT_TO_THE_ALARM, after)) {
    isOutOfTime = Date.now() >= startedAt + lasts;
    if (isOutOfTime) {
      break;
    }
    await recoverOne(env, accountId, counts);
    counts.stoppedAfter = accountId;
    if (Date.now() >= reportedAt + REPORTED_EVERY) {
      reportedAt = Date.now();
      await updateCronRun(env.DB, id, counts, null);
    }
  }
  if (!isOutOfTime) {
    counts.stoppedAfter = null;
  }
  await updateCronRun(env.DB, id, counts, Date.now());
  const { stoppedAfter, ...counted } = counts;
  log("recovered", { ...counted, finished: stoppedAfter === null });
  return counts;
}

/** Yields every account with something unfinished whose id comes after `after`, read a page at a time. */
async function* unfinishedAccounts(
  db: D1Database,
  placedBefore: Instant,
  after: string | null,
): AsyncGenerator<AccountId> {
  let page: AccountId[];
  let last: string | undefined = after ?? "";
  do {
    page = await listUnfinishedAccounts(db, { placedBefore, after: last, limit: ACCOUNTS_A_PAGE });
    yield* page;
    last = page.at(-1);
  } while (last !== undefined && page.length === ACCOUNTS_A_PAGE);
}

/** Recovers one account. A failure is counted and logged, and does not stop the others. */
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
