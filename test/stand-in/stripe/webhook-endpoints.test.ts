import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { ask, control, errorOf, newCustomer, read, reset, stripe } from "./support.ts";

beforeEach(reset);

const here = "http://localhost:8787";

describe("webhook endpoints", () => {
  it("include the product's from the start", async () => {
    const { data } = await stripe.webhookEndpoints.list();

    expect(data).toMatchObject([
      { id: "we_product", url: `${here}/webhooks/stripe`, enabled_events: ["*"], status: "enabled" },
    ]);
    expect(data[0]).not.toHaveProperty("secret");
  });

  it("follow the product to another port when the stand-in restarts", async () => {
    await stripe.webhookEndpoints.update("we_product", { url: "http://localhost:9999/webhooks/stripe" });
    await abortAllDurableObjects();

    const moved = await stripe.webhookEndpoints.retrieve("we_product");

    expect(moved.url).toBe(`${here}/webhooks/stripe`);
  });

  it("get the events they asked for", async () => {
    const other = await stripe.webhookEndpoints.create({
      url: `${here}/healthz`,
      enabled_events: ["customer.created"],
      api_version: "2026-10-28.endive",
    });
    expect(other.secret).toMatch(/^whsec_\w{32}$/);
    expect(await stripe.webhookEndpoints.retrieve(other.id)).not.toHaveProperty("secret");

    const customer = await newCustomer();
    await stripe.customers.update(customer.id, { name: "Grace" });

    const sent = await control("/stripe/events/deliver");
    expect(sent).toMatchObject({
      deliveries: [
        { type: "customer.created", endpoint: "we_product" },
        { type: "customer.created", endpoint: other.id },
        { type: "customer.updated", endpoint: "we_product" },
      ],
    });
  });

  it("get nothing once disabled or deleted", async () => {
    const other = await stripe.webhookEndpoints.create({ url: `${here}/healthz`, enabled_events: ["*"] });
    await stripe.webhookEndpoints.update(other.id, { disabled: true });
    await stripe.webhookEndpoints.update("we_product", { enabled_events: ["payout.paid"] });

    await newCustomer();

    expect(await control("/stripe/events/deliver")).toEqual({ deliveries: [] });
    expect(await stripe.webhookEndpoints.del(other.id)).toMatchObject({ deleted: true });
  });

  it.each([
    [{ url: "nowhere", enabled_events: ["*"] as const }, "url"],
    [{ url: `${here}/x`, enabled_events: ["customer.created", "*"] as const }, "enabled_events"],
  ])("with %o are refused", async (params, param) => {
    const error = await errorOf(
      stripe.webhookEndpoints.create({ url: params.url, enabled_events: [...params.enabled_events] }),
    );

    expect(error).toMatchObject({ statusCode: 400, param });
  });

  it("with an event type that Stripe does not have are refused", async () => {
    const { status } = await ask(
      "POST",
      "/v1/webhook_endpoints",
      { url: `${here}/x`, "enabled_events[]": "customer.sneezed" },
      { authorization: "Bearer sk_test_standin" },
    );

    expect(status).toBe(400);
  });
});

describe("restricted keys", () => {
  it("may do what they have permission for, and nothing else", async () => {
    await control("/stripe/keys", { key: "rk_test_books", permissions: { charges: "read" } });
    const restricted = { authorization: "Bearer rk_test_books" };

    expect((await ask("GET", "/v1/charges", {}, restricted)).status).toBe(200);
    const refused = await ask("POST", "/v1/customers", {}, restricted);

    expect(refused.status).toBe(403);
    expect(refused.body["error"]).toMatchObject({
      message: expect.stringContaining("does not have the required permissions"),
    });
  });
});

describe("planned jobs", () => {
  it("can be listed", async () => {
    await stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      confirm: true,
      capture_method: "manual",
      payment_method: "pm_card_visa",
      allowed_payment_method_types: ["card"],
    });

    expect(await read("/stripe/jobs")).toMatchObject({ jobs: [{ kind: "expire_authorization" }] });
  });
});

describe("events", () => {
  it("can be listed by type, by prefix, and by whether they arrived", async () => {
    await newCustomer();
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
    await stripe.paymentIntents.cancel(intent.id);

    const some = await stripe.events.list({ types: ["customer.created", "payment_intent.canceled"] });
    expect(some.data.map(({ type }) => type)).toEqual(["payment_intent.canceled", "customer.created"]);
    expect((await stripe.events.list({ type: "payment_intent.*" })).data).toHaveLength(2);
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(3);
    expect((await stripe.events.list({ delivery_success: true })).data).toHaveLength(0);
  });

  it("name the request that caused them", async () => {
    const customer = await stripe.customers.create({}, { idempotencyKey: "k" });

    const [event] = (await stripe.events.list()).data;

    expect(event).toMatchObject({
      api_version: "2026-10-28.endive",
      request: { id: customer.lastResponse.requestId, idempotency_key: "k" },
    });
  });
});
