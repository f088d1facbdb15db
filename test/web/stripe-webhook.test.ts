/** Stripe's webhook: which events are believed, what is recorded of them, and how they are acknowledged. */
import { env, exports } from "cloudflare:workers";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { ORIGIN, signedInCustomer } from "../support/customer.ts";
import { chargedCents, delivers, paymentsOf } from "../support/stripe.ts";

const SECRET = "whsec_standin";

function event(
  type = "payment_intent.succeeded",
  object: object = { id: "pi_unknown", object: "payment_intent" },
): string {
  return JSON.stringify({
    id: `evt_${crypto.randomUUID().slice(0, 8)}`,
    object: "event",
    api_version: Stripe.API_VERSION,
    created: Math.floor(Date.now() / 1000),
    type,
    livemode: false,
    pending_webhooks: 1,
    request: null,
    data: { object },
  });
}

async function sends(body: string, signature: string | null): Promise<Response> {
  const headers = new Headers({ "Content-Type": "application/json" });
  if (signature !== null) {
    headers.set("Stripe-Signature", signature);
  }
  return exports.default.fetch(new Request(`${ORIGIN}/webhooks/stripe`, { method: "POST", headers, body }));
}

function signed(payload: string, options: { secret?: string; timestamp?: number } = {}): Promise<string> {
  return stripe.webhooks.generateTestHeaderStringAsync({ payload, secret: SECRET, ...options });
}

function orderRow(id: string): Promise<Record<string, unknown> | null> {
  return env.DB.prepare("SELECT * FROM orders WHERE id = ?1").bind(id).first();
}

describe("a webhook event", () => {
  it("with a valid signature is acknowledged, and recorded as not ours when we have no such payment", async () => {
    const body = event();

    const answer = await sends(body, await signed(body));

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ received: true, outcome: "not_ours" });
  });

  it.each([
    ["missing", () => null],
    ["empty", () => ""],
    ["nonsense", () => "t=1,v1=abc"],
    ["by another secret", (body: string) => signed(body, { secret: "whsec_other" })],
    ["over another body", () => signed(event("charge.refunded"))],
    ["six minutes old", (body: string) => signed(body, { timestamp: Math.floor(Date.now() / 1000) - 360 })],
  ])("whose signature is %s is refused, and nothing is recorded", async (_what, signature) => {
    const body = event();

    const answer = await sends(body, await signature(body));

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "invalid_signature" } });
    const { id } = JSON.parse(body);
    expect(await env.DB.prepare("SELECT 1 FROM stripe_events WHERE id = ?1").bind(id).first()).toBeNull();
  });

  it("is refused when its body is not an event, however well signed", async () => {
    const answer = await sends("nonsense", await signed("nonsense"));
    expect(answer.status).toBe(400);
  });

  it("is refused unread when its body is over the limit", async () => {
    const body = " ".repeat(1024 * 1024 + 1);
    const answer = await sends(body, await signed(body));
    expect(answer.status).toBe(413);
  });
});

describe("an event about one of our orders", () => {
  it("credits the account once when delivered ten times, and confirms the order", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    const [payment] = await paymentsOf(customer);

    const statuses = await delivers(
      { type: "payment_intent.succeeded", payment_intent: payment?.id ?? "none" },
      10,
    );

    expect(statuses).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await customer.balance()).toBe(1000);
    expect(await chargedCents(customer)).toBe(1000);
    const order = await customer.order(bought.order?.id ?? "none");
    expect(order.confirmed_at).not.toBeNull();
    const recorded = await env.DB.prepare(
      "SELECT outcome, deliveries FROM stripe_events WHERE type = 'payment_intent.succeeded' AND order_id = ?1",
    )
      .bind(order.id)
      .first();
    expect(recorded).toEqual({ outcome: "settled", deliveries: 10 });
  });

  it("brings the fee: 2.9 % plus 30 cents of 1,000 cents leave 941", async () => {
    const customer = await signedInCustomer();
    const bought = await customer.buys();
    await control("/stripe/fees/settle");
    const [payment] = await paymentsOf(customer);

    await delivers({ type: "charge.updated", payment_intent: payment?.id ?? "none" });

    const row = await env.DB.prepare("SELECT fee_cents, net_cents FROM orders WHERE id = ?1")
      .bind(bought.order?.id ?? "none")
      .first();
    expect(row).toEqual({ fee_cents: 59, net_cents: 941 });
  });

  it("is acknowledged without changing an order that is waiting for its customer", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: "4000002760003184" });
    expect(placed).toMatchObject({ status: 202, order: { state: "verifying" } });
    const orderId = placed.order?.id ?? "none";
    const before = await orderRow(orderId);

    const statuses = await delivers({ type: "setup_intent.requires_action" });

    expect(statuses).toEqual([200]);
    expect(await orderRow(orderId)).toEqual(before);
    expect(await customer.order(orderId)).toEqual(placed.order);
    expect(await customer.balance()).toBe(0);
  });
});
