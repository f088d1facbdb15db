/** A payment whose amount differs from its order's: it brings no credits, the order ends, and staff see it. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MINUTE } from "../../src/domain/instant.ts";
import { listCronRuns } from "../../src/store/cron-runs.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import worker from "../stand-in/worker.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { visit } from "../support/visitor.ts";
import {
  bankSays,
  cardsAtStripe,
  chargesAtStripe,
  delivers,
  nextCall,
  paymentsOf,
  stripeCustomerOf,
} from "../support/stripe.ts";

afterEach(async () => {
  vi.useRealTimers();
  await bankSays("as_card");
});

type PartlyCaptured = { customer: Customer; orderId: string; paymentIntent: string };

/** A purchase of 1,000 cents that was authorised and cut off before it was captured; then staff captured 500 at Stripe. */
async function partlyCaptured(): Promise<PartlyCaptured> {
  await bankSays("unavailable");
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents/", "unreachable", 2);
  const cut = await customer.buys({ orderId });
  expect(cut).toMatchObject({ status: 503, error: { order: { state: "paying" } } });
  const [payment] = await paymentsOf(customer);
  const paymentIntent = payment?.id ?? "none";
  await stripe.paymentIntents.capture(paymentIntent, { amount_to_capture: 500 });
  return { customer, orderId, paymentIntent };
}

async function endsUncredited({ customer, orderId }: PartlyCaptured): Promise<void> {
  expect(await customer.order(orderId)).toMatchObject({ state: "abandoned", receipt_number: null });
  expect(await customer.balance()).toBe(0);
  expect(await paymentsOf(customer)).toMatchObject([{ status: "succeeded", amount_received: 500 }]);
}

async function runCron(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController(), env);
  await waitOnExecutionContext(context);
}

describe("a payment whose amount differs from its order's", () => {
  it("ends the order when its event arrives, is acknowledged, and is listed for staff", async () => {
    const cut = await partlyCaptured();
    const event = { type: "payment_intent.succeeded", payment_intent: cut.paymentIntent };

    expect(await delivers(event, 2)).toEqual([200, 200]);

    await endsUncredited(cut);
    const found = await listDifferences(env.DB, 10);
    expect(found).toEqual([
      expect.objectContaining({
        kind: "amount_differs",
        subject: cut.paymentIntent,
        orderId: cut.orderId,
        ours: expect.objectContaining({ amount_cents: 1000 }),
        theirs: expect.objectContaining({ amount_cents: 500 }),
      }),
    ]);
  });

  it("ends the order when its customer asks where it is, and tells them not to pay again", async () => {
    const cut = await partlyCaptured();

    for (const _time of ["first", "again"]) {
      const asked = await cut.customer.settles(cut.orderId);
      expect(asked).toMatchObject({
        status: 409,
        error: { code: "payment_differs", order: { state: "abandoned" } },
      });
      expect(asked.error?.message).toMatch(/do not pay again/i);
      expect(asked.error?.message).not.toMatch(/not been charged/i);
    }

    await endsUncredited(cut);
    const page = await visit(`/orders/${cut.orderId}`, cut.customer.cookie);
    expect(page.text).toContain("If your bank shows a payment for it, please write to us.");
    expect(page.text).not.toMatch(/not been charged/i);
  });

  it("ends the order when the cron runs, which then has nothing left to look at", async () => {
    const cut = await partlyCaptured();
    const later = Date.now() + 3 * MINUTE;
    vi.useFakeTimers({ toFake: ["Date"], now: later });

    await runCron();
    vi.setSystemTime(later + 5 * MINUTE);
    await runCron();

    await endsUncredited(cut);
    const [second, first] = await listCronRuns(env.DB, 2);
    expect(first).toMatchObject({ ordersFailed: 0, ordersWaiting: 0, ordersSettled: 1 });
    expect(second).toMatchObject({ ordersFailed: 0, ordersWaiting: 0, ordersLookedAt: 0 });
    expect(await cardsAtStripe(cut.customer)).toEqual([]);
  });

  it("can be refunded, and the event is acknowledged without taking any credits", async () => {
    const cut = await partlyCaptured();
    await stripe.refunds.create({ payment_intent: cut.paymentIntent });

    expect(await delivers({ type: "refund.created", payment_intent: cut.paymentIntent })).toEqual([200]);

    expect(await cut.customer.order(cut.orderId)).toMatchObject({ state: "abandoned" });
    expect(await cut.customer.balance()).toBe(0);
  });

  it("does not keep the order's own payment from being found and credited", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "lose_answer", 2);
    await customer.buys({ orderId });
    await chargesAtStripe({
      amount: 999,
      customer: await stripeCustomerOf(customer),
      metadata: { order_id: orderId },
    });

    expect(await customer.settles(orderId)).toMatchObject({ status: 200, balance: 1000 });
  });
});
