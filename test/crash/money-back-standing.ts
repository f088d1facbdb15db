/** What Stripe says went back and what our books say, side by side, and every way in which they could be wrong. */
import { env } from "cloudflare:workers";
import type Stripe from "stripe";
import { stripe } from "../stand-in/stripe/support.ts";
import type { MoneyBack } from "./money-back.ts";

type OrderRow = { id: string; state: string; credits: number; amount_cents: number; taken: number };
type RefundRow = { id: string; order_id: string; state: string; amount_cents: number; actor: string };
type DisputeRow = { order_id: string; status: string; amount_cents: number };
type AccountRow = {
  id: string;
  balance: number;
  sum: number;
  remaining: number;
  unposted: number;
  unsent: number;
};

/** Both sides, as they stand now: Stripe's by payment, ours by order and account. */
export type Standing = {
  refundsAtStripe: Map<string, Stripe.Refund[]>;
  disputesAtStripe: Map<string, Stripe.Dispute[]>;
  orders: Map<string, OrderRow>;
  refunds: Map<string, RefundRow[]>;
  disputes: Map<string, DisputeRow[]>;
  accounts: Map<string, AccountRow>;
};

/** Reads both sides of these orders. */
export async function readStanding(deeds: readonly MoneyBack[]): Promise<Standing> {
  const orderIds = JSON.stringify(deeds.map(({ orderId }) => orderId));
  const accountIds = JSON.stringify(deeds.map(({ accountId }) => accountId));
  const [orders, refunds, disputes, accounts] = await Promise.all([
    read<OrderRow>(
      `SELECT id, state, credits, amount_cents,
              (SELECT COALESCE(-SUM(credits), 0) FROM ledger_entries
               WHERE order_id = orders.id AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')) AS taken
       FROM orders WHERE id IN (SELECT value FROM json_each(?1))`,
      orderIds,
    ),
    read<RefundRow>(
      "SELECT id, order_id, state, amount_cents, actor FROM refunds WHERE order_id IN (SELECT value FROM json_each(?1))",
      orderIds,
    ),
    read<DisputeRow>(
      `SELECT order_id, status, amount_cents FROM disputes
       WHERE order_id IN (SELECT value FROM json_each(?1))`,
      orderIds,
    ),
    read<AccountRow>(
      `SELECT id, balance,
              (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE account_id = accounts.id) AS sum,
              (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = accounts.id) AS remaining,
              (SELECT COUNT(*) FROM money_back WHERE account_id = accounts.id AND posted < known) AS unposted,
              (SELECT COUNT(*) FROM mails WHERE account_id = accounts.id AND sent_at IS NULL) AS unsent
       FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
      accountIds,
    ),
  ]);
  return {
    refundsAtStripe: Map.groupBy(await listRefunds(), (refund) => idOf(refund.payment_intent)),
    disputesAtStripe: Map.groupBy(await listDisputes(), (dispute) => idOf(dispute.payment_intent)),
    orders: new Map(orders.map((row) => [row.id, row])),
    refunds: Map.groupBy(refunds, (row) => row.order_id),
    disputes: Map.groupBy(disputes, (row) => row.order_id),
    accounts: new Map(accounts.map((row) => [row.id, row])),
  };
}

/**
 * What may never be wrong, however little is known yet: more taken than the order brought, other than what the books
 * know went back, a refund made twice or made without having been written, a balance that is not its entries.
 */
export function wrongMoney({ accountId, orderId, paymentIntent }: MoneyBack, standing: Standing): string[] {
  const wrong: string[] = [];
  const order = standing.orders.get(orderId);
  const account = standing.accounts.get(accountId);
  if (order === undefined || account === undefined) {
    return ["the order is gone"];
  }
  const refunds = standing.refunds.get(orderId) ?? [];
  const atStripe = standing.refundsAtStripe.get(paymentIntent) ?? [];
  if (order.taken < 0 || order.taken > order.credits) {
    wrong.push(`${order.taken} of ${order.credits} credits are taken`);
  }
  const known = shareOf(order, knownCents(standing, orderId));
  if (account.unposted === 0 && order.taken !== known) {
    wrong.push(`${order.taken} credits are taken, and by what the books know it should be ${known}`);
  }
  for (const [id, made] of Map.groupBy(atStripe, ({ metadata }) => metadata?.["refund_id"] ?? "")) {
    if (id !== "" && made.length > 1) {
      wrong.push(`one refund is made ${made.length} times at Stripe`);
    }
    if (id !== "" && !refunds.some((row) => row.id === id)) {
      wrong.push("a refund is made at Stripe that was never written here");
    }
  }
  if (account.balance !== account.sum || account.balance !== account.remaining) {
    wrong.push("the balance is not the sum of the entries and of what remains of the grants");
  }
  return wrong;
}

/** Whether the credits taken are those that the money gone back by Stripe's word stands for. */
export function notBooked({ orderId, paymentIntent }: MoneyBack, standing: Standing): string[] {
  const order = standing.orders.get(orderId);
  if (order === undefined) {
    return ["the order is gone"];
  }
  const wanted = shareOf(order, goneAtStripe(standing, paymentIntent));
  return order.taken === wanted
    ? []
    : [`${order.taken} credits are taken, and by Stripe's word it should be ${wanted}`];
}

/** What is left unfinished: a refund asked for and never heard of again, entries not posted, mails not sent. */
export function leftOpen({ accountId, orderId }: MoneyBack, standing: Standing): string[] {
  const account = standing.accounts.get(accountId);
  return [
    ...(standing.refunds.get(orderId) ?? [])
      .filter(({ state }) => state === "requested")
      .map(() => "a refund is still only asked for"),
    ...(account?.unposted === 0 ? [] : ["the ledger does not follow what is known"]),
  ];
}

/** Mails that nobody has sent. */
export function unsent({ accountId }: MoneyBack, standing: Standing): string[] {
  const count = standing.accounts.get(accountId)?.unsent ?? 0;
  return count === 0 ? [] : [`${count} mails are not sent`];
}

/** Whether the refund that was asked for ended as its kind does. */
export function wrongEnd({ kind, orderId, refundId }: MoneyBack, standing: Standing): string[] {
  const row = (standing.refunds.get(orderId) ?? []).find(
    ({ id, actor }) => id === refundId || actor === "fraud_warning",
  );
  const state = row?.state ?? "never written";
  const isMade = ["pending", "succeeded", "failed", "canceled"].includes(state);
  const isRight = kind.ends === null || (kind.ends === "made" ? isMade : state === "refused");
  return isRight ? [] : [`the refund is ${state}, and should be ${kind.ends}`];
}

/** In proportion and rounded down. */
function shareOf({ credits, amount_cents: amount }: OrderRow, cents: number): number {
  return Math.floor((credits * Math.min(cents, amount)) / amount);
}

function goneAtStripe({ refundsAtStripe, disputesAtStripe }: Standing, paymentIntent: string): number {
  const refunded = (refundsAtStripe.get(paymentIntent) ?? []).filter(
    ({ status }) => status === "pending" || status === "succeeded",
  );
  const contested = (disputesAtStripe.get(paymentIntent) ?? []).filter(({ status }) =>
    ["needs_response", "under_review", "lost"].includes(status),
  );
  return [...refunded, ...contested].reduce((sum, { amount }) => sum + amount, 0);
}

function knownCents({ refunds, disputes }: Standing, orderId: string): number {
  const refunded = (refunds.get(orderId) ?? []).filter(
    ({ state }) => state === "pending" || state === "succeeded",
  );
  const contested = (disputes.get(orderId) ?? []).filter(({ status }) =>
    ["needs_response", "under_review", "lost"].includes(status),
  );
  return [...refunded, ...contested].reduce((sum, { amount_cents: cents }) => sum + cents, 0);
}

async function listRefunds(): Promise<Stripe.Refund[]> {
  const refunds: Stripe.Refund[] = [];
  for await (const refund of stripe.refunds.list({ limit: 100 })) {
    refunds.push(refund);
  }
  return refunds;
}

async function listDisputes(): Promise<Stripe.Dispute[]> {
  const disputes: Stripe.Dispute[] = [];
  for await (const dispute of stripe.disputes.list({ limit: 100 })) {
    disputes.push(dispute);
  }
  return disputes;
}

function idOf(intent: string | { id: string } | null): string {
  return typeof intent === "string" ? intent : (intent?.id ?? "");
}

async function read<Row>(sql: string, value: string): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql).bind(value).all<Row>();
  return results;
}
