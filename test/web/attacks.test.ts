/** What a thief could try, what a stranger's token could carry, what could go missing at Stripe, and what comes of it. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, challenge, goodAddress, stripe, typedCard } from "../stand-in/stripe/support.ts";
import { type OrderAnswer, signedInCustomer } from "../support/customer.ts";
import { cardsAtStripe, chargedCents, delivers, paymentsOf } from "../support/stripe.ts";

const ALWAYS_CHALLENGED = "4000002760003184";

afterEach(() => {
  vi.useRealTimers();
});

describe("a page that holds a client secret", () => {
  it.each(["4000000000000036", "4000000000000010", "4000000000000101", "4242424242424242"])(
    "cannot use another card (%s) for a challenged payment",
    async (otherCard) => {
      const customer = await signedInCustomer();
      const placed = await customer.buys({ card: ALWAYS_CHALLENGED });
      await challenge({ client_secret: placed.client_secret ?? null }, "authenticated");
      const verified = await customer.settles(placed.order?.id ?? "none");
      const [payment] = await paymentsOf(customer);

      const attempt = await ask("POST", `/v1/payment_intents/${payment?.id}/confirm`, {
        client_secret: verified.client_secret ?? "",
        confirmation_token: await typedCard(otherCard),
        return_url: "https://shop.example/return",
      });

      expect(attempt.status).toBe(400);
      expect(await chargedCents(customer)).toBe(0);
      const settled = await customer.settles(placed.order?.id ?? "none");
      expect(settled.status).toBe(202);
      expect(await customer.balance()).toBe(0);
    },
  );

  it("cannot try cards on a verification whose challenge failed", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: ALWAYS_CHALLENGED });
    await challenge({ client_secret: placed.client_secret ?? null }, "failed");
    await customer.settles(placed.order?.id ?? "none");
    const [setup] = (await stripe.setupIntents.list({ limit: 1 })).data;

    const attempt = await ask("POST", `/v1/setup_intents/${setup?.id}/confirm`, {
      client_secret: placed.client_secret ?? "",
      confirmation_token: await typedCard("4242424242424242"),
      return_url: "https://shop.example/return",
    });

    expect(setup?.status).toBe("canceled");
    expect(attempt.status).toBe(400);
    await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
  });
});

describe("a token that our page did not make", () => {
  it("is refused without a security code, because the code cannot be checked", async () => {
    const customer = await signedInCustomer();
    const refused = await customer.buys({ token: await typedCard("4000000000000101", { cvc: "" }) });
    expect(refused).toMatchObject({ status: 402, error: { code: "card_check_failed", fields: ["cvc"] } });
    expect(await paymentsOf(customer)).toEqual([]);
  });

  it.each([
    ["a foreign billing country and no postcode, for a United States card", { country: "FR" }],
    ["a lower-case country and no postcode", { country: "us" }],
  ])("with %s is refused at the postcode", async (_what, { country }) => {
    const customer = await signedInCustomer();
    const refused = await customer.buys({
      card: "4000000000000036",
      address: { line1: "1 Market St", city: "San Francisco", country },
    });
    expect(refused).toMatchObject({ status: 402, error: { fields: ["postal_code"] } });
    expect(await paymentsOf(customer)).toEqual([]);
  });

  it.each([
    ["a name of 5,000 characters", "A".repeat(5000)],
    ["a name made of control characters", "\u0000\u0007"],
    ["a name that reverses the text around it", "\u202Eevil\u202C"],
    ["a name that contains markup", "<script>alert(1)</script>"],
  ])("with %s is still paid and credited", async (_what, name) => {
    const customer = await signedInCustomer();
    const { status, body } = await ask("POST", "/v1/confirmation_tokens", tokenWith(name));
    expect(status).toBe(200);

    const bought = await customer.buys({ token: String(body["id"]) });

    expect(bought).toMatchObject({ status: 200, balance: 1000 });
    const receipt = await customer.request(`/orders/${bought.order?.id}/receipt`, {
      headers: { Accept: "text/html" },
    });
    expect(receipt.status).toBe(200);
    expect(await receipt.text()).not.toMatch(/<script>alert|\u202E/);
  });
});

describe("an object deleted at Stripe", () => {
  it("makes a saved card that was detached there decline, and it is no longer offered", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const [method] = await cardsAtStripe(customer);
    const [card] = (await customer.account()).saved_cards;
    await stripe.paymentMethods.detach(method ?? "none");

    const declined = await customer.buys({ cardId: card?.id ?? "none" });

    expect(declined).toMatchObject({ status: 402, error: { code: "card_declined" } });
    expect((await customer.account()).saved_cards).toEqual([]);
    expect((await customer.buys()).status).toBe(200);
  });

  it("is replaced at the next purchase if it was the customer", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const before = await stripeCustomerId(customer.email);
    await stripe.customers.del(before ?? "none");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 60 * 1000 });

    let answer: OrderAnswer = await customer.buys();
    if (answer.status === 503) {
      answer = await customer.settles(answer.error?.order?.id ?? "none");
    }

    expect(answer).toMatchObject({ status: 200, balance: 2000 });
    expect(await stripeCustomerId(customer.email)).not.toBe(before);
  });
});

describe("someone else's payment whose metadata names an order", () => {
  it("credits no one", async () => {
    const victim = await signedInCustomer();
    const placed = await victim.buys({ card: ALWAYS_CHALLENGED });
    const other = await stripe.customers.create({ email: "other@example.com" });
    const { account } = await victim.account();
    const payment = await stripe.paymentIntents.create({
      amount: 1000,
      currency: "usd",
      customer: other.id,
      payment_method: "pm_card_visa",
      confirm: true,
      allowed_payment_method_types: ["card"],
      return_url: "https://shop.example/return",
      metadata: { order_id: placed.order?.id ?? "", account_id: account.id },
    });
    expect(payment.status).toBe("succeeded");

    const statuses = await delivers({ type: "payment_intent.succeeded", payment_intent: payment.id });

    expect(statuses).toEqual([200]);
    expect(await victim.balance()).toBe(0);
    expect(await victim.order(placed.order?.id ?? "none")).toMatchObject({ state: "verifying" });
  });
});

function tokenWith(name: string): Record<string, string> {
  const address = Object.entries(goodAddress).map(([field, value]) => [
    `payment_method_data[billing_details][address][${field}]`,
    value,
  ]);
  return {
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": "4242424242424242",
    "payment_method_data[card][exp_month]": "12",
    "payment_method_data[card][exp_year]": "2034",
    "payment_method_data[card][cvc]": "123",
    "payment_method_data[billing_details][name]": name,
    return_url: "https://shop.example/return",
    ...Object.fromEntries(address),
  };
}

async function stripeCustomerId(email: string): Promise<string | null> {
  const row = await env.DB.prepare("SELECT stripe_customer_id AS id FROM accounts WHERE email = ?1")
    .bind(email)
    .first<{ id: string | null }>();
  return row?.id ?? null;
}
