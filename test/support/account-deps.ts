/** What operations on a customer's account need, as its object has it: for tests that put something in their way. */
import { env } from "cloudflare:workers";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import { createDeps } from "../../src/deps.ts";
import { isAccountId, isOrderId, type OrderId } from "../../src/domain/ids.ts";
import type { AccountDeps, TakeTurn } from "../../src/operations/account-deps.ts";
import type { Customer } from "./customer.ts";

/** The dependencies of an object that has taken the place of the account's own. `held` is done before each turn is taken. */
export async function accountDepsOf(
  customer: Customer,
  held: () => Promise<void> = () => Promise.resolve(),
): Promise<AccountDeps> {
  const created = createDeps(env);
  const { account } = await customer.account();
  if (!created.ok || !isAccountId(account.id)) {
    throw new Error("The product is not set up");
  }
  const { deps } = created;
  const queue = createQueue({ maxWaiting: 10, maxWaitMilliseconds: 1000, maxWorkMilliseconds: 1000 });
  const takeTurn: TakeTurn = async (work) => {
    await held();
    return queue(work);
  };
  return {
    ...deps,
    accountId: account.id,
    takeTurn,
    watch: () => Promise.resolve(),
    ...openLedger(deps.db, account.id, takeTurn, deps),
  };
}

/** An order's id, as operations take it. */
export function toOrderId(id: string): OrderId {
  if (!isOrderId(id)) {
    throw new Error(`${id} is no order's id`);
  }
  return id;
}
