/** A purchase cut off in the middle: each recovery path finishes it alone, and all of them together credit it once. */
import {
  createExecutionContext,
  createScheduledController,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { control } from "../stand-in/stripe/support.ts";
import worker from "../stand-in/worker.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { callsMade, chargedCents, delivers, nextCall, paymentsOf } from "../support/stripe.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A purchase whose charge succeeded at Stripe while every answer to it was lost. */
async function cutOffAfterTheCharge(): Promise<{
  customer: Customer;
  orderId: string;
  paymentIntent: string;
}> {
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  const cut = await customer.buys({ orderId });
  expect(cut).toMatchObject({
    status: 503,
    error: { code: "stripe_unavailable", order: { state: "paying" } },
  });
  expect(await customer.balance()).toBe(0);
  expect(await chargedCents(customer)).toBe(1000);
  const [payment] = await paymentsOf(customer);
  return { customer, orderId, paymentIntent: payment?.id ?? "none" };
}

describe("a purchase cut off after the charge", () => {
  it("is credited by the webhook alone", async () => {
    const { customer, orderId, paymentIntent } = await cutOffAfterTheCharge();

    const statuses = await delivers({ type: "payment_intent.succeeded", payment_intent: paymentIntent });

    expect(statuses).toEqual([200]);
    expect(await customer.balance()).toBe(1000);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid", confirmed_at: expect.any(String) });
  });

  it("is credited by the alarm alone", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();

    await alarmRings(customer);

    expect(await customer.balance()).toBe(1000);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid", confirmed_at: null });
  });

  it("is credited by the cron alone", async () => {
    const { customer } = await cutOffAfterTheCharge();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 60 * 1000 });

    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), env);
    await waitOnExecutionContext(context);

    expect(await customer.balance()).toBe(1000);
  });

  it("is credited by the customer asking where it is", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();

    const settled = await customer.settles(orderId);

    expect(settled).toMatchObject({ status: 200, balance: 1000 });
  });

  it("is credited once by all of them at once", async () => {
    const { customer, orderId, paymentIntent } = await cutOffAfterTheCharge();

    await Promise.all([
      delivers({ type: "payment_intent.succeeded", payment_intent: paymentIntent }, 5),
      alarmRings(customer),
      customer.settles(orderId),
      customer.settles(orderId),
    ]);

    expect(await customer.balance()).toBe(1000);
    expect(await chargedCents(customer)).toBe(1000);
    expect(await entriesOf(customer)).toEqual([{ kind: "purchase", credits: 1000 }]);
  });
});

describe("a payment while D1 refuses to write", () => {
  it("is an error for the customer, and is credited once D1 is back", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    const token = await customer.typesCard("4242424242424242");
    await d1Refuses("ledger_entries");

    const failed = await customer.buys({ orderId, token });
    expect(failed.status).toBe(500);
    expect(await customer.balance()).toBe(0);

    await d1Works("ledger_entries");
    const again = await customer.buys({ orderId, token });
    expect(again).toMatchObject({ status: 200, balance: 1000 });
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("makes Stripe redeliver its event until the credits are in D1", async () => {
    const customer = await signedInCustomer();
    await d1Refuses("ledger_entries");
    await customer.buys();
    const [payment] = await paymentsOf(customer);
    const event = { type: "payment_intent.succeeded", payment_intent: payment?.id ?? "none" };

    const [while_] = await delivers(event);
    await d1Works("ledger_entries");
    const [after] = await delivers(event);

    expect(while_).toBeGreaterThanOrEqual(500);
    expect(after).toBe(200);
    expect(await customer.balance()).toBe(1000);
  });

  it("does not begin when the order itself cannot be written: Stripe is not called", async () => {
    const customer = await signedInCustomer();
    const intentCallsBefore = (await callsMade()).filter(({ path }) => /intents/.test(path));
    await d1Refuses("orders");

    const failed = await customer.buys();
    await d1Works("orders");

    expect(failed.status).toBe(500);
    expect((await customer.account()).orders).toEqual([]);
    expect((await callsMade()).filter(({ path }) => /intents/.test(path))).toEqual(intentCallsBefore);
  });
});

describe("a webhook that arrives before the charge's answer", () => {
  it("credits the order, and the customer's request, still under way, finds it paid", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys();
    await control("/stripe/faults", { match: "POST /v1/payment_intents", kind: "slow", delay_ms: 1500 });
    const underWay = customer.buys({ orderId });
    await expect.poll(() => paymentsOf(customer)).toHaveLength(2);
    const [payment] = await paymentsOf(customer);

    const statuses = await delivers({
      type: "payment_intent.succeeded",
      payment_intent: payment?.id ?? "none",
    });

    expect(statuses).toEqual([200]);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid" });
    expect(await underWay).toMatchObject({
      status: 200,
      balance: 2000,
      order: { id: orderId, state: "paid" },
    });
    expect(await entriesOf(customer)).toHaveLength(2);
    expect(await chargedCents(customer)).toBe(2000);
  });
});

