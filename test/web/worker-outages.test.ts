/** D1 failing in one of the Worker's own statements, and an account's object that never answers: nothing is acknowledged or lost. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCron } from "../../src/cron/run.ts";
import { recoverAll } from "../../src/cron/recover.ts";
import { app } from "../../src/app.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import { listCronRuns } from "../../src/store/cron-runs.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { bindingsWith } from "../support/bindings.ts";
import { rows } from "../support/books.ts";
import { type Customer, newOrderId, ORIGIN, signedInCustomer } from "../support/customer.ts";
import { callsMade, nextCall } from "../support/stripe.ts";

afterEach(() => {
  vi.useRealTimers();
});

function failing(): Promise<never> {
  return Promise.reject(new Error("D1_ERROR: Network connection lost."));
}

/** The bindings while D1 fails at every statement that fits, and at every batch with one of them. */
function failingAt(pattern: RegExp): typeof env {
  const statement: object = { bind: () => statement, first: failing, all: failing, run: failing };
  const DB = new Proxy(env.DB, {
    get(target, key) {
      if (key === "prepare") {
        return (sql: string) => (pattern.test(sql) ? statement : target.prepare(sql));
      }
      if (key === "batch") {
        return (statements: D1PreparedStatement[]) =>
          statements.some((one) => one === statement) ? failing() : target.batch(statements);
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return bindingsWith({ DB });
}

/** A request to the product under these bindings. */
async function asks(request: Request, bindings: typeof env): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(request, bindings, context);
  vi.useRealTimers();
  await waitOnExecutionContext(context);
  return response;
}

/** An event of Stripe's about a payment, which names the order where there is one. */
async function eventAbout(id: string, orderId?: string): Promise<Request> {
  const metadata = orderId === undefined ? {} : { order_id: orderId };
  const body = JSON.stringify({
    id,
    object: "event",
    created: 1,
    type: "payment_intent.succeeded",
    data: { object: { object: "payment_intent", id: `pi_of_${id}`, metadata } },
  });
  const signature = await stripe.webhooks.generateTestHeaderStringAsync({
    payload: body,
    secret: "whsec_standin",
  });
  return new Request(`${ORIGIN}/webhooks/stripe`, {
    method: "POST",
    body,
    headers: { "Stripe-Signature": signature, "Content-Type": "application/json" },
  });
}

/** The request that places an order for 1,000 credits, as the page sends it. */
async function orderOf(customer: Customer, orderId: string): Promise<Request> {
  return new Request(`${ORIGIN}/orders`, {
    method: "POST",
    headers: { Cookie: customer.cookie, Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify({
      order_id: orderId,
      credits: 1000,
      confirmation_token: await customer.typesCard("4242424242424242"),
      save_card: false,
    }),
  });
}

/** A purchase that was charged while our side did not hear the answer. */
async function cutOffAfterTheCharge(): Promise<{ customer: Customer; orderId: string }> {
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  await customer.buys({ orderId });
  return { customer, orderId };
}

function fiveMinutesLater(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * MINUTE });
}

describe("while D1 fails", () => {
  it("at recording an event that is not ours, the event is not acknowledged, and recorded when it comes again", async () => {
    const failed = await asks(await eventAbout("evt_not_ours"), failingAt(/INSERT INTO stripe_events/));
    expect(failed.status).toBe(503);

    const again = await asks(await eventAbout("evt_not_ours"), env);
    expect([again.status, await again.json()]).toEqual([200, { received: true, outcome: "not_ours" }]);
    expect(await rows("SELECT outcome, deliveries FROM stripe_events WHERE id = 'evt_not_ours'")).toEqual([
      { outcome: "not_ours", deliveries: 1 },
    ]);
  });

  it("at looking up the session, an order is not begun, and the same order goes through afterwards", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    const before = (await callsMade()).filter(({ path }) => /intents/.test(path)).length;

    const failed = await asks(await orderOf(customer, orderId), failingAt(/FROM sessions/));

    expect(failed.status).toBe(503);
    expect(Number(failed.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await failed.json()).toMatchObject({ error: { code: "account_busy" } });
    expect((await customer.account()).orders).toEqual([]);
    expect((await callsMade()).filter(({ path }) => /intents/.test(path))).toHaveLength(before);
    expect(await customer.buys({ orderId })).toMatchObject({ status: 200, balance: 1000 });
  });

  it.each([
    ["beginning a run", /INSERT INTO cron_runs/, 0],
    ["reporting a run", /UPDATE cron_runs/, 1000],
  ])(
    "at %s of the cron, the run fails, the books are compared all the same, and the next settles the rest",
    async (_at, pattern, balance) => {
      await env.DB.prepare("DELETE FROM reconciliations").run();
      const { customer } = await cutOffAfterTheCharge();
      // So that the comparison does not settle it: it was placed after the comparison's end.
      await env.DB.prepare(
        `INSERT INTO reconciliations (id, from_at, until_at, stage, started_at, updated_at)
       VALUES ('rec_today', 0, 1, 'orders', ?1, ?1)`,
      )
        .bind(Date.now() + 5 * MINUTE)
        .run();
      fiveMinutesLater();

      await expect(runCron(failingAt(pattern))).rejects.toThrow("cron");

      expect(await rows("SELECT stage FROM reconciliations")).toEqual([{ stage: "done" }]);
      const books = await rows("SELECT balance FROM accounts WHERE email = ?1", customer.email);
      expect(books).toEqual([{ balance }]);
      await runCron(env);
      expect(await customer.balance()).toBe(1000);
      expect(await listCronRuns(env.DB, 1)).toMatchObject([{ finishedAt: Date.now(), ordersFailed: 0 }]);
    },
  );
});

/** An account's object that never answers, and when it was first asked. */
function objectThatHangs(): { asked: Promise<void>; ACCOUNT: object } {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const hangs = () => {
    resolve();
    return new Promise<never>(() => {});
  };
  const object = { placeOrder: hangs, settleOrder: hangs, receiveEvent: hangs, recover: hangs, tidy: hangs };
  return { asked, ACCOUNT: { getByName: () => object } };
}

/** What comes of `act` when half a minute passes while the object hangs. */
async function halfAMinuteLater<T>(act: (bindings: typeof env) => Promise<T>): Promise<T> {
  const { asked, ACCOUNT } = objectThatHangs();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: Date.now() });
  const coming = act(bindingsWith({ ACCOUNT }));
  let hasCome = false;
  void coming.finally(() => {
    hasCome = true;
  });
  await asked;
  vi.advanceTimersByTime(29_999);
  await scheduler.wait(10);
  expect(hasCome).toBe(false);
  vi.advanceTimersByTime(1);
  return coming;
}

