import { beforeEach, describe, expect, it } from "vitest";
import {
  advance,
  boughtWith,
  charge,
  control,
  errorOf,
  eventTypes,
  newCustomer,
  reset,
  stripe,
} from "./support.ts";

beforeEach(reset);

describe("the balance", () => {
  it("is first pending, then available, then paid out, then at the bank", async () => {
    await boughtWith("4242424242424242");
    await control("/stripe/fees/settle");
    expect((await stripe.balance.retrieve()).pending[0]).toMatchObject({ amount: 4825, currency: "usd" });

    await advance({ days: 3 });
    const [payout] = (await stripe.payouts.list()).data;
    expect(payout).toMatchObject({ amount: 4825, automatic: true, status: "in_transit" });
    expect((await stripe.balance.retrieve()).available[0]).toMatchObject({ amount: 0 });

    await advance({ days: 1 });
    expect(await stripe.payouts.retrieve(payout?.id ?? "")).toMatchObject({
      status: "paid",
      reconciliation_status: "completed",
    });
    const inside = await stripe.balanceTransactions.list({ payout: payout?.id ?? "" });
    expect(inside.data.map(({ type, net }) => [type, net])).toEqual([
      ["payout", -4825],
      ["charge", 4825],
    ]);
    expect((await eventTypes()).slice(-4)).toEqual([
      "balance.available",
      "payout.created",
      "payout.paid",
      "payout.reconciliation_completed",
    ]);
  });

  it("is available at once from a card that bypasses pending", async () => {
    await boughtWith("4000000000000077");
    await control("/stripe/fees/settle");

    expect((await stripe.balance.retrieve()).available[0]).toMatchObject({ amount: 4825 });
  });

  it("can be paid out by hand, and a payout canceled or sent back", async () => {
    await boughtWith("4000000000000077");
    await control("/stripe/fees/settle");

    const error = await errorOf(stripe.payouts.create({ amount: 4826, currency: "usd" }));
    expect(error).toMatchObject({ statusCode: 400, code: "balance_insufficient" });

    const first = await stripe.payouts.create({ amount: 1000, currency: "usd" });
    expect((await stripe.payouts.cancel(first.id)).status).toBe("canceled");
    const second = await stripe.payouts.create({ amount: 1000, currency: "usd" });
    await control("/stripe/payouts/fail", { id: second.id });

    expect((await stripe.payouts.retrieve(second.id)).status).toBe("failed");
    expect((await stripe.balance.retrieve()).available[0]).toMatchObject({ amount: 4825 });
    expect((await stripe.balanceTransactions.list({ type: "payout" })).data).toHaveLength(2);
  });
});

describe("the clock", () => {
  it("makes what falls due on the way happen in order, each at its own time", async () => {
    const { paid } = await boughtWith("4000000000000259");

    await advance({ days: 30 });

    const { data } = await stripe.events.list({ limit: 100 });
    const later = data.toReversed().filter(({ created }) => created > paid.created + 1);
    expect(later.map(({ type, created }) => [type, Math.floor((created - paid.created) / 86_400)])).toEqual([
      ["charge.updated", 0],
      ["charge.dispute.created", 0],
      ["charge.dispute.funds_withdrawn", 0],
      ["balance.available", expect.toSatisfy((days: number) => days === 2 || days === 3)],
      ["charge.dispute.closed", 9],
    ]);
  });
});

describe("currencies", () => {
  it.each([
    ["jpy", 50],
    ["gbp", 30],
    ["eur", 50],
    ["huf", 17_500],
    ["kwd", 10],
  ])("such as %s have a smallest charge: %i", async (currency, least) => {
    const intent = await stripe.paymentIntents.create({ amount: least, currency });
    const error = await errorOf(stripe.paymentIntents.create({ amount: least - 1, currency }));

    expect(intent).toMatchObject({ amount: least, currency });
    expect(error.statusCode).toBe(400);
  });

  it("have amounts of at most eight digits", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 99_999_999, currency: "usd" });
    const error = await errorOf(stripe.paymentIntents.create({ amount: 100_000_000, currency: "jpy" }));

    expect(intent.amount).toBe(99_999_999);
    expect(error.code).toBe("amount_too_large");
  });

  it("are accepted in either case and returned in lower case", async () => {
    expect((await stripe.paymentIntents.create({ amount: 500, currency: "USD" })).currency).toBe("usd");
  });
});