describe("a purchase cut off before the charge", () => {
  it("is not charged by recovery, and is abandoned after a quarter of an hour", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    await customer.buys({ orderId });

    await alarmRings(customer);
    expect(await customer.order(orderId)).toMatchObject({ state: "paying" });
    expect(await paymentsOf(customer)).toEqual([]);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60 * 1000 });
    await alarmRings(customer);
    vi.useRealTimers();

    expect(await customer.order(orderId)).toMatchObject({ state: "abandoned" });
    expect(await paymentsOf(customer)).toEqual([]);
  });

  it("continues at the customer's own request", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/setup_intents", "unreachable", 2);
    const cut = await customer.buys({ orderId });
    expect(cut).toMatchObject({ status: 503, error: { order: { state: "placed" } } });

    const settled = await customer.settles(orderId);

    expect(settled).toMatchObject({ status: 200, balance: 1000 });
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("is abandoned rather than charged when its customer comes back a day later", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    await customer.buys({ orderId });

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25 * 60 * 60 * 1000 });
    const settled = await customer.settles(orderId);

    expect(settled).toMatchObject({ status: 409, error: { code: "order_abandoned" } });
    expect(await paymentsOf(customer)).toEqual([]);
  });
});

describe("a fault at Stripe", () => {
  it.each(["fail_before", "fail_after", "lose_answer", "lock_timeout", "rate_limit", "unreachable"] as const)(
    "of the kind %s still ends in one charge and one credit at the customer's next request",
    async (kind) => {
      const customer = await signedInCustomer();
      const orderId = newOrderId();
      const token = await customer.typesCard("4242424242424242");
      // The SDK itself retries once whatever may be retried; a 429 it does not retry.
      await nextCall(
        "POST /v1/payment_intents",
        kind,
        kind === "lock_timeout" || kind === "rate_limit" ? 1 : 2,
      );
      await customer.buys({ orderId, token });

      await customer.buys({ orderId, token });

      expect(await customer.balance()).toBe(1000);
      expect(await chargedCents(customer)).toBe(1000);
    },
  );
});

async function accountIdOf(customer: Customer): Promise<string> {
  return (await customer.account()).account.id;
}

async function alarmRings(customer: Customer): Promise<void> {
  await runDurableObjectAlarm(env.ACCOUNT.getByName(await accountIdOf(customer)));
}

async function entriesOf(customer: Customer): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    "SELECT kind, credits FROM ledger_entries WHERE account_id = ?1 ORDER BY seq",
  )
    .bind(await accountIdOf(customer))
    .all();
  return results;
}

/** Makes D1 refuse to write to a table, as when it is overloaded; a trigger stands in for the fault. */
async function d1Refuses(table: "ledger_entries" | "orders"): Promise<void> {
  await env.DB.exec(
    `CREATE TRIGGER ${table}_out_of_order BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'D1 is out of order'); END;`,
  );
}

async function d1Works(table: "ledger_entries" | "orders"): Promise<void> {
  await env.DB.exec(`DROP TRIGGER ${table}_out_of_order;`);
}

describe("someone else's order", () => {
  it("is not found by a customer who asks to settle it", async () => {
    const { orderId } = await cutOffAfterTheCharge();
    const other = await signedInCustomer();

    const answer = await other.settles(orderId);

    expect(answer).toMatchObject({ status: 404, error: { code: "order_not_found" } });
    expect((await other.request(`/orders/${orderId}`)).status).toBe(404);
  });
});
