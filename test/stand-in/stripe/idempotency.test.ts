import { beforeEach, describe, expect, it } from "vitest";
import {
  advance,
  ask,
  control,
  errorOf,
  headerOf,
  newCustomer,
  reset,
  stripe,
  typedCard,
} from "./support.ts";

beforeEach(reset);

const secret = { authorization: "Bearer sk_test_standin" };

describe("an idempotency key", () => {
  it("gets its first answer again, marked as a repetition", async () => {
    const first = await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });
    const again = await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });

    expect(again.id).toBe(first.id);
    expect(headerOf(again, "idempotent-replayed")).toBe("true");
    expect(headerOf(again, "original-request")).toBe(first.lastResponse.requestId);
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it("gets a decline again, without the card being tried again", async () => {
    const params = {
      amount: 5000,
      currency: "usd",
      confirm: true,
      payment_method: "pm_card_visa_chargeDeclined",
      allowed_payment_method_types: ["card"],
    };

    const first = await errorOf(stripe.paymentIntents.create(params, { idempotencyKey: "k" }));
    const again = await errorOf(stripe.paymentIntents.create(params, { idempotencyKey: "k" }));

    expect(again.payment_intent?.id).toBe(first.payment_intent?.id);
    expect(again.headers?.["idempotent-replayed"]).toBe("true");
    expect((await stripe.charges.list()).data).toHaveLength(1);
  });

  it("cannot be reused with other parameters", async () => {
    await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });

    const error = await errorOf(stripe.customers.create({ name: "Grace" }, { idempotencyKey: "k" }));

    expect(error).toMatchObject({ statusCode: 400, rawType: "idempotency_error" });
    expect(error.message).toContain("same parameters");
  });

  it("cannot be reused for another endpoint", async () => {
    await stripe.customers.create({}, { idempotencyKey: "k" });

    const error = await errorOf(stripe.testHelpers.confirmationTokens.create({}, { idempotencyKey: "k" }));

    expect(error.rawType).toBe("idempotency_error");
  });

  it("is free again after a day", async () => {
    const first = await stripe.customers.create({}, { idempotencyKey: "k" });
    await advance({ hours: 25 });

    const second = await stripe.customers.create({}, { idempotencyKey: "k" });

    expect(second.id).not.toBe(first.id);
  });

  it("is not spent on a request that failed validation", async () => {
    const form = { amount: "nothing", currency: "usd" };
    await ask("POST", "/v1/payment_intents", form, { ...secret, "idempotency-key": "k" });

    const intent = await stripe.paymentIntents.create(
      { amount: 5000, currency: "usd" },
      { idempotencyKey: "k" },
    );

    expect(intent.status).toBe("requires_payment_method");
  });

  it("is spent on a request that was refused because of the object's state", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 5000, currency: "usd" });
    await stripe.paymentIntents.cancel(intent.id);
    await errorOf(stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: "k" }));

    const again = await errorOf(stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: "k" }));

    expect(again.headers?.["idempotent-replayed"]).toBe("true");
  });

  it("is refused while its first request is still under way", async () => {
    await control("/stripe/faults", { kind: "slow", match: "POST /v1/customers", delay_ms: 400 });
    const slow = stripe.customers.create({}, { idempotencyKey: "k" });
    await scheduler.wait(100);

    const error = await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));

    expect(error).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
    expect((await slow).object).toBe("customer");
  });
});

describe("the fault", () => {
  it("fail_before answers 500 and does nothing, and the same key may try again", async () => {
    await control("/stripe/faults", { kind: "fail_before", match: "POST /v1/customers" });

    const error = await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));
    expect(error).toMatchObject({ statusCode: 500, rawType: "api_error" });
    expect((await stripe.customers.list()).data).toHaveLength(0);

    expect((await stripe.customers.create({}, { idempotencyKey: "k" })).object).toBe("customer");
  });

  it("fail_after does everything and answers 500, and the same key gets the same 500", async () => {
    await control("/stripe/faults", { kind: "fail_after", match: "POST /v1/customers" });

    await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));
    const again = await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));

    expect(again).toMatchObject({ statusCode: 500 });
    expect(again.headers?.["idempotent-replayed"]).toBe("true");
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it("api_error does nothing and answers 500, and the same key gets the same 500", async () => {
    await control("/stripe/faults", { kind: "api_error", match: "POST /v1/customers" });

    await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));
    const again = await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));

    expect(again.statusCode).toBe(500);
    expect((await stripe.customers.list()).data).toHaveLength(0);
  });

  it("lose_answer does everything and drops the connection, and the same key gets the answer", async () => {
    await control("/stripe/faults", { kind: "lose_answer", match: "POST /v1/customers" });

    const error = await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }));
    expect(error.type).toBe("StripeConnectionError");

    const found = await stripe.customers.create({}, { idempotencyKey: "k" });
    expect(headerOf(found, "idempotent-replayed")).toBe("true");
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it("unreachable drops the connection and does nothing", async () => {
    await control("/stripe/faults", { kind: "unreachable", times: 2 });

    expect((await errorOf(stripe.customers.create())).type).toBe("StripeConnectionError");
    expect((await errorOf(stripe.customers.create())).type).toBe("StripeConnectionError");
    expect((await stripe.customers.list()).data).toHaveLength(0);
  });

  it.each(["lock_timeout", "rate_limit"])("%s answers 429 and does nothing", async (kind) => {
    const customer = await newCustomer();
    await control("/stripe/faults", { kind, match: "POST /v1/setup_intents" });

    const error = await errorOf(
      stripe.setupIntents.create({
        customer: customer.id,
        confirmation_token: await typedCard("4242424242424242"),
      }),
    );

    expect(error).toMatchObject({ statusCode: 429, code: kind });
    expect((await stripe.setupIntents.list()).data).toHaveLength(0);
  });
});
