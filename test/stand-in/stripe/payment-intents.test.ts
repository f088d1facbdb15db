import { beforeEach, describe, expect, it } from "vitest";
import {
  advance,
  charge,
  chargeOf,
  control,
  errorOf,
  eventTypes,
  newCustomer,
  reset,
  saveCard,
  stripe,
  typedCard,
} from "./support.ts";

beforeEach(reset);

/** A customer with a saved card. */
async function shopper(number = "4242424242424242"): Promise<{ customer: string; method: string }> {
  const customer = await newCustomer();
  const setup = await saveCard(customer.id, await typedCard(number));
  return { customer: customer.id, method: setup.payment_method.id };
}

describe("a payment held for capture", () => {
  it("is held and then captured in full", async () => {
    const { customer, method } = await shopper();

    const held = await charge(customer, method, { capture_method: "manual" });
    expect(held).toMatchObject({ status: "requires_capture", amount_capturable: 5000, amount_received: 0 });
    expect(chargeOf(held)).toMatchObject({ captured: false, paid: true, amount_captured: 0 });

    const paid = await stripe.paymentIntents.capture(held.id, { expand: ["latest_charge"] });
    expect(paid).toMatchObject({ status: "succeeded", amount_capturable: 0, amount_received: 5000 });
    expect(chargeOf(paid)).toMatchObject({ captured: true, amount_captured: 5000, amount_refunded: 0 });
    expect((await eventTypes()).slice(-5)).toEqual([
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.amount_capturable_updated",
      "charge.captured",
      "payment_intent.succeeded",
    ]);
  });

  it("cannot be captured twice", async () => {
    const { customer, method } = await shopper();
    const held = await charge(customer, method, { capture_method: "manual" });
    await stripe.paymentIntents.capture(held.id);

    const error = await errorOf(stripe.paymentIntents.capture(held.id));

    expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    expect(error.payment_intent?.status).toBe("succeeded");
  });

  it("is released when canceled, which Stripe records as a refund of nothing captured", async () => {
    const { customer, method } = await shopper();
    const held = await charge(customer, method, { capture_method: "manual" });

    const canceled = await stripe.paymentIntents.cancel(held.id, {
      cancellation_reason: "fraudulent",
      expand: ["latest_charge"],
    });

    expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "fraudulent" });
    expect(chargeOf(canceled)).toMatchObject({ captured: false, amount_refunded: 5000, refunded: true });
    const refunded = await stripe.events.list({ type: "charge.refunded" });
    expect(refunded.data[0]?.data.object).toMatchObject({ captured: false });
    expect(refunded.data[0]?.data.previous_attributes).toEqual({ amount_refunded: 0, refunded: false });
  });

  it("expires after seven days", async () => {
    const { customer, method } = await shopper();
    const held = await charge(customer, method, { capture_method: "manual" });

    await advance({ days: 6, hours: 23 });
    expect((await stripe.paymentIntents.retrieve(held.id)).status).toBe("requires_capture");
    await advance({ hours: 2 });

    expect(await stripe.paymentIntents.retrieve(held.id)).toMatchObject({
      status: "canceled",
      cancellation_reason: "automatic",
    });
    expect(await eventTypes()).toContain("charge.expired");
  });
});

