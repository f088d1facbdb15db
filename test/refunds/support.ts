/** What the tests of money that goes back share: a customer with paid credits, and the check that the books agree with Stripe. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import * as z from "zod";
import { isAccountId, isOrderId, type AccountId, type OrderId, type RefundId } from "../../src/domain/ids.ts";
import { toCents } from "../../src/domain/money.ts";
import type { RefundAnswer } from "../../src/account/refund-answer.ts";
import { control, read, stripe } from "../stand-in/stripe/support.ts";
import { brokenRules, rows } from "../support/books.ts";
import { nextCall, paymentsOf } from "../support/stripe.ts";
import { type Customer, newOrderId, type Purchase, signedInCustomer } from "../support/customer.ts";

/** A paid order and all that is needed to ask about it. */
export type Bought = {
  customer: Customer;
  accountId: AccountId;
  orderId: OrderId;
  paymentIntent: string;
  credits: number;
  amountCents: number;
};

/** A customer who bought credits by card, with a card that passes unless another is named. */
export async function buysCredits(credits = 1000, more: Purchase & { by?: Customer } = {}): Promise<Bought> {
  const customer = more.by ?? (await signedInCustomer());
  const orderId = newOrderId();
  const answer = await customer.buys({ ...more, orderId, credits });
  expect(answer).toMatchObject({ status: 200, order: { state: "paid" } });
  return boughtBy(customer, orderId);
}

/** What is needed to ask about a customer's paid order. */
export async function boughtBy(customer: Customer, orderId: string): Promise<Bought> {
  const [order] = await rows("SELECT payment_intent_id, credits FROM orders WHERE id = ?1", orderId);
  return toBought(customer, orderId, Number(order?.["credits"]), String(order?.["payment_intent_id"]));
}

/** A purchase cut off after the charge: 1,000 credits are paid at Stripe, and our order knows nothing of it. */
export async function buysCreditsUnknowing(): Promise<Bought> {
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  await customer.buys({ orderId });
  const [payment] = await paymentsOf(customer);
  return toBought(customer, orderId, 1000, payment?.id ?? "none");
}

async function toBought(
  customer: Customer,
  orderId: string,
  credits: number,
  paymentIntent: string,
): Promise<Bought> {
  const [order] = await rows("SELECT account_id, amount_cents FROM orders WHERE id = ?1", orderId);
  const accountId = String(order?.["account_id"]);
  if (!isOrderId(orderId) || !isAccountId(accountId)) {
    throw new Error("An order and its account have ids of ours");
  }
  const amountCents = Number(order?.["amount_cents"]);
  return { customer, accountId, orderId, paymentIntent, credits, amountCents };
}

