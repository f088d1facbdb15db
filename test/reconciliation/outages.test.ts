/** When D1, the account's object or an order fails: the answer says when to retry, a webhook is never acknowledged, and the cron reports. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import { listCronRuns } from "../../src/store/cron-runs.ts";
import worker from "../stand-in/worker.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { newOrderId, ORIGIN, signedInCustomer } from "../support/customer.ts";
import { nextCall } from "../support/stripe.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A request to the product while something it relies on fails. */
async function asks(request: Request, failing: object): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(request, { ...env, ...failing }, context);
  await waitOnExecutionContext(context);
  return response;
}

/** A D1 that answers with nothing but this error. */
function databaseThat(fails: string) {
  const failing = () => Promise.reject(new Error(fails));
  const statement = { bind: () => statement, first: failing, all: failing, run: failing };
  return { DB: { prepare: () => statement, batch: failing } };
}

/** An account's object that answers with nothing but this error. */
function objectThat(fails: string, properties: object = {}) {
  const failing = () => Promise.reject(Object.assign(new Error(fails), properties));
  return { ACCOUNT: { getByName: () => ({ settleOrder: failing, tidy: failing, receiveEvent: failing }) } };
}

async function webhook(orderId: string): Promise<Request> {
  const body = JSON.stringify({
    id: "evt_1",
    object: "event",
    created: 1,
    type: "payment_intent.succeeded",
    data: { object: { object: "payment_intent", id: "pi_1", metadata: { order_id: orderId } } },
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

// As given by https://developers.cloudflare.com/d1/observability/debug-d1/ and the documentation of Durable Objects.
const D1_OUTAGES = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
];
const OBJECT_OUTAGES = [
  "Durable Object is overloaded. Requests queued for too long.",
  "Your account is generating too much load on Durable Objects. Please back off and try again later.",
  "Durable Object reset because its code was updated.",
  "Network connection lost.",
  "A turn took longer than 15000 ms",
];

describe("while D1 fails", () => {
  it.each(D1_OUTAGES)("with %j, a customer is told to try again in a moment", async (fails) => {
    const customer = await signedInCustomer();
    const request = new Request(`${ORIGIN}/orders/${newOrderId()}/settle`, {
      method: "POST",
      headers: { Cookie: customer.cookie, Accept: "application/json", "Content-Type": "application/json" },
    });

    const answer = await asks(request, databaseThat(fails));

    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ error: { code: "account_busy" } });
  });

  it.each(D1_OUTAGES)("with %j, a webhook is not acknowledged", async (fails) => {
    const answer = await asks(await webhook(newOrderId()), databaseThat(fails));
    expect(answer.status).toBe(503);
  });

  it("with an error of our own making, the answer is a 500 and not a request to try again", async () => {
    const answer = await asks(await webhook(newOrderId()), databaseThat("D1_ERROR: no such table: orders"));
    expect(answer.status).toBe(500);
  });
});

describe("while the account's object fails", () => {
  it.each(OBJECT_OUTAGES)("with %j, a customer is told to try again in a moment", async (fails) => {
    const customer = await signedInCustomer();
    const request = new Request(`${ORIGIN}/orders/${newOrderId()}/settle`, {
      method: "POST",
      headers: { Cookie: customer.cookie, Accept: "application/json", "Content-Type": "application/json" },
    });

    const answer = await asks(request, objectThat(fails));

    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  });

  it("because it was replaced, it is asked once more through a new stub", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    let asked = 0;
    const replacedOnce = {
      getByName: (name: string) => {
        asked += 1;
        const [first] = [objectThat("reset", { durableObjectReset: true }).ACCOUNT.getByName()];
        return asked === 1 ? first : env.ACCOUNT.getByName(name);
      },
    };
    const request = new Request(`${ORIGIN}/orders/${bought.order?.id}/settle`, {
      method: "POST",
      headers: { Cookie: customer.cookie, Accept: "application/json", "Content-Type": "application/json" },
    });

    const answer = await asks(request, { ACCOUNT: replacedOnce });

    expect(answer.status).toBe(200);
  });

  it("a webhook is not acknowledged", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    const answer = await asks(
      await webhook(bought.order?.id ?? "none"),
      objectThat("Durable Object is overloaded. Requests queued for too long.", { overloaded: true }),
    );
    expect(answer.status).toBe(503);
  });
});

describe("the cron", () => {
  it("reports how many orders it looked at, settled, left waiting and failed on", async () => {
    const [first, second] = [await signedInCustomer(), await signedInCustomer()];
    await nextCall("POST /v1/payment_intents", "lose_answer", 2);
    await first.buys();
    await nextCall("POST /v1/setup_intents", "unreachable", 2);
    await second.buys();
    const later = Date.now() + 3 * MINUTE;
    vi.useFakeTimers({ toFake: ["Date"], now: later });

    await worker.scheduled(createScheduledController(), env);

    const [run] = await listCronRuns(env.DB, 1);
    expect(run).toMatchObject({
      startedAt: later,
      finishedAt: later,
      accountsFailed: 0,
      ordersSettled: 1,
      ordersWaiting: 1,
      ordersFailed: 0,
      stoppedAfter: null,
    });
    expect(run?.ordersLookedAt).toBe(2);
    expect(await first.balance()).toBe(1000);
  });

  it("settles the other orders when one cannot be settled", async () => {
    const [first, second] = [await signedInCustomer(), await signedInCustomer()];
    for (const customer of [first, second]) {
      await nextCall("POST /v1/payment_intents", "lose_answer", 2);
      await customer.buys();
    }
    const { account } = await first.account();
    await env.DB.exec(
      `CREATE TRIGGER one_is_out_of_order BEFORE INSERT ON ledger_entries WHEN NEW.account_id = '${account.id}' BEGIN SELECT RAISE(ABORT, 'out of order'); END;`,
    );
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * MINUTE });

    await worker.scheduled(createScheduledController(), env);

    await env.DB.exec("DROP TRIGGER one_is_out_of_order;");
    const [run] = await listCronRuns(env.DB, 1);
    expect(run).toMatchObject({ ordersFailed: 1, ordersSettled: 1 });
    expect(await first.balance()).toBe(0);
    expect(await second.balance()).toBe(1000);
  });
});