describe("Stripe's rules", () => {
  it("forbid canceling a paid intent, with an error that names the statuses allowed", async () => {
    const { customer, method } = await shopper();
    const paid = await charge(customer, method);

    const error = await errorOf(stripe.paymentIntents.cancel(paid.id));

    expect(error).toMatchObject({
      statusCode: 400,
      rawType: "invalid_request_error",
      code: "payment_intent_unexpected_state",
    });
    expect(error.message).toContain(
      "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing",
    );
  });

  it("forbid confirming a paid or canceled intent", async () => {
    const { customer, method } = await shopper();
    const paid = await charge(customer, method);
    const canceled = await stripe.paymentIntents.create({ amount: 5000, currency: "usd" });
    await stripe.paymentIntents.cancel(canceled.id);

    for (const id of [paid.id, canceled.id]) {
      const error = await errorOf(stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" }));
      expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    }
  });

  it("forbid using a confirmation token twice", async () => {
    const customer = await newCustomer();
    const token = await typedCard("4242424242424242");
    await saveCard(customer.id, token);

    const error = await errorOf(saveCard(customer.id, token));

    expect(error).toMatchObject({ statusCode: 400, code: "token_already_used" });
  });

  it("forbid using a detached card again", async () => {
    const { customer, method } = await shopper();
    await stripe.paymentMethods.detach(method);

    const error = await errorOf(charge(customer, method));

    expect(error).toMatchObject({ statusCode: 400, rawType: "invalid_request_error" });
  });

  it("forbid paying for one customer with another's card", async () => {
    const { method } = await shopper();
    const other = await newCustomer();

    const error = await errorOf(charge(other.id, method));

    expect(error).toMatchObject({ statusCode: 400, rawType: "invalid_request_error" });
  });

  it("forbid using an expired confirmation token", async () => {
    const customer = await newCustomer();
    const token = await typedCard("4242424242424242");
    await advance({ hours: 13 });

    const error = await errorOf(saveCard(customer.id, token));

    expect(error).toMatchObject({ statusCode: 400, param: "confirmation_token" });
  });
});

describe("fees", () => {
  it("come with the payment when the switch makes automatic captures know them at once", async () => {
    await control("/stripe/fees", { automatic: "at_once" });
    const { customer, method } = await shopper();

    const paid = await charge(customer, method, { amount: 1050 });

    // 2.9 % of 10.50 is 30.45 cents, rounded to 30, plus 30 cents.
    expect(chargeOf(paid).balance_transaction).toMatchObject({ fee: 60, net: 990, status: "pending" });
  });

  it("come later, when the clock moves", async () => {
    const { customer, method } = await shopper();
    const paid = await charge(customer, method, { capture_method: "automatic_async" });

    await advance({ hours: 1 });

    const [latest] = (await stripe.events.list({ type: "charge.updated" })).data;
    expect(latest?.data.object).toMatchObject({ payment_intent: paid.id });
    expect(latest?.data.previous_attributes).toEqual({ balance_transaction: null });
  });
});

describe("lists", () => {
  it("find a customer's intents at once, newest first, page by page", async () => {
    const { customer, method } = await shopper();
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) {
      ids.unshift((await charge(customer, method)).id);
    }
    const { customer: other, method: others } = await shopper();
    await charge(other, others);

    const first = await stripe.paymentIntents.list({ customer, limit: 2 });
    expect(first).toMatchObject({ has_more: true, url: "/v1/payment_intents" });
    expect(first.data.map((intent) => intent.id)).toEqual(ids.slice(0, 2));

    const everything = await stripe.paymentIntents
      .list({ customer, limit: 2 })
      .autoPagingToArray({ limit: 100 });
    expect(everything.map((intent) => intent.id)).toEqual(ids);

    const back = await stripe.paymentIntents.list({ customer, limit: 2, ending_before: ids[3] ?? "" });
    expect(back.data.map((intent) => intent.id)).toEqual(ids.slice(1, 3));
  });

  it("can be expanded up to four levels deep", async () => {
    const { customer, method } = await shopper();
    await charge(customer, method);
    await control("/stripe/fees/settle");

    const listed = await stripe.paymentIntents.list({
      customer,
      expand: ["data.latest_charge.balance_transaction", "data.customer"],
    });

    expect(listed.data[0]).toMatchObject({
      customer: { email: "ada@example.com" },
      latest_charge: { balance_transaction: { fee: 175 } },
    });
  });

  it("can be narrowed by time", async () => {
    const before = await stripe.paymentIntents.create({ amount: 5000, currency: "usd" });
    await advance({ days: 2 });
    const after = await stripe.paymentIntents.create({ amount: 5000, currency: "usd" });

    const recent = await stripe.paymentIntents.list({ created: { gt: before.created } });

    expect(recent.data.map((intent) => intent.id)).toEqual([after.id]);
  });
});
