import { beforeEach, describe, expect, it } from "vitest";
import { ask, charge, errorOf, newCustomer, reset, saveCard, stripe, typedCard } from "./support.ts";

beforeEach(reset);

const secret = { authorization: "Bearer sk_test_standin" };

describe("a request", () => {
  it("with an unknown parameter is refused as Stripe refuses it", async () => {
    const { status, body } = await ask("POST", "/v1/customers", { colour: "blue" }, secret);

    expect(status).toBe(400);
    expect(body["error"]).toMatchObject({
      type: "invalid_request_error",
      code: "parameter_unknown",
      message: "Received unknown parameter: colour",
      param: "colour",
    });
  });

  it("with a nested unknown parameter is refused with its name in brackets", async () => {
    const { body } = await ask("POST", "/v1/customers", { "address[planet]": "Mars" }, secret);

    expect(body["error"]).toMatchObject({ code: "parameter_unknown", param: "address[planet]" });
  });

  it("with payment_method_types is refused, because it is no longer supported", async () => {
    const form = { amount: "5000", currency: "usd", "payment_method_types[]": "card" };

    const { status, body } = await ask("POST", "/v1/payment_intents", form, secret);

    expect(status).toBe(400);
    expect(body["error"]).toMatchObject({ code: "payment_method_types_no_longer_supported" });
  });

  it.each([
    [{ currency: "usd" }, "parameter_missing", "amount"],
    [{ amount: "a lot", currency: "usd" }, "parameter_invalid_integer", "amount"],
    [{ amount: "49", currency: "usd" }, "amount_too_small", "amount"],
    [{ amount: "100000000", currency: "usd" }, "amount_too_large", "amount"],
    [{ amount: "500", currency: "" }, "parameter_invalid_empty", "currency"],
    [{ amount: "500", currency: "doubloons" }, undefined, "currency"],
    [{ amount: "500", currency: "usd", capture_method: "someday" }, undefined, "capture_method"],
    [{ amount: "500", currency: "usd", confirm: "perhaps" }, undefined, "confirm"],
    [{ amount: "500", currency: "usd", customer: "cus_nobody" }, "resource_missing", "customer"],
  ])("with %o is refused with the code %s for %s", async (form, code, param) => {
    const { status, body } = await ask("POST", "/v1/payment_intents", form, secret);

    expect(status).toBe(400);
    expect(body["error"]).toMatchObject({
      type: "invalid_request_error",
      message: expect.any(String),
      param,
      ...(code === undefined ? {} : { code }),
    });
  });

  it("for an object that does not exist is answered with 404", async () => {
    const error = await errorOf(stripe.paymentIntents.retrieve("pi_nothing"));

    expect(error).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
      message: "No such payment_intent: 'pi_nothing'",
      param: "intent",
    });
  });

  it("to an unknown route is answered with 404 in Stripe's words", async () => {
    const { status, body } = await ask("GET", "/v1/teapots", {}, secret);

    expect(status).toBe(404);
    expect(body["error"]).toMatchObject({
      type: "invalid_request_error",
      message: expect.stringContaining("Unrecognized request URL (GET: /v1/teapots)"),
    });
  });

  it("to expand something that cannot be expanded is refused, and does nothing", async () => {
    const error = await errorOf(stripe.customers.create({ email: "a@example.com", expand: ["email"] }));

    expect(error.message).toContain("This property cannot be expanded (email)");
    expect((await stripe.customers.list()).data).toEqual([]);
  });

  it("merges metadata, and removes a key with an empty value", async () => {
    const customer = await stripe.customers.create({ metadata: { one: "1", two: "2" } });

    const updated = await stripe.customers.update(customer.id, { metadata: { two: "", three: "3" } });
    const cleared = await stripe.customers.update(customer.id, { metadata: "" });

    expect(updated.metadata).toEqual({ one: "1", three: "3" });
    expect(cleared.metadata).toEqual({});
  });

  it.each([
    [{ ["k".repeat(41)]: "v" }],
    [{ k: "v".repeat(501) }],
    [Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]))],
  ])("with metadata beyond its limits is refused", async (metadata) => {
    const error = await errorOf(stripe.customers.create({ metadata }));

    expect(error).toMatchObject({ statusCode: 400, rawType: "invalid_request_error" });
  });
});

