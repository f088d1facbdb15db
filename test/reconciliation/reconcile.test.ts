/** Our books against Stripe's: what agrees, what is settled on the spot, and what is listed for staff with both sides. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileDaily, reconcileNow } from "../../src/cron/reconcile.ts";
import { DAY, HOUR } from "../../src/domain/instant.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { findLastReconciliation, findUnfinishedReconciliation } from "../../src/store/reconciliations.ts";
import { control } from "../stand-in/stripe/support.ts";
import { whileTheLedgerRefuses } from "../support/books.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import {
  callsMade,
  chargedCents,
  chargesAtStripe,
  delivers,
  nextCall,
  stripeCustomerOf,
} from "../support/stripe.ts";
import { begins, othersPay } from "./support.ts";

beforeEach(begins);
afterEach(() => {
  vi.useRealTimers();
});

/** A payment at Stripe with our metadata that the product did not make. */
async function paysAtStripe(
  customer: Customer,
  given: { orderId: string; amount?: number },
): Promise<string> {
  const { account } = await customer.account();
  const payment = await chargesAtStripe({
    amount: given.amount ?? 1000,
    customer: await stripeCustomerOf(customer),
    metadata: { account_id: account.id, order_id: given.orderId },
  });
  return payment.id;
}

/** A purchase that was charged although our books do not know, and no event will tell them. */
async function cutOffAfterTheCharge(): Promise<{ customer: Customer; orderId: string }> {
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  await customer.buys({ orderId });
  expect(await customer.balance()).toBe(0);
  return { customer, orderId };
}

async function differences(): Promise<string[]> {
  const found = await listDifferences(env.DB, 100);
  return found.map(({ kind }) => kind);
}

describe("books that agree", () => {
  it("say so: as of when, over how many payments, and with no difference", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await customer.buys({ credits: 500 });
    await customer.buys({ card: "4000000000000036" });
    const before = Date.now();

    const done = await reconcileNow(env);

    expect(done).toMatchObject({ stage: "done", payments: 2, settled: 0, differences: 0 });
    expect(done?.untilAt).toBeGreaterThanOrEqual(before);
    expect(done?.accounts).toBeGreaterThanOrEqual(1);
    expect(await findLastReconciliation(env.DB)).toEqual(done);
  });

  it("ignore what others sell through the same Stripe account", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await chargesAtStripe({ amount: 777 });

    expect(await reconcileNow(env)).toMatchObject({ payments: 1, differences: 0 });
  });

  it("learn a fee that no webhook brought", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    await control("/stripe/fees/settle");

    await reconcileNow(env);

    const row = await env.DB.prepare("SELECT fee_cents, net_cents FROM orders WHERE id = ?1")
      .bind(bought.order?.id ?? "none")
      .first();
    expect(row).toEqual({ fee_cents: 59, net_cents: 941 });
  });
});

describe("a payment of a known order that was never posted", () => {
  it("is posted by the comparison", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();

    const done = await reconcileNow(env);

    expect(done).toMatchObject({ payments: 1, settled: 1, differences: 0 });
    expect(await customer.balance()).toBe(1000);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid" });
  });

  it("is posted even if the order was abandoned", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();
    await env.DB.prepare("UPDATE orders SET state = 'abandoned', ended_at = 1 WHERE id = ?1")
      .bind(orderId)
      .run();

    await reconcileNow(env);

    expect(await customer.balance()).toBe(1000);
    expect(await chargedCents(customer)).toBe(1000);
    // Its card was detached when the order was abandoned, so it is not offered again.
    expect((await customer.account()).saved_cards).toEqual([]);
  });

  it("is posted even if the database was restored to before its card was verified", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ card: "4000000000000036" });
    const orderId = newOrderId();
    await nextCall("POST /v1/setup_intents", "unreachable", 2);
    await customer.buys({ orderId });
    expect(await customer.order(orderId)).toMatchObject({ state: "placed" });
    await paysAtStripe(customer, { orderId });

    expect(await reconcileNow(env)).toMatchObject({ settled: 1, differences: 0 });

    expect(await customer.order(orderId)).toMatchObject({ state: "paid" });
    expect(await customer.balance()).toBe(1000);
  });

  it("is listed while it cannot be posted, and posted by the next comparison that can", async () => {
    const { customer } = await cutOffAfterTheCharge();
    const first = await whileTheLedgerRefuses(() => reconcileNow(env));
    expect(first).toMatchObject({ stage: "done", differences: 1 });
    expect(await differences()).toEqual(["payment_not_credited"]);

    const second = await reconcileNow(env);

    expect(second).toMatchObject({ stage: "done", differences: 0 });
    expect(await customer.balance()).toBe(1000);
  });
});

