/** An account whose customer was deleted at Stripe and replaced: what was begun for the first is still found, and is nobody else's. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { chargesAtStripe, delivers, nextCall, paymentsOf, stripeCustomerOf } from "../support/stripe.ts";

beforeEach(() => control("/reset"));
afterEach(() => {
  vi.useRealTimers();
});

type Begun = { customer: Customer; orderId: string; paymentIntent: string; first: string };

/** Deletes the account's customer at Stripe. Stripe would answer a second request for one within a minute with the first. */
async function deletesCustomerOf(customer: Customer): Promise<void> {
  await stripe.customers.del(await stripeCustomerOf(customer));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE });
}

/** Buys with a new card until it goes through: the first try finds out that the customer is gone. */
async function buysWithNewCustomer(customer: Customer): Promise<void> {
  const orderId = newOrderId();
  const found = await customer.buys({ orderId });
  expect(found).toMatchObject({ status: 503, error: { code: "stripe_unavailable" } });
  expect(await customer.settles(orderId)).toMatchObject({ status: 200, balance: 1000 });
}

/** A purchase whose charge succeeded while its answer was lost; then the customer was replaced by another purchase. */
async function replacedAfterTheCharge(): Promise<Begun> {
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  const cut = await customer.buys({ orderId });
  expect(cut).toMatchObject({ status: 503, error: { order: { state: "paying" } } });
  const [payment] = await paymentsOf(customer);
  const first = await stripeCustomerOf(customer);
  await deletesCustomerOf(customer);
  await buysWithNewCustomer(customer);
  expect(await stripeCustomerOf(customer)).not.toBe(first);
  return { customer, orderId, paymentIntent: payment?.id ?? "none", first };
}

async function outcomesOf(paymentIntent: string): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    "SELECT outcome FROM stripe_events WHERE object_id = ?1 AND type = 'payment_intent.succeeded'",
  )
    .bind(paymentIntent)
    .all();
  return results;
}

describe("a payment for a customer that has been replaced since", () => {
  it("is credited by the webhook", async () => {
    const { customer, orderId, paymentIntent } = await replacedAfterTheCharge();

    const statuses = await delivers({ type: "payment_intent.succeeded", payment_intent: paymentIntent });

    expect(statuses).toEqual([200]);
    expect(await customer.balance()).toBe(2000);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid", confirmed_at: expect.any(String) });
  });

  it("is credited by reconciliation", async () => {
    const { customer, orderId } = await replacedAfterTheCharge();

    await reconcileNow(env);

    expect(await customer.balance()).toBe(2000);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid" });
  });

  it("is credited by the alarm, which finds it in the first customer's list", async () => {
    const { customer, orderId } = await replacedAfterTheCharge();
    const { account } = await customer.account();

    await runDurableObjectAlarm(env.ACCOUNT.getByName(account.id));

    expect(await customer.balance()).toBe(2000);
    expect(await customer.order(orderId)).toMatchObject({ state: "paid", confirmed_at: null });
  });

  it("is credited by the customer asking where it is", async () => {
    const { customer, orderId } = await replacedAfterTheCharge();

    expect(await customer.settles(orderId)).toMatchObject({ status: 200, balance: 2000 });
  });

  it("is credited even if the order had been given up before its charge was found", async () => {
    const { customer, orderId, paymentIntent } = await replacedAfterTheCharge();
    await env.DB.prepare(
      "UPDATE orders SET state = 'abandoned', ended_at = 1, verified_at = NULL WHERE id = ?1",
    )
      .bind(orderId)
      .run();

    await delivers({ type: "payment_intent.succeeded", payment_intent: paymentIntent });

    expect(await customer.balance()).toBe(2000);
  });
});

describe("a payment that only claims to be an order's", () => {
  it("credits nobody, and its event is recorded as not ours, even if it is for the account's new customer", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    await customer.buys({ orderId });
    await deletesCustomerOf(customer);
    await buysWithNewCustomer(customer);
    const payment = await chargesAtStripe({
      amount: 1000,
      customer: await stripeCustomerOf(customer),
      metadata: { order_id: orderId },
    });

    const statuses = await delivers({ type: "payment_intent.succeeded", payment_intent: payment.id });

    expect(statuses).toEqual([200]);
    expect(await customer.balance()).toBe(1000);
    expect(await outcomesOf(payment.id)).toEqual([{ outcome: "not_ours" }]);
  });

  it("credits nobody if it is for no customer at all", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/customers", "unreachable", 4);
    await customer.buys({ orderId });
    const payment = await chargesAtStripe({ amount: 1000, metadata: { order_id: orderId } });

    await delivers({ type: "payment_intent.succeeded", payment_intent: payment.id });

    expect(await customer.balance()).toBe(0);
    expect(await outcomesOf(payment.id)).toEqual([{ outcome: "not_ours" }]);
  });
});

describe("an order by saved card of a customer that is gone at Stripe", () => {
  it("is declined, and the card is not offered again", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const [card] = (await customer.account()).saved_cards;
    await deletesCustomerOf(customer);
    // The first purchase with a new card finds out, and the account has no customer for a moment.
    await customer.buys({ card: "4000000000000002" });

    const declined = await customer.buys({ cardId: card?.id ?? "none" });

    expect(declined).toMatchObject({ status: 402, error: { code: "card_declined" } });
    expect((await customer.account()).saved_cards).toEqual([]);
  });

  it("is declined, too, if it had been cut off before its charge", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const [card] = (await customer.account()).saved_cards;
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    await customer.buys({ orderId, cardId: card?.id ?? "none" });
    await deletesCustomerOf(customer);
    await customer.buys({ card: "4000000000000002" });

    const declined = await customer.settles(orderId);

    expect(declined).toMatchObject({ status: 402, error: { code: "card_declined" } });
    expect((await customer.account()).saved_cards).toEqual([]);
  });
});