describe("an update", () => {
  it("can change an intent until it is paid", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });

    const changed = await stripe.paymentIntents.update(intent.id, {
      amount: 700,
      description: "1,000 credits",
      metadata: { order: "ord_1" },
      payment_method: "pm_card_visa",
    });
    expect(changed).toMatchObject({
      amount: 700,
      status: "requires_confirmation",
      metadata: { order: "ord_1" },
    });

    await stripe.paymentIntents.confirm(intent.id, { return_url: "https://shop.example/" });
    const error = await errorOf(stripe.paymentIntents.update(intent.id, { amount: 800 }));
    expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    expect((await stripe.paymentIntents.update(intent.id, { metadata: { note: "x" } })).metadata).toEqual({
      order: "ord_1",
      note: "x",
    });
  });

  it("records what was different before", async () => {
    const customer = await newCustomer();

    await stripe.customers.update(customer.id, {
      email: "grace@example.com",
      address: { city: "Arlington" },
      metadata: { a: "1" },
    });

    const [said] = (await stripe.events.list({ type: "customer.updated" })).data;
    expect(said?.data.previous_attributes).toEqual({
      email: "ada@example.com",
      address: null,
      metadata: { a: null },
    });
  });

  it("that deletes a customer leaves only its id, and its cards are gone", async () => {
    const { customer, method } = await boughtWith("4242424242424242");

    const gone = await stripe.customers.del(customer);

    expect(gone).toMatchObject({ id: customer, deleted: true });
    expect(await stripe.customers.retrieve(customer)).toEqual({
      id: customer,
      object: "customer",
      deleted: true,
    });
    expect((await stripe.paymentMethods.retrieve(method)).customer).toBeNull();
    expect((await errorOf(charge(customer, method))).code).toBe("resource_missing");
  });
});

describe("a payment method", () => {
  it("is a new one each time pm_card_visa is named", async () => {
    const customer = await newCustomer();

    const attached = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
    const updated = await stripe.paymentMethods.update(attached.id, {
      allow_redisplay: "always",
      billing_details: { name: "Ada" },
    });

    expect(attached.id).toMatch(/^pm_\w{24}$/);
    expect(updated).toMatchObject({ allow_redisplay: "always", billing_details: { name: "Ada" } });
    expect((await stripe.customers.listPaymentMethods(customer.id, { type: "card" })).data).toHaveLength(1);
  });

  it("cannot be attached if its card declines", async () => {
    const customer = await newCustomer();

    const error = await errorOf(
      stripe.paymentMethods.attach("pm_card_visa_chargeDeclined", { customer: customer.id }),
    );

    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
  });

  it("has the same fingerprint for the same card", async () => {
    const first = await stripe.paymentMethods.retrieve("pm_card_visa");
    const second = await stripe.paymentMethods.retrieve("pm_card_visa");

    expect(second.card?.fingerprint).toBe(first.card?.fingerprint);
    expect(second.id).not.toBe(first.id);
  });
});

describe("a customer session", () => {
  it("says for half an hour what a browser may do with saved cards", async () => {
    const customer = await newCustomer();

    const session = await stripe.customerSessions.create({
      customer: customer.id,
      components: {
        payment_element: { enabled: true, features: { payment_method_redisplay: "enabled" } },
      },
    });

    expect(session.expires_at - session.created).toBe(1800);
    expect(session.components?.payment_element.features).toMatchObject({
      payment_method_redisplay: "enabled",
      payment_method_redisplay_limit: 3,
      payment_method_save: "disabled",
    });
  });
});
