/** What must be true after every step, whatever has failed; and what must be true once everything has come to rest. */
import { env } from "cloudflare:workers";
import type Stripe from "stripe";
import { isOrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { CARDS, mayFollow, type Model, type ModelOrder, priceOf } from "./model.ts";

type OrderRow = { id: string; state: OrderState; credits: number; payment_intent_id: string | null };
type EntryRow = { account_id: string; kind: string; credits: number; order_id: string; source_id: string };
type AccountRow = { id: string; balance: number; remaining: number };

/** Both sides as they are now. */
export type Truth = {
  orders: OrderRow[];
  entries: EntryRow[];
  accounts: AccountRow[];
  payments: Stripe.PaymentIntent[];
};

/** Reads what D1 and Stripe hold of the model's accounts. */
async function readTruth(model: Model): Promise<Truth> {
  const ids = JSON.stringify(model.accounts);
  const [orders, entries, accounts, payments] = await Promise.all([
    rows<OrderRow>(
      "SELECT id, state, credits, payment_intent_id FROM orders WHERE account_id IN (SELECT value FROM json_each(?1))",
      ids,
    ),
    rows<EntryRow>(
      `SELECT account_id, kind, credits, order_id, source_id
       FROM ledger_entries WHERE account_id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
    rows<AccountRow>(
      `SELECT id, balance, (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = accounts.id) AS remaining
       FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
    listPayments(),
  ]);
  return { orders, entries, accounts, payments };
}

async function listPayments(): Promise<Stripe.PaymentIntent[]> {
  const payments: Stripe.PaymentIntent[] = [];
  for await (const payment of stripe.paymentIntents.list({ limit: 100, expand: ["data.latest_charge"] })) {
    payments.push(payment);
  }
  return payments;
}

/** Throws with what is wrong; what it has seen of the orders is remembered in the model. */
export async function assertAlwaysTrue(model: Model): Promise<Truth> {
  const truth = await readTruth(model);
  for (const order of truth.orders) {
    const known = isOrderId(order.id) ? model.orders.get(order.id) : undefined;
    must(known !== undefined, "nobody placed this order");
    must(mayFollow(known.seen, order.state), `an order went from ${known.seen} to ${order.state}`);
    known.seen = order.state;
    const purchases = truth.entries.filter(
      (entry) => entry.kind === "purchase" && entry.order_id === order.id,
    );
    must(
      purchases.length === (order.state === "paid" ? 1 : 0),
      `${order.state} with ${purchases.length} purchases`,
    );
    const own = truth.payments.filter(({ metadata }) => metadata["order_id"] === order.id);
    const paid = own.filter(({ status }) => status === "succeeded");
    must(paid.length <= 1, "an order is charged once");
    if (order.state === "paid") {
      must(paid[0]?.id === order.payment_intent_id, "a paid order is paid at Stripe");
      must(paid[0]?.amount_received === priceOf(order.credits), "what is paid is the price");
      must(purchases[0]?.source_id === order.payment_intent_id, "a purchase names its payment");
      must(purchases[0]?.credits === known.placing.content.credits, "what was ordered is credited");
    }
    must(known.card !== "refused" || !own.some(isCharged), "nothing is charged after a failed check");
  }
  for (const accountId of model.accounts) {
    const paid = [...model.orders.values()].filter(
      (order) => order.accountId === accountId && order.seen === "paid",
    );
    const bought = paid.reduce((sum, { placing }) => sum + placing.content.credits, 0);
    const entries = truth.entries.filter((entry) => entry.account_id === accountId);
    const taken = paid.reduce((total, order) => total + takenOf(order, entries), 0);
    const sum = entries.reduce((total, { credits }) => total + credits, 0);
    const account = truth.accounts.find(({ id }) => id === accountId);
    must(sum === bought - taken, "the entries are the model's");
    must(account?.balance === sum, "the balance is the sum of the entries");
    must(account.remaining === sum, "the grants are the sum of the entries");
  }
  return truth;
}

/** The same, and that nothing is left open and every payment is credited. */
export async function assertAtRest(model: Model): Promise<Truth> {
  const truth = await assertAlwaysTrue(model);
  for (const order of truth.orders) {
    const known = isOrderId(order.id) ? model.orders.get(order.id) : undefined;
    must(
      known !== undefined && CARDS[known.card].ends.includes(order.state),
      `an order is left ${order.state}`,
    );
  }
  for (const payment of truth.payments) {
    const credited = truth.entries.filter(({ source_id: source }) => source === payment.id);
    must(credited.length === (payment.status === "succeeded" ? 1 : 0), "paid at Stripe and credited are one");
    must(
      payment.status !== "requires_capture" && payment.status !== "requires_action",
      "no money is left set aside, and nothing waits for a customer who has gone",
    );
  }
  return truth;
}

/** The credits that refunds have taken of an order: never more than the money that went back stands for. */
function takenOf({ placing, refundedCents }: ModelOrder, entries: readonly EntryRow[]): number {
  const own = entries.filter(
    (entry) => entry.order_id === placing.orderId && entry.kind.startsWith("refund"),
  );
  const taken = own.reduce((total, { credits }) => total - credits, 0);
  must(
    taken >= 0 && taken <= shareOf(placing.content.credits, refundedCents),
    "refunds take their share and no more",
  );
  return taken;
}

/** In proportion and rounded down, of an order whose credits cost a cent each or any other price. */
function shareOf(credits: number, refundedCents: number): number {
  return Math.floor((credits * refundedCents) / priceOf(credits));
}

function isCharged(payment: Stripe.PaymentIntent): boolean {
  const { latest_charge: charge } = payment;
  return payment.status === "succeeded" || (typeof charge === "object" && charge !== null && charge.captured);
}

function must(condition: boolean, what: string): asserts condition {
  if (!condition) {
    throw new Error(`Not true: ${what}`);
  }
}

async function rows<Row>(sql: string, value: string): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql).bind(value).all<Row>();
  return results;
}