describe("a list of differences that no rule settles", () => {
  it("holds a second payment of a paid order with both sides, and no credits are added for it", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    const orderId = bought.order?.id ?? "none";
    const second = await paysAtStripe(customer, { orderId });

    const done = await reconcileNow(env);

    expect(done).toMatchObject({ payments: 2, settled: 0, differences: 1 });
    const [found] = await listDifferences(env.DB, 10);
    expect(found).toMatchObject({
      kind: "second_payment",
      subject: second,
      orderId,
      ours: { order_id: orderId, state: "paid", amount_cents: 1000 },
      theirs: { payment_intent_id: second, amount_cents: 1000, currency: "usd" },
    });
    expect(await customer.balance()).toBe(1000);
  });

  it("holds a second payment as soon as Stripe's event arrives", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    const second = await paysAtStripe(customer, { orderId: bought.order?.id ?? "none" });

    const statuses = await delivers({ type: "payment_intent.succeeded", payment_intent: second });

    expect(statuses).toEqual([200]);
    expect(await differences()).toEqual(["second_payment"]);
    expect(await customer.balance()).toBe(1000);
  });

  it("holds a payment whose metadata names an order that does not exist", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ card: "4000000000000036" });
    await paysAtStripe(customer, { orderId: newOrderId() });

    expect(await reconcileNow(env)).toMatchObject({ differences: 1 });

    expect(await differences()).toEqual(["payment_without_order"]);
  });

  it("holds a payment whose amount differs from its order's, which is not posted", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    await customer.buys({ orderId });
    await paysAtStripe(customer, { orderId, amount: 999 });

    await reconcileNow(env);

    expect(await differences()).toEqual(["amount_differs"]);
    expect(await customer.balance()).toBe(0);
  });

  it("holds a paid order whose payment Stripe does not know", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await control("/reset");

    await reconcileNow(env);

    const [found] = await listDifferences(env.DB, 10);
    expect(found).toMatchObject({ kind: "order_without_payment", theirs: null, ours: { state: "paid" } });
  });

  it("keeps each difference under the date it was first found, until it is found gone", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    await customer.buys({ orderId });
    const wrong = await paysAtStripe(customer, { orderId, amount: 999 });
    await reconcileNow(env);
    const [first] = await listDifferences(env.DB, 10);
    const later = Date.now() + 10 * DAY;

    // Ten days later the payment is outside the period compared, and is looked up by its id.
    vi.useFakeTimers({ toFake: ["Date"], now: later });
    await reconcileNow(env);
    const [again] = await listDifferences(env.DB, 10);
    expect(again).toMatchObject({ subject: wrong, foundAt: first?.foundAt, lastFoundAt: later });

    await control("/reset");
    vi.setSystemTime(later + DAY);
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
    expect(await differences()).toEqual([]);
  });
});

describe("a comparison longer than a page", () => {
  it("reads Stripe's list to the end, one page after another", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await othersPay(120);
    await customer.buys();
    const before = (await callsMade()).length;

    expect(await reconcileNow(env)).toMatchObject({ payments: 2, differences: 0 });

    const lists = (await callsMade())
      .slice(0, -before)
      .filter(({ method, path }) => method === "GET" && path === "/v1/payment_intents");
    expect(lists).toHaveLength(2);
  });

  it("goes on where it was interrupted, and counts nothing twice", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await othersPay(120);
    await customer.buys();
    // The first page is answered; then Stripe is unreachable for longer than the comparison keeps trying.
    const stops = vi.spyOn(scheduler, "wait").mockImplementation(async () => {});
    await nextCall("GET /v1/payment_intents", "slow", 1);
    await nextCall("GET /v1/payment_intents", "unreachable", 10);

    expect(await reconcileNow(env)).toBeNull();
    expect(await findUnfinishedReconciliation(env.DB)).toMatchObject({
      stage: "payments",
      cursor: expect.stringMatching(/^pi_/),
      payments: 1,
    });
    stops.mockRestore();

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 2, differences: 0 });
  });

  it("waits and asks again when Stripe is too busy", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const waited: number[] = [];
    const wait = vi.spyOn(scheduler, "wait").mockImplementation(async (milliseconds) => {
      waited.push(milliseconds);
    });
    await nextCall("GET /v1/payment_intents", "rate_limit", 3);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 1 });

    wait.mockRestore();
    expect(waited).toEqual([1000, 2000, 4000]);
  });

  it("counts each payment once when several runs happen at once", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await othersPay(101);

    await Promise.all([reconcileNow(env), reconcileNow(env), reconcileNow(env)]);
    await reconcileNow(env);

    const { results } = await env.DB.prepare(
      "SELECT payments FROM reconciliations ORDER BY started_at LIMIT 1",
    ).all();
    expect(results).toEqual([{ payments: 1 }]);
  });
});

describe("the daily comparison", () => {
  it("begins with the first run after three in the morning, once a day", async () => {
    const threeOClock = Math.floor(Date.now() / DAY) * DAY + DAY + 3 * HOUR;
    vi.useFakeTimers({ toFake: ["Date"], now: threeOClock + 1000 });
    const first = await reconcileDaily(env);
    expect(first).toMatchObject({ stage: "done" });

    vi.setSystemTime(threeOClock + 6 * HOUR);
    expect(await reconcileDaily(env)).toBeNull();
    vi.setSystemTime(threeOClock + DAY - 1000);
    expect(await reconcileDaily(env)).toBeNull();

    vi.setSystemTime(threeOClock + DAY);
    const next = await reconcileDaily(env);
    expect(next).toMatchObject({ stage: "done" });
    expect(next?.id).not.toBe(first?.id);
    // It looks back to two days before the last one ended, because what was only authorised then may be captured by now.
    expect(next?.fromAt).toBe((first?.untilAt ?? 0) - 48 * HOUR);
  });
});
