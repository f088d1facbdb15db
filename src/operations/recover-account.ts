/** Recovery: finishes what was cut off in one account, and does what can wait until the customer has been answered. */
import { DAY } from "../domain/instant.ts";
import { isEnded } from "../domain/order.ts";
import { type Account, findAccount, markCustomerUpdated } from "../store/accounts.ts";
import { listCardsToDetach, markCardDetached } from "../store/cards.ts";
import { listOrdersToRecover, updateFee } from "../store/orders.ts";
import { detachCard } from "../stripe/cards.ts";
import { updateCustomer } from "../stripe/customers.ts";
import { readPaymentIntent } from "../stripe/payment-intents.ts";
import type { AccountDeps } from "./account-deps.ts";
import { ensureCustomer } from "./ask-stripe.ts";
import { settle } from "./settle-order.ts";

/** A fee still unknown this long after payment is left to reconciliation. */
const FEE_AWAITED_FOR = 7 * DAY;

/** Settles every order without an end, learns fees that were not known, and tidies. True when nothing is left to do. */
export async function recoverAccount(deps: AccountDeps): Promise<boolean> {
  const account = await findAccount(deps.db, deps.accountId);
  if (account === null) {
    return true;
  }
  let isDone = true;
  for (const order of await listOrdersToRecover(deps.db, account.id, deps.now() - FEE_AWAITED_FOR)) {
    if (order.state === "paid") {
      const read = await readPaymentIntent(deps.stripe, order.paymentIntentId);
      if (read.answered && read.value.fee !== null) {
        await updateFee(deps.db, order.id, read.value.fee);
      } else {
        isDone = false;
      }
    } else {
      const settled = await settle(deps, { order, account, asker: "recovery", facts: {} });
      isDone = isDone && isEnded(settled.order);
    }
  }
  return (await tidyAccount(deps)) && isDone;
}

/**
 * What can wait until the customer has been answered: Stripe's customer is made and told of a changed contact, and
 * cards not kept are forgotten. True when all of it is done; what is not is tried again by the alarm.
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
