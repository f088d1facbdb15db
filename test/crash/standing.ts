/** What Stripe has and what our books have, side by side, and every way in which that can be wrong. */
import { env } from "cloudflare:workers";
import type Stripe from "stripe";
import type { OrderState } from "../../src/domain/order.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import {
  type FailedAtVerification,
  hasFailedCheck,
  isCharged,
  isChargedDespiteFailedCheck,
  readFailedVerifications,
} from "../support/failed-checks.ts";
import type { Purchase } from "./purchases.ts";

type OrderRow = {
  id: string;
  account_id: string;
  state: OrderState;
  credits: number;
  amount_cents: number;
  payment_intent_id: string | null;
  receipts: number;
};
type EntryRow = {
  account_id: string;
  kind: string;
  credits: number;
  order_id: string | null;
  source_id: string;
};
type AccountRow = {
  id: string;
  balance: number;
  last_seq: number;
  remaining: number;
  stripe_customer_id: string | null;
};

/** Both sides as they are now, by account. */
export type Standing = {
  payments: Map<string, Stripe.PaymentIntent[]>;
  failedAtVerification: FailedAtVerification;
  orders: Map<string, OrderRow[]>;
  entries: Map<string, EntryRow[]>;
  accounts: Map<string, AccountRow>;
};

/** Reads both sides of these purchases' accounts. */
export async function readStanding(purchases: readonly Purchase[]): Promise<Standing> {
  const ids = JSON.stringify(purchases.map(({ accountId }) => accountId));
  const [orders, entries, accounts] = await Promise.all([
    rows<OrderRow>(
      `SELECT id, account_id, state, credits, amount_cents, payment_intent_id,
              (SELECT COUNT(*) FROM receipts WHERE order_id = orders.id) AS receipts
       FROM orders WHERE account_id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
    rows<EntryRow>(
      `SELECT account_id, kind, credits, order_id, source_id
       FROM ledger_entries WHERE account_id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
    rows<AccountRow>(
      `SELECT id, balance, last_seq, stripe_customer_id,
              (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = accounts.id) AS remaining
       FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
  ]);
  const payments: Stripe.PaymentIntent[] = [];
  for await (const intent of stripe.paymentIntents.list({ limit: 100, expand: ["data.latest_charge"] })) {
    payments.push(intent);
  }
  return {
    failedAtVerification: await readFailedVerifications(),
    payments: Map.groupBy(payments, ({ metadata }) => metadata["account_id"] ?? ""),
    orders: Map.groupBy(orders, (row) => row.account_id),
    entries: Map.groupBy(entries, (row) => row.account_id),
    accounts: new Map(accounts.map((row) => [row.id, row])),
  };
}

/**
 * What is wrong with one purchase's money: paid at Stripe but not credited once, credited but not paid, charged after a
 * failed check, or a balance that is not the sum of its entries. None of this may be wrong once a path has had its turns.
 */
export function wrongMoney({ accountId, kind, placing }: Purchase, standing: Standing): string[] {
  const wrong: string[] = [];
  const payments = standing.payments.get(accountId) ?? [];
  const orders = standing.orders.get(accountId) ?? [];
  const entries = standing.entries.get(accountId) ?? [];
  const account = standing.accounts.get(accountId);
  for (const payment of payments.filter(({ status }) => status === "succeeded")) {
    const credited = entries.filter(({ source_id: source }) => source === payment.id);
    if (credited.length !== 1) {
      wrong.push(`a succeeded payment is credited ${credited.length} times`);
    }
  }
  for (const order of orders) {
    const own = payments.filter(({ metadata }) => metadata["order_id"] === order.id);
    const purchases = entries.filter((entry) => entry.kind === "purchase" && entry.order_id === order.id);
    const paid = own.filter(({ status }) => status === "succeeded");
    if (paid.length > 1) {
      wrong.push("an order is charged more than once");
    }
    if ((order.state === "paid") !== (purchases.length === 1) || purchases.length > 1) {
      wrong.push(`an order is ${order.state} with ${purchases.length} purchases`);
    }
    if (order.state === "paid" && paid[0]?.id !== order.payment_intent_id) {
      wrong.push("an order is paid by no payment of Stripe's");
    }
    if (order.state === "paid" && paid[0]?.amount_received !== order.amount_cents) {
      wrong.push("an order is paid with another amount");
    }
    if (order.receipts !== (order.state === "paid" ? 1 : 0)) {
      wrong.push(`an order that is ${order.state} has ${order.receipts} receipts`);
    }
  }
  if (payments.some((payment) => isChargedDespiteFailedCheck(payment, standing.failedAtVerification))) {
    wrong.push("charged after a failed check");
  }
  if (!kind.chargeFailsCheck && payments.some((payment) => isCharged(payment) && hasFailedCheck(payment))) {
    wrong.push("charged with a failed check");
  }
  const ofOrder = payments.filter(({ metadata }) => metadata["order_id"] === placing.orderId);
  if (kind.ends === "refused" && ofOrder.some(isCharged)) {
    wrong.push("charged, though it was to be refused");
  }
  const sum = entries.reduce((total, { credits }) => total + credits, 0);
  if (account === undefined || account.balance !== sum || account.remaining !== sum) {
    wrong.push("the balance is not the sum of the entries");
  }
  return wrong;
}

/** What is left unfinished: an order without an end, an authorisation, or a payment that waits for a customer who has gone. */
export function leftOpen({ accountId }: Purchase, standing: Standing): string[] {
  const orders = standing.orders.get(accountId) ?? [];
  const payments = standing.payments.get(accountId) ?? [];
  return [
    ...orders
      .filter(({ state }) => state === "placed" || state === "verifying" || state === "paying")
      .map(({ state }) => `an order is still ${state}`),
    ...payments
      .filter(({ status }) => status === "requires_capture" || status === "requires_action")
      .map(({ status }) => `a payment is left as ${status}`),
  ];
}

/** The state of the purchase's own order; null if the crash came before it was written. */
export function endOf({ accountId, placing }: Purchase, standing: Standing): OrderState | null {
  return standing.orders.get(accountId)?.find(({ id }) => id === placing.orderId)?.state ?? null;
}

/** Whether the purchase's own order is paid by a charge that came back with a failed check. */
export function isPaidWithFailedCheck({ accountId, placing }: Purchase, standing: Standing): boolean {
  const order = standing.orders.get(accountId)?.find(({ id }) => id === placing.orderId);
  const payment = standing.payments.get(accountId)?.find(({ id }) => id === order?.payment_intent_id);
  return order?.state === "paid" && payment !== undefined && hasFailedCheck(payment);
}

/**
 * Cards that Stripe still has for the customer and we do not, or the reverse; or a card that either still has although
 * it failed a check or was not to be saved.
 */
export async function wrongCards(purchase: Purchase, standing: Standing): Promise<string[]> {
  const { accountId, kind } = purchase;
  const customer = standing.accounts.get(accountId)?.stripe_customer_id ?? null;
  if (customer === null) {
    return [];
  }
  const [{ data }, saved] = await Promise.all([
    stripe.customers.listPaymentMethods(customer),
    rows<{ id: string }>(
      "SELECT payment_method_id AS id FROM cards WHERE account_id = ?1 AND saved = 1",
      accountId,
    ),
  ]);
  const atStripe = data.map(({ id }) => id).toSorted();
  const ours = saved.map(({ id }) => id).toSorted();
  const isToBeForgotten =
    !kind.saves || isPaidWithFailedCheck(purchase, standing) || endOf(purchase, standing) === "refused";
  const isForgotten = atStripe.length === 0 && ours.length === 0;
  return atStripe.join() === ours.join() && (isForgotten || !isToBeForgotten)
    ? []
    : [`Stripe keeps ${atStripe.length} cards and we ${ours.length}`];
}

async function rows<Row>(sql: string, value: string): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql).bind(value).all<Row>();
  return results;
}