describe("a malformed request", () => {
  it.each([
    "amount[[[=1&]]]=2",
    "%%%=%E0%A4%A",
    "amount[]=1&amount[x]=2&amount=3",
    `a${"[b]".repeat(5000)}=c`,
    "expand[0][1]=x&amount=500&currency=usd",
    "expand=latest_charge&amount=500&currency=usd",
    "metadata[a][b]=c&amount=500&currency=usd",
    "__proto__[x]=1&constructor[y]=2",
    "\u0000\u0001=\u0002",
  ])("is answered with an error, without a crash: %s", async (body) => {
    const { exports } = await import("cloudflare:workers");
    const response = await exports.default.fetch("http://x/stand-in/stripe/v1/payment_intents", {
      method: "POST",
      headers: secret,
      body,
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });
});

describe("an API key", () => {
  it.each([
    ["none", {}, 401],
    ["nonsense", { authorization: "Bearer hello" }, 401],
    ["live", { authorization: "Bearer sk_live_abcdefgh1234" }, 401],
    ["basic", { authorization: `Basic ${btoa("sk_test_standin:")}` }, 200],
    ["restricted", { authorization: "Bearer rk_test_standin" }, 200],
    ["publishable", { authorization: "Bearer pk_test_standin" }, 401],
  ])("of the kind “%s” (%o) gets the status %i for listing customers", async (_name, headers, expected) => {
    const { status, body } = await ask("GET", "/v1/customers", {}, headers);

    expect(status).toBe(expected);
    expect(body).toMatchObject(
      expected === 200 ? { object: "list" } : { error: { type: "invalid_request_error" } },
    );
  });

  it("for browsers shows an intent only with its client secret, and less of it", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4242424242424242"));
    const paid = await charge(customer.id, setup.payment_method.id);
    const path = `/v1/payment_intents/${paid.id}`;

    const seen = await ask("GET", path, { client_secret: paid.client_secret ?? "" });
    expect(seen.body).toMatchObject({ id: paid.id, status: "succeeded", amount: 5000 });
    expect(seen.body).not.toHaveProperty("customer");
    expect(seen.body).not.toHaveProperty("metadata");

    expect((await ask("GET", path)).status).toBe(400);
    expect((await ask("GET", path, { client_secret: "pi_x_secret_y" })).body["error"]).toMatchObject({
      code: "payment_intent_invalid_parameter",
    });
  });

  it("for browsers confirms an intent with its client secret", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 5000, currency: "usd" });

    const { status, body } = await ask("POST", `/v1/payment_intents/${intent.id}/confirm`, {
      client_secret: intent.client_secret ?? "",
      confirmation_token: await typedCard("4242424242424242"),
    });

    expect({ status, body }).toMatchObject({ status: 200, body: { status: "succeeded" } });
  });
});

describe("a declined card in the browser", () => {
  it("is reported without the fields that are only for the business", async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      metadata: { a: "b" },
    });

    const { status, body } = await ask("POST", `/v1/payment_intents/${intent.id}/confirm`, {
      client_secret: intent.client_secret ?? "",
      confirmation_token: await typedCard("4000000000000002"),
    });

    expect(status).toBe(402);
    expect(body["error"]).toMatchObject({ code: "card_declined", payment_intent: { id: intent.id } });
    expect(JSON.stringify(body)).not.toContain('"metadata":{"a"');
    expect(body).not.toHaveProperty("error.payment_intent.metadata");
  });
});

describe("the API", () => {
  it("answers with a request id and the pinned version", async () => {
    const customer = await stripe.customers.create();

    expect(customer.lastResponse.requestId).toMatch(/^req_\w{14}$/);
    expect(customer.lastResponse.apiVersion).toBe("2026-10-28.endive");
  });

  it("refuses another version", async () => {
    const { status } = await ask("GET", "/v1/customers", {}, { ...secret, "stripe-version": "2011-01-01" });

    expect(status).toBe(400);
  });
});