describe("while the account's object never answers", () => {
  it("a webhook is refused after half a minute, and credits the order when it comes again", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();
    const event = await eventAbout("evt_hangs", orderId);
    const refused = await halfAMinuteLater((bindings) => asks(event, bindings));
    expect(refused.status).toBe(503);

    const again = await asks(await eventAbout("evt_hangs", orderId), env);
    expect(again.status).toBe(200);
    expect(await customer.balance()).toBe(1000);
  });

  it("a customer is told to try again after half a minute, and the same order goes through then", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    const order = await orderOf(customer, orderId);
    const refused = await halfAMinuteLater((bindings) => asks(order, bindings));
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: "account_busy" } }]);
    expect(await customer.buys({ orderId })).toMatchObject({ status: 200, balance: 1000 });
  });

  it("the cron gives it up after half a minute, counts it as failed, and settles it in the next run", async () => {
    // Nothing is left of the tests before this one.
    await recoverAll(env);
    const { customer } = await cutOffAfterTheCharge();
    fiveMinutesLater();

    expect(await halfAMinuteLater((bindings) => recoverAll(bindings))).toMatchObject({
      accountsLookedAt: 1,
      accountsFailed: 1,
      stoppedAfter: null,
    });

    vi.useRealTimers();
    fiveMinutesLater();
    expect(await recoverAll(env)).toMatchObject({ accountsFailed: 0, ordersSettled: 1 });
    expect(await customer.balance()).toBe(1000);
  });
});
