/** The cron's work: asking every account with an order long without an end to settle it, should its alarm have been lost. */
import type { Bindings } from "../deps.ts";
import { MINUTE } from "../domain/instant.ts";
import { log } from "../log.ts";
import { listAccountsWithOpenOrders } from "../store/orders.ts";
import { callAccount } from "./call-account.ts";

/** The alarm comes first; the cron looks only at what is older. */
const LEFT_TO_THE_ALARM = 2 * MINUTE;
const ACCOUNTS_A_RUN = 50;

/** Recovers the accounts whose orders have waited longest. One that fails does not keep the others from being looked at. */
export async function recoverAll(env: Bindings): Promise<void> {
  const accountIds = await listAccountsWithOpenOrders(env.DB, Date.now() - LEFT_TO_THE_ALARM, ACCOUNTS_A_RUN);
  let failed = 0;
  for (const id of accountIds) {
    await callAccount(env, id, (account) => account.recover(id)).catch(() => {
      failed += 1;
    });
  }
  log("recovered", { accounts: accountIds.length, failed });
}