/** A refund id, as the one who requests the refund makes it. */
export function newRefundId(): RefundId {
  return `rfd_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A member of staff refunds an order, in part or whole. */
export async function staffRefunds(
  bought: Bought,
  amount: number | "left" = "left",
  refundId: RefundId = newRefundId(),
): Promise<RefundAnswer> {
  return env.ACCOUNT.getByName(bought.accountId).refundOrder(bought.accountId, {
    refundId,
    orderId: bought.orderId,
    amount: amount === "left" ? "left" : toCents(amount),
    reason: "requested_by_customer",
    actor: "staff@example.com",
    note: null,
  });
}

/** Rings the alarm of the account's object now. */
export async function alarmRings({ accountId }: Pick<Bought, "accountId">): Promise<void> {
  await runDurableObjectAlarm(env.ACCOUNT.getByName(accountId));
}

/** A signed-in customer whose account's object runs with other settings than the deployment's. */
export async function customerUnder(settings: Record<string, unknown>): Promise<Customer> {
  const customer = await signedInCustomer();
  const [account] = await rows("SELECT id FROM accounts WHERE email = ?1", customer.email);
  await runInDurableObject(env.ACCOUNT.getByName(String(account?.["id"])), (object) => {
    Reflect.set(object, "env", { ...env, ...settings });
  });
  return customer;
}

/** The entries of an account, or of one of its orders, as kind and credits. */
export async function lines({ accountId }: Pick<Bought, "accountId">): Promise<[string, number][]> {
  const found = await rows(
    "SELECT kind, credits FROM ledger_entries WHERE account_id = ?1 ORDER BY seq",
    accountId,
  );
  return found.map((row) => [String(row["kind"]), Number(row["credits"])]);
}

/** The account's balance, as the database has it. */
export async function balanceOf({ accountId }: Pick<Bought, "accountId">): Promise<number> {
  const [account] = await rows("SELECT balance FROM accounts WHERE id = ?1", accountId);
  return Number(account?.["balance"]);
}

/** Uses credits of the order's grant, as a spend would. */
export async function spends({ accountId, orderId }: Bought, credits: number, kind = "spend"): Promise<void> {
  const [grant] = await rows("SELECT id FROM grants WHERE order_id = ?1", orderId);
  const [account] = await rows("SELECT balance, last_seq FROM accounts WHERE id = ?1", accountId);
  const id = crypto.randomUUID().replaceAll("-", "");
  await env.DB.prepare(
    `INSERT INTO ledger_entries (account_id, seq, id, kind, credits, balance_after, grant_id, order_id, source_type,
       source_id, part, actor, note, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, 'staff', ?8, 0, 'test', NULL, ?9)`,
  )
    .bind(
      accountId,
      Number(account?.["last_seq"]) + 1,
      `ent_${id}`,
      kind,
      -credits,
      Number(account?.["balance"]) - credits,
      String(grant?.["id"]),
      `act_${id}`,
      Date.now(),
    )
    .run();
}

/** The cardholder disputes a payment, or part of it, or only inquires about it. Returns Stripe's id. */
export async function disputed(
  { paymentIntent }: Pick<Bought, "paymentIntent">,
  how: { amount?: number; inquiry?: boolean; reason?: string } = {},
): Promise<string> {
  const answer = await control("/stripe/disputes", { payment_intent: paymentIntent, ...how });
  return z.object({ dispute: z.string() }).parse(answer).dispute;
}

/** The bank moves a dispute to its next status. */
export async function moves(id: string, status: string): Promise<void> {
  await control("/stripe/disputes/move", { id, status });
}

/** The bank rejects a refund, which fails. */
export async function fails(id: string): Promise<void> {
  await control("/stripe/refunds/fail", { id });
}

/** Delivers every event about a payment, in an order that the seed decides. */
export async function everythingArrives(
  { paymentIntent }: Pick<Bought, "paymentIntent">,
  how: { times?: number; shuffle_seed?: number } = {},
): Promise<void> {
  await control("/stripe/events/deliver", { payment_intent: paymentIntent, ...how });
}

/** The e-mails to a customer, oldest first, without the sign-in links. */
export async function mailsTo({
  customer,
}: Pick<Bought, "customer">): Promise<{ subject: string; text: string }[]> {
  const answer = await read(`/mailbox.json?to=${encodeURIComponent(customer.email)}`);
  const mail = z.object({ subject: z.string(), text: z.string() });
  const mails = z.union([
    z.array(mail),
    z.object({ mails: z.array(mail) }).transform((found) => found.mails),
  ]);
  return mails
    .parse(answer)
    .filter(({ subject }) => !subject.startsWith("Sign in"))
    .toReversed();
}

/** How much of an order's money went back, according to Stripe, in cents; never more than was paid. */
async function goneBackAtStripe({ paymentIntent, amountCents }: Bought): Promise<number> {
  const refunds = await stripe.refunds.list({ payment_intent: paymentIntent, limit: 100 });
  const disputes = await stripe.disputes.list({ payment_intent: paymentIntent, limit: 100 });
  const refunded = refunds.data.filter(({ status }) => status === "pending" || status === "succeeded");
  const contested = disputes.data.filter((dispute) =>
    dispute.status.startsWith("appeal_")
      ? dispute.balance_transactions.reduce((sum, { amount }) => sum + amount, 0) < 0
      : ["needs_response", "under_review", "lost"].includes(dispute.status),
  );
  const sum = [...refunded, ...contested].reduce((total, { amount }) => total + amount, 0);
  return Math.min(sum, amountCents);
}

/**
 * At rest: the credits taken from the order are those that the money gone back stands for, and no more than it
 * brought; every rule of the books holds; and nothing is left to post.
 */
export async function expectBooksToAgree(bought: Bought): Promise<void> {
  const [taken] = await rows(
    `SELECT COALESCE(-SUM(credits), 0) AS credits FROM ledger_entries
     WHERE order_id = ?1 AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')`,
    bought.orderId,
  );
  const gone = await goneBackAtStripe(bought);
  expect(Number(taken?.["credits"])).toBe(Math.floor((bought.credits * gone) / bought.amountCents));
  expect(Number(taken?.["credits"])).toBeLessThanOrEqual(bought.credits);
  const unposted = await rows("SELECT order_id FROM money_back WHERE posted < known");
  expect(unposted).toEqual([]);
  expect(await brokenRules()).toEqual([]);
}
