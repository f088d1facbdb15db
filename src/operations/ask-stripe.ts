/** The steps of settling that ask Stripe: performs one, and answers the facts learnt from it. */
import type { Facts } from "../domain/facts.ts";
import { invariant } from "../domain/invariant.ts";
import type { Step } from "../domain/next-step.ts";
import type { Order } from "../domain/order.ts";
import { type Account, clearStripeCustomer, keepStripeCustomer } from "../store/accounts.ts";
import { clearCustomerOfOrder, keepCustomerOfOrder } from "../store/order-changes.ts";
import type { Answer } from "../stripe/ask.ts";
import { createCustomer } from "../stripe/customers.ts";
import {
  capturePaymentIntent,
  confirmPaymentIntent,
  createPaymentIntent,
  findPaymentIntent,
  readPaymentIntent,
  type SearchedOrder,
  voidPaymentIntent,
} from "../stripe/payment-intents.ts";
import {
  cancelSetupIntent,
  createSetupIntent,
  findSetupIntent,
  readSetupIntent,
} from "../stripe/setup-intents.ts";
import type { AccountDeps } from "./account-deps.ts";

const QUESTIONS = [
  "create_setup",
  "read_setup",
  "find_setup",
  "cancel_setup",
  "create_payment",
  "confirm_payment",
  "read_payment",
  "find_payment",
  "capture",
  "void",
] as const;

export type AskStep = Extract<Step, { do: (typeof QUESTIONS)[number] }>;

/** Whether a step asks Stripe, rather than changing the order. */
export function isAskStep(step: Step): step is AskStep {
  return QUESTIONS.some((question) => question === step.do);
}

/** Performs one step at Stripe, and answers the facts learnt. */
export async function askStripe(
  deps: AccountDeps,
  order: Order,
  account: Account,
  step: AskStep,
): Promise<Answer<Facts>> {
  const { stripe } = deps;
  switch (step.do) {
    case "create_setup": {
      return createSetup(deps, order, account);
    }
    case "read_setup": {
      return learn("setup", await readSetupIntent(stripe, step.setupIntentId));
    }
    case "find_setup": {
      return learn("setup", await findForCustomer(account, order, (of) => findSetupIntent(stripe, of)));
    }
    case "cancel_setup": {
      return learn("setup", await cancelSetupIntent(stripe, step.setupIntentId));
    }
    case "create_payment": {
      return learn("payment", await createPayment(deps, order, account, step.capture));
    }
    case "confirm_payment": {
      const { paymentIntentId, paymentMethodId } = step;
      const returnUrl = returnUrlOf(deps, order);
      return learn(
        "payment",
        await confirmPaymentIntent(stripe, paymentIntentId, { paymentMethodId, returnUrl }),
      );
    }
    case "read_payment": {
      return learn("payment", await readPaymentIntent(stripe, step.paymentIntentId));
    }
    case "find_payment": {
      return learn("payment", await findForCustomer(account, order, (of) => findPaymentIntent(stripe, of)));
    }
    case "capture": {
      return learn("payment", await capturePaymentIntent(stripe, step.paymentIntentId));
    }
    case "void": {
      return learn("payment", await voidPaymentIntent(stripe, step.paymentIntentId));
    }
  }
}

/** The account's Stripe customer id; the customer is created now if the account has none. */
export async function ensureCustomer(
  deps: Pick<AccountDeps, "stripe" | "db" | "now">,
  account: Account,
): Promise<Answer<string>> {
  if (account.stripeCustomerId !== null) {
    return { answered: true, value: account.stripeCustomerId };
  }
  const created = await createCustomer(deps.stripe, account, deps.now());
  return created.answered
    ? { answered: true, value: await keepStripeCustomer(deps.db, account.id, created.value) }
    : created;
}

/**
 * The Stripe customer that the order's intents belong to, stored with the order before the first is created. It stays the
 * same if the account gets another, so that an intent whose answer was lost can still be found.
 */
async function ensureCustomerOfOrder(
  deps: AccountDeps,
  order: Order,
  account: Account,
): Promise<Answer<string>> {
  if (order.stripeCustomerId !== null) {
    return { answered: true, value: order.stripeCustomerId };
  }
  const customer = await ensureCustomer(deps, account);
  return customer.answered
    ? { answered: true, value: await keepCustomerOfOrder(deps.db, order.id, customer.value) }
    : customer;
}

async function createSetup(deps: AccountDeps, order: Order, account: Account): Promise<Answer<Facts>> {
  invariant(order.payWith.kind === "new_card", "only a new card is verified");
  const { confirmationToken, saveCard } = order.payWith;
  const customer = await ensureCustomerOfOrder(deps, order, account);
  if (!customer.answered) {
    return customer;
  }
  const answer = await createSetupIntent(deps.stripe, {
    orderId: order.id,
    accountId: order.accountId,
    customerId: customer.value,
    confirmationToken,
    keepCard: saveCard,
    returnUrl: returnUrlOf(deps, order),
  });
  if (!answer.answered) {
    return answer;
  }
  const { value } = answer;
  if (value === "unknown_customer") {
    // The customer was deleted at Stripe. The next run, with the same order and token, creates another.
    await deps.db.batch([
      clearStripeCustomer(deps.db, account.id, customer.value),
      clearCustomerOfOrder(deps.db, order.id, customer.value),
    ]);
    return { answered: false };
  }
  return learn("setup", { answered: true, value });
}

async function createPayment(
  deps: AccountDeps,
  order: Order,
  account: Account,
  capture: "automatic" | "manual",
): ReturnType<typeof createPaymentIntent> {
  const { card } = order;
  invariant(card !== null, "only a known card is charged");
  // An order by saved card may have none yet, if Stripe's was found to be deleted just before it was placed.
  const customer = await ensureCustomerOfOrder(deps, order, account);
  if (!customer.answered) {
    return customer;
  }
  return createPaymentIntent(deps.stripe, {
    orderId: order.id,
    accountId: order.accountId,
    customerId: customer.value,
    paymentMethodId: card.paymentMethodId,
    amountCents: order.amountCents,
    currency: order.currency,
    capture,
    description: `${order.credits} API credits`,
    receiptEmail: account.email,
    returnUrl: returnUrlOf(deps, order),
  });
}

/** Where the bank sends the customer back to if a challenge leaves our page. */
function returnUrlOf(deps: AccountDeps, order: Order): string {
  return `${deps.settings.publicUrl}/account?order=${order.id}`;
}

/** Searches the lists of the order's customer. Without a customer there is nothing at Stripe. */
async function findForCustomer<T>(
  account: Account,
  order: Order,
  find: (of: SearchedOrder) => Promise<Answer<T | null>>,
): Promise<Answer<T | null>> {
  const customerId = order.stripeCustomerId ?? account.stripeCustomerId;
  const { id: orderId, placedAt, amountCents, currency } = order;
  return customerId === null
    ? { answered: true, value: null }
    : find({ orderId, customerId, placedAt, amountCents, currency });
}

function learn<K extends "setup" | "payment">(
  about: K,
  answer: Answer<Exclude<Facts[K], undefined>>,
): Answer<Facts> {
  return answer.answered ? { answered: true, value: { [about]: answer.value } } : answer;
}
