/** The steps of settling that ask Stripe: each performed once, and its answer added to the facts. */
import type { Facts } from "../domain/facts.ts";
import { invariant } from "../domain/invariant.ts";
import type { Step } from "../domain/next-step.ts";
import type { Order } from "../domain/order.ts";
import { type Account, forgetStripeCustomer, keepStripeCustomer } from "../store/accounts.ts";
import type { Answer } from "../stripe/ask.ts";
import { createCustomer } from "../stripe/customers.ts";
import {
  capturePaymentIntent,
  confirmPaymentIntent,
  createPaymentIntent,
  findPaymentIntent,
  readPaymentIntent,
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

/** What Stripe answers to one step: the facts learnt, and the account, which may have got its customer on the way. */
export async function askStripe(
  deps: AccountDeps,
  order: Order,
  account: Account,
  step: AskStep,
): Promise<Answer<{ facts: Facts; account: Account }>> {
  const { stripe } = deps;
  switch (step.do) {
    case "create_setup": {
      return createSetup(deps, order, account);
    }
    case "read_setup": {
      return learn(account, "setup", await readSetupIntent(stripe, step.setupIntentId));
    }
    case "find_setup": {
      return learn(
        account,
        "setup",
        await findForCustomer(account, order, (of) => findSetupIntent(stripe, of)),
      );
    }
    case "cancel_setup": {
      return learn(account, "setup", await cancelSetupIntent(stripe, step.setupIntentId));
    }
    case "create_payment": {
      return learn(account, "payment", await createPayment(deps, order, account, step.capture));
    }
    case "confirm_payment": {
      const { paymentIntentId, paymentMethodId } = step;
      const returnUrl = returnUrlOf(deps, order);
      return learn(
        account,
        "payment",
        await confirmPaymentIntent(stripe, paymentIntentId, { paymentMethodId, returnUrl }),
      );
    }
    case "read_payment": {
      return learn(account, "payment", await readPaymentIntent(stripe, step.paymentIntentId));
    }
    case "find_payment": {
      return learn(
        account,
        "payment",
        await findForCustomer(account, order, (of) => findPaymentIntent(stripe, of)),
      );
    }
    case "capture": {
      return learn(account, "payment", await capturePaymentIntent(stripe, step.paymentIntentId));
    }
    case "void": {
      return learn(account, "payment", await voidPaymentIntent(stripe, step.paymentIntentId));
    }
  }
}

/** The account's customer at Stripe: made now, where the account has none. */
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

async function createSetup(
  deps: AccountDeps,
  order: Order,
  account: Account,
): Promise<Answer<{ facts: Facts; account: Account }>> {
  invariant(order.payWith.kind === "new_card", "only a new card is verified");
  const { confirmationToken, saveCard } = order.payWith;
  const customer = await ensureCustomer(deps, account);
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
    // Deleted at Stripe. The next run, with the same order and token, makes another.
    await forgetStripeCustomer(deps.db, account.id, customer.value);
    return { answered: false };
  }
  return learn({ ...account, stripeCustomerId: customer.value }, "setup", { answered: true, value });
}

function createPayment(
  deps: AccountDeps,
  order: Order,
  account: Account,
  capture: "automatic" | "manual",
): ReturnType<typeof createPaymentIntent> {
  const { card } = order;
  invariant(card !== null && account.stripeCustomerId !== null, "a card is charged for a customer");
  return createPaymentIntent(deps.stripe, {
    orderId: order.id,
    accountId: order.accountId,
    customerId: account.stripeCustomerId,
    paymentMethodId: card.paymentMethodId,
    amountCents: order.amountCents,
    currency: order.currency,
    capture,
    description: `${order.credits} API credits`,
    receiptEmail: account.email,
    returnUrl: returnUrlOf(deps, order),
  });
}

/** Where a bank's page would lead back to, should a challenge leave the page. */
function returnUrlOf(deps: AccountDeps, order: Order): string {
  return `${deps.settings.publicUrl}/account?order=${order.id}`;
}

/** Looks through the customer's list; an account without a customer has nothing at Stripe. */
async function findForCustomer<T>(
  account: Account,
  order: Order,
  find: (of: { orderId: Order["id"]; customerId: string; placedAt: number }) => Promise<Answer<T | null>>,
): Promise<Answer<T | null>> {
  return account.stripeCustomerId === null
    ? { answered: true, value: null }
    : find({ orderId: order.id, customerId: account.stripeCustomerId, placedAt: order.placedAt });
}

function learn<K extends "setup" | "payment">(
  account: Account,
  about: K,
  answer: Answer<Exclude<Facts[K], undefined>>,
): Answer<{ facts: Facts; account: Account }> {
  return answer.answered ? { answered: true, value: { facts: { [about]: answer.value }, account } } : answer;
}
