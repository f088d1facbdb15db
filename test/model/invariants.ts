/** What must be true after every step, whatever has failed, and what must be true once everything has come to rest. */
import { env } from "cloudflare:workers";
import type Stripe from "stripe";
import { isOrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import {
  type FailedAtVerification,
  isCharged,
  isChargedDespiteFailedCheck,
  readFailedVerifications,
} from "../support/failed-checks.ts";
import { CARDS, mayFollow, type Model, type ModelOrder, priceOf, shareOf } from "./model.ts";

type OrderRow = { id: string; state: OrderState; credits: number; payment_intent_id: string | null };
type EntryRow = { account_id: string; kind: string; credits: number; order_id: string; source_id: string };
type AccountRow = { id: string; balance: number; remaining: number; unposted: number; unsent: number };
/** A refund or a dispute as our books know it; for an appealed dispute, whether its money is withdrawn. */
type BackRow = {
  id: string;
  order_id: string;
  type: "refund" | "dispute";
  amount_cents: number;
  state: string;
};

/** Both sides as they are now. */
export type Truth = {
  orders: OrderRow[];
  entries: EntryRow[];
  accounts: AccountRow[];
  back: BackRow[];
  payments: Stripe.PaymentIntent[];
  failedAtVerification: FailedAtVerification;
  refunds: Stripe.Refund[];
};

/** Reads what D1 and Stripe hold for the model's accounts. */
async function readTruth(model: Model): Promise<Truth> {
  const ids = JSON.stringify(model.accounts);
  const [orders, entries, accounts, back, payments, refunds, failedAtVerification] = await Promise.all([
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
      `SELECT id, balance,
              (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = accounts.id) AS remaining,
              (SELECT COUNT(*) FROM money_back WHERE account_id = accounts.id AND posted < known) AS unposted,
              (SELECT COUNT(*) FROM mails WHERE account_id = accounts.id AND sent_at IS NULL) AS unsent
       FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
    rows<BackRow>(
      `SELECT id, order_id, 'refund' AS type, amount_cents, state
       FROM refunds WHERE account_id IN (SELECT value FROM json_each(?1))
       UNION ALL
       SELECT id, order_id, 'dispute', amount_cents,
              CASE WHEN status LIKE 'appeal%' THEN iif(withdrawn_cents > 0, 'lost', 'won') ELSE status END
       FROM disputes WHERE account_id IN (SELECT value FROM json_each(?1))`,
      ids,
    ),
    listPayments(),
    listRefunds(),
    readFailedVerifications(),
  ]);
  return { orders, entries, accounts, back, payments, refunds, failedAtVerification };
}

async function listRefunds(): Promise<Stripe.Refund[]> {
  const refunds: Stripe.Refund[] = [];
  for await (const refund of stripe.refunds.list({ limit: 100 })) {
    refunds.push(refund);
  }
  return refunds;
}

async function listPayments(): Promise<Stripe.PaymentIntent[]> {
  const payments: Stripe.PaymentIntent[] = [];
  for await (const payment of stripe.paymentIntents.list({ limit: 100, expand: ["data.latest_charge"] })) {
    payments.push(payment);
  }
  return payments;
}

/** Throws with whatever is wrong; the states of the orders it has seen are remembered in the model. */
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
    must(
      !known.card.startsWith("refused") || !own.some(isCharged),
      "nothing is charged on a card that is to be refused",
    );
  }
  const { payments, failedAtVerification } = truth;
  must(
    !payments.some((payment) => isChargedDespiteFailedCheck(payment, failedAtVerification)),
    "nothing is captured after a check failed",
  );
  for (const accountId of model.accounts) {
    const paid = [...model.orders.values()].filter(
      (order) => order.accountId === accountId && order.seen === "paid",
    );
    const bought = paid.reduce((sum, { placing }) => sum + placing.content.credits, 0);
    const entries = truth.entries.filter((entry) => entry.account_id === accountId);
    const account = truth.accounts.find(({ id }) => id === accountId);
    const taken = paid.reduce((total, order) => total + takenOf(order, truth, account?.unposted ?? 0), 0);
    const spent = model.spent.get(accountId) ?? 0;
    const sum = entries.reduce((total, { credits }) => total + credits, 0);
    must(sum === bought - taken - spent, "the entries are the model's");
    must(
      entries.every(({ kind }) => KINDS_OF_ENTRIES.has(kind)),
      "nothing is in the books that nobody did",
    );
    must(account?.balance === sum, "the balance is the sum of the entries");
    must(account.remaining === sum, "the grants are the sum of the entries");
  }
  for (const [id, made] of Map.groupBy(truth.refunds, ({ metadata }) => metadata?.["refund_id"] ?? "")) {
    must(id === "" || made.length === 1, "a refund is made once");
    must(id === "" || truth.back.some((row) => row.id === id), "a refund is written before it is made");
  }
  return truth;
}

const KINDS_OF_ENTRIES = new Set([
  "purchase",
  "spend",
  "refund",
  "refund_reversal",
  "dispute",
  "dispute_reversal",
  "repayment",
]);

/** Checks the same, and also that nothing is left open and every payment is credited. */
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
  await assertBackAtRest(truth);
  return truth;
}

/**
 * The credits that an order has lost: never more than it brought, and those of the money that went back as far as the
 * books know, unless they are just about to learn more.
 */
function takenOf({ placing }: ModelOrder, { entries, back }: Truth, unposted: number): number {
  const { orderId, content } = placing;
  const own = entries.filter(({ kind, order_id: of }) => of === orderId && /^(refund|dispute)/.test(kind));
  const taken = own.reduce((total, { credits }) => total - credits, 0);
  must(taken >= 0 && taken <= content.credits, "no more is taken than was brought");
  const gone = back.filter(({ order_id: of, state }) => of === orderId && IS_GONE.has(state));
  const cents = gone.reduce((total, { amount_cents: amount }) => total + amount, 0);
  must(
    unposted > 0 || taken === shareOf(content.credits, cents),
    "what is known to have gone back has taken its credits, and nothing else has",
  );
  return taken;
}

/** Stripe's statuses of a refund or a dispute whose money is gone. */
const IS_GONE = new Set(["pending", "succeeded", "needs_response", "under_review", "lost"]);

/** At rest, our books know everything that went back according to Stripe, and have nothing more to request, post or send. */
async function assertBackAtRest({ orders, back, accounts, refunds }: Truth): Promise<void> {
  const disputes = await stripe.disputes.list({ limit: 100 });
  for (const order of orders.filter(({ state }) => state === "paid")) {
    const own = back.filter(({ order_id: of, state }) => of === order.id && IS_GONE.has(state));
    const known = own.reduce((total, { amount_cents: cents }) => total + cents, 0);
    const refunded = refunds.filter(
      ({ payment_intent: payment, status }) =>
        payment === order.payment_intent_id && IS_GONE.has(status ?? ""),
    );
    const contested = disputes.data.filter(
      ({ payment_intent: payment, status, balance_transactions: moved }) =>
        payment === order.payment_intent_id &&
        (status.startsWith("appeal")
          ? moved.reduce((sum, { amount }) => sum + amount, 0) < 0
          : IS_GONE.has(status)),
    );
    const gone = [...refunded, ...contested].reduce((total, { amount }) => total + amount, 0);
    must(known === gone, `the books know of ${known} cents gone back, and Stripe of ${gone}`);
  }
  must(
    back.every(({ state }) => state !== "requested"),
    "no refund is left asked for",
  );
  for (const { unposted, unsent } of accounts) {
    must(unposted === 0, "the ledger follows all that is known");
    must(unsent === 0, "every mail is sent");
  }
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
