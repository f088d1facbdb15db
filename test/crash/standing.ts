/** What Stripe has and what our books have, side by side, and every way in which they could be wrong. */
import { env } from "cloudflare:workers";
import type Stripe from "stripe";
import type { OrderState } from "../../src/domain/order.ts";
import { stripe } from "../stand-in/stripe/support.ts";
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

/** Both sides, as they stand now, by account. */
export type Standing = {
  payments: Map<string, Stripe.PaymentIntent[]>;
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
    payments: Map.groupBy(payments, ({ metadata }) => metadata["account_id"] ?? ""),
    orders: Map.groupBy(orders, (row) => row.account_id),
    entries: Map.groupBy(entries, (row) => row.account_id),
    accounts: new Map(accounts.map((row) => [row.id, row])),
  };
}

/**
 * What is wrong with one purchase's money: paid at Stripe and not credited once, credited and not paid, charged
 * after a failed check, a balance that is not its entries. Nothing of this may ever be wrong once a path has had its turns.
 */
export function wrongMoney({ accountId, kind }: Purchase, standing: Standing): string[] {
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
  const isRefused = kind.ends === "refused";
  if (isRefused && payments.some(isCharged)) {
    wrong.push("charged after a failed check");
  }
  const sum = entries.reduce((total, { credits }) => total + credits, 0);
  if (account === undefined || account.balance !== sum || account.remaining !== sum) {
    wrong.push("the balance is not the sum of the entries");
  }
  return wrong;
}

/** What is left unfinished: an order without an end, money set aside, a payment that waits for a customer who has gone. */
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

/** Where the purchase's own order stands; null where the crash came before it was written. */
export function endOf({ accountId, placing }: Purchase, standing: Standing): OrderState | null {
  return standing.orders.get(accountId)?.find(({ id }) => id === placing.orderId)?.state ?? null;
}

/** Cards that Stripe still has for the customer and we do not, or the other way round. */
export async function cardsThatDiffer({ accountId }: Purchase, standing: Standing): Promise<string[]> {
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
  return atStripe.join() === ours.join()
    ? []
    : [`Stripe keeps ${atStripe.length} cards and we ${ours.length}`];
}

function isCharged(payment: Stripe.PaymentIntent): boolean {
  const { latest_charge: charge } = payment;
  return payment.status === "succeeded" || (typeof charge === "object" && charge !== null && charge.captured);
}

async function rows<Row>(sql: string, value: string): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql).bind(value).all<Row>();
  return results;
}
