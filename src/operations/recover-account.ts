/** Recovery: finishes interrupted work in one account, and does what can wait until the customer has been answered. */
import { DAY } from "../domain/instant.ts";
import { isEnded, type Order } from "../domain/order.ts";
import { log } from "../log.ts";
import { type Account, findAccount, markCustomerUpdated } from "../store/accounts.ts";
import { listCardsToDetach, markCardDetached } from "../store/cards.ts";
import { updateFee } from "../store/order-changes.ts";
import { listOrdersToRecover } from "../store/unfinished.ts";
import { detachCard } from "../stripe/cards.ts";
import { updateCustomer } from "../stripe/customers.ts";
import { readPaymentIntent } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { ensureCustomer } from "./ask-stripe.ts";
import { recoverMoneyBack } from "./recover-money-back.ts";
import { settle } from "./settle-order.ts";

/** A fee still unknown this long after payment is left to reconciliation. */
const FEE_AWAITED_FOR = 7 * DAY;

/** What recovery did in one account: how many orders were settled, still wait, or failed; and whether nothing is left to do. */
export type Recovered = { settled: number; waiting: number; failed: number; isDone: boolean };

/**
 * Settles every order that has not ended, reads missing fees, finishes money back, and tidies. An order that fails does
 * not stop the others.
 */
export async function recoverAccount(deps: AccountDeps): Promise<Recovered> {
  const recovered: Recovered = { settled: 0, waiting: 0, failed: 0, isDone: true };
  const account = await findAccount(deps.db, deps.accountId);
  if (account === null) {
    return recovered;
  }
  for (const order of await listOrdersToRecover(deps.db, account.id, deps.now() - FEE_AWAITED_FOR)) {
    try {
      recovered[(await recoverOrder(deps, account, order)) ? "settled" : "waiting"] += 1;
    } catch (error) {
      recovered.failed += 1;
      log("order_not_recovered", {
        order: order.id,
        error: error instanceof Error ? error.message : "unknown",
      });
    }
  }
  const isBack = await recoverMoneyBack(deps);
  const isTidy = await tidyAccount(deps);
  return { ...recovered, isDone: isBack && isTidy && recovered.waiting === 0 && recovered.failed === 0 };
}

/** Settles an unpaid order, or reads a paid order's fee. True if the order has ended, or the fee is now known. */
async function recoverOrder(deps: AccountDeps, account: Account, order: Order): Promise<boolean> {
  if (order.state !== "paid") {
    const settled = await settle(deps, { order, account, asker: "recovery", facts: {} });
    return isEnded(settled.order);
  }
  const read = await readPaymentIntent(deps.stripe, order.paymentIntentId);
  if (!read.answered || read.value.fee === null) {
    return false;
  }
  await updateFee(deps.db, order.id, read.value.fee);
  return true;
}

/**
 * Does what can wait until the customer has been answered: creates the Stripe customer, sends it changed contact
 * details, and detaches cards that are not kept. True when all of it is done; the alarm retries the rest.
 */
export async function tidyAccount(deps: AccountDeps): Promise<boolean> {
  const account = await findAccount(deps.db, deps.accountId);
  if (account === null) {
    return true;
  }
  const customerIsTold = await tellCustomer(deps, account);
  let cardsAreGone = true;
  for (const paymentMethodId of await listCardsToDetach(deps.db, account.id)) {
    const answer = await detachCard(deps.stripe, paymentMethodId);
    if (answer.answered) {
      await markCardDetached(deps.db, paymentMethodId);
    } else {
      cardsAreGone = false;
    }
  }
  return customerIsTold && cardsAreGone;
}

async function tellCustomer(deps: AccountDeps, account: Account): Promise<boolean> {
  const customer = await ensureCustomer(deps, account);
  if (!customer.answered) {
    return false;
  }
  if (!account.customerIsStale) {
    return true;
  }
  const { email, name, phone, billingAddress: address } = account;
  const answer = await updateCustomer(deps.stripe, customer.value, { email, name, phone, address });
  if (answer.answered) {
    await markCustomerUpdated(deps.db, account);
  }
  return answer.answered;
}
