/** Placing an order through the front door: the answer table, every test card that concerns buying, and every second click. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { control, goodAddress } from "../stand-in/stripe/support.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { bankSays, callsMade, cardsAtStripe, chargedCents, nextCall, paymentsOf } from "../support/stripe.ts";

describe("a purchase with a new card", () => {
  it("charges a card that passes its checks, and the credits are there at once", async () => {
    const customer = await signedInCustomer();

    const bought = await customer.buys({ credits: 1000 });

    expect(bought).toMatchObject({
      status: 200,
      balance: 1000,
      order: {
        state: "paid",
        credits: 1000,
        amount_cents: 1000,
        currency: "usd",
        card: { brand: "visa", last4: "4242" },
      },
    });
    expect(await customer.balance()).toBe(1000);
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("takes its price from the server's own list: 10,000 credits cost the second tier's unit price", async () => {
    const customer = await signedInCustomer();

    const bought = await customer.buys({ credits: 10_000 });

    expect(bought.order?.amount_cents).toBe(9000);
    expect(await chargedCents(customer)).toBe(9000);
  });

  it("gives Stripe's customer the contact details, the billing address and the account id", async () => {
    const customer = await signedInCustomer();

    await customer.buys();

    const { account } = await customer.account();
    await expect
      .poll(() =>
        env.DB.prepare("SELECT customer_is_stale FROM accounts WHERE id = ?1").bind(account.id).first(),
      )
      .toEqual({ customer_is_stale: 0 });
    const [payment] = await paymentsOf(customer);
    expect(payment?.metadata).toMatchObject({ account_id: account.id });
    expect(account.name).toBe("Ada Lovelace");
  });

  it("makes two Stripe calls in sequence once Stripe knows the customer: verify, then charge", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ card: "4000000000000002" });
    await nothingIsDue(customer.email);
    const before = await callsMade();

    await customer.buys();

    const made = (await callsMade()).slice(0, -before.length).filter(({ method }) => method === "POST");
    const paths = made.map(({ path }) => path).toReversed();
    expect(paths.slice(0, 3)).toEqual([
      "/v1/confirmation_tokens",
      "/v1/setup_intents",
      "/v1/payment_intents",
    ]);
  });
});

describe("a failed card check", () => {
  it.each([
    ["postcode", "4000000000000036", ["postal_code"]],
    ["street", "4000000000000028", ["line1"]],
    ["street and postcode", "4000000000000010", ["line1", "postal_code"]],
    ["security code", "4000000000000101", ["cvc"]],
    ["security code that the bank itself declines", "4000000000000127", ["cvc"]],
  ])(
    "refuses a wrong %s and names it, charges nothing, and forgets the card",
    async (_what, card, fields) => {
      const customer = await signedInCustomer();

      const refused = await customer.buys({ card });

      expect(refused).toMatchObject({ status: 402, error: { code: "card_check_failed", fields } });
      expect(refused.error?.order?.state).toBe("refused");
      expect(await paymentsOf(customer)).toEqual([]);
      expect(await customer.balance()).toBe(0);
      await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
      expect((await customer.account()).saved_cards).toEqual([]);
    },
  );

  it("includes a missing street, which cannot be checked", async () => {
    const customer = await signedInCustomer();

    const refused = await customer.buys({ address: { postal_code: "94105", country: "US" } });

    expect(refused).toMatchObject({ status: 402, error: { code: "card_check_failed", fields: ["line1"] } });
    expect(await paymentsOf(customer)).toEqual([]);
  });

  it("includes a missing postcode, which cannot be checked", async () => {
    const customer = await signedInCustomer();
    const { postal_code: _left, ...address } = goodAddress;

    const refused = await customer.buys({ address });

    expect(refused).toMatchObject({ status: 402, error: { fields: ["postal_code"] } });
  });

  it("does not include a check the bank could not make: the payment is authorised, and captured when that shows no failure", async () => {
    const customer = await signedInCustomer();

    const bought = await customer.buys({ card: "4000000000000044" });

    expect(bought).toMatchObject({ status: 200, balance: 1000 });
    const [payment] = await paymentsOf(customer);
    expect(payment?.capture_method).toBe("manual");
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("that comes only with the authorisation voids it, and nothing is captured", async () => {
    await bankSays("unavailable_at_setup");
    const customer = await signedInCustomer();

    const refused = await customer.buys({ card: "4000000000000036" });
    await bankSays("as_card");

    expect(refused).toMatchObject({
      status: 402,
      error: { code: "card_check_failed", fields: ["postal_code"] },
    });
    expect(await chargedCents(customer)).toBe(0);
    expect((await paymentsOf(customer)).map(({ status }) => status)).toEqual(["canceled"]);
    expect(await customer.balance()).toBe(0);
    await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
  });
});

describe("a decline", () => {
  it.each([
    ["generic decline", "4000000000000002", "generic_decline"],
    ["insufficient funds", "4000000000009995", "insufficient_funds"],
    ["lost card, which is not revealed to a thief", "4000000000009987", "generic_decline"],
    ["stolen card, which is not revealed to a thief", "4000000000009979", "generic_decline"],
    ["expired card", "4000000000000069", "expired_card"],
    ["processing error", "4000000000000119", "processing_error"],
    ["too many payments", "4000000000006975", "card_velocity_exceeded"],
    ["card that saves but never pays", "4000000000000341", "generic_decline"],
    ["card blocked as fraud, which is not revealed to a thief", "4100000000000019", "generic_decline"],
  ])(
    "for the reason “%s” is reported as a decline, charges nothing, and does not keep the card",
    async (_what, card, declineCode) => {
      const customer = await signedInCustomer();

      const declined = await customer.buys({ card });

      expect(declined).toMatchObject({
        status: 402,
        error: { code: "card_declined", decline_code: declineCode, order: { state: "declined" } },
      });
      expect(JSON.stringify(declined)).not.toMatch(/fraud|stolen|lost/i);
      expect(await chargedCents(customer)).toBe(0);
      expect(await customer.balance()).toBe(0);
      await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
    },
  );

  it("can be followed by a second attempt with another card, as a new order", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ card: "4000000000000002" });

    const bought = await customer.buys();

    expect(bought).toMatchObject({ status: 200, balance: 1000 });
    expect((await customer.account()).orders.map(({ state }) => state)).toEqual(["paid", "declined"]);
  });
});

describe("a saved card", () => {
  it("is offered by brand and last four digits, and pays with one call to Stripe", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await nothingIsDue(customer.email);
    const [card] = (await customer.account()).saved_cards;
    expect(card).toMatchObject({ brand: "visa", last4: "4242" });
    const before = await callsMade();

    const bought = await customer.buys({ cardId: card?.id ?? "", credits: 500 });

    expect(bought).toMatchObject({ status: 200, balance: 1500 });
    const made = (await callsMade()).slice(0, -before.length);
    expect(made.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /v1/payment_intents"]);
  });

  it("is not kept, here or at Stripe, when the customer asks not to keep it", async () => {
    const customer = await signedInCustomer();

    await customer.buys({ save: false });

    expect((await customer.account()).saved_cards).toEqual([]);
    await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
    expect(await customer.balance()).toBe(1000);
  });

  it("stays with its customer when the bank declines a payment with it, and pays again once the bank agrees", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const cards = (await customer.account()).saved_cards;
    expect(cards).toHaveLength(1);
    const cardId = cards[0]?.id ?? "none";
    const kept = await cardsAtStripe(customer);
    await control("/stripe/bank", { checks: "as_card", payments: "declined" });

    const declined = await customer.buys({ cardId });
    await control("/stripe/bank", { checks: "as_card", payments: "as_card" });

    expect(declined).toMatchObject({
      status: 402,
      error: { code: "card_declined", decline_code: "generic_decline", order: { state: "declined" } },
    });
    await nothingIsDue(customer.email);
    expect((await customer.account()).saved_cards).toEqual(cards);
    expect(await cardsAtStripe(customer)).toEqual(kept);
    expect(await chargedCents(customer)).toBe(1000);
    expect(await customer.balance()).toBe(1000);
    expect(await customer.buys({ cardId })).toMatchObject({ status: 200, balance: 2000 });
  });

  it("stays with its customer when a payment with it is cut off", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const [card] = (await customer.account()).saved_cards;
    await nextCall("POST /v1/payment_intents", "unreachable", 2);

    const cut = await customer.buys({ cardId: card?.id ?? "" });

    expect(cut).toMatchObject({
      status: 503,
      error: { code: "stripe_unavailable", order: { state: "paying" } },
    });
    expect((await customer.account()).saved_cards).toHaveLength(1);
  });

  it("cannot be used by another customer", async () => {
    const owner = await signedInCustomer();
    await owner.buys();
    const [card] = (await owner.account()).saved_cards;
    const thief = await signedInCustomer();

    const refused = await thief.buys({ cardId: card?.id ?? "" });

    expect(refused).toMatchObject({ status: 422, error: { code: "invalid_request", fields: ["card_id"] } });
    expect((await thief.account()).orders).toEqual([]);
  });
});

describe("the second click", () => {
  it("of an order sent three times at once makes one order and one charge", async () => {
    const customer = await signedInCustomer();
    const order = { orderId: newOrderId(), token: await customer.typesCard("4242424242424242") };

    const answers = await Promise.all([customer.buys(order), customer.buys(order), customer.buys(order)]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await customer.balance()).toBe(1000);
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("that comes later gets the same answer and charges nothing more", async () => {
    const customer = await signedInCustomer();
    const order = { orderId: newOrderId(), token: await customer.typesCard("4242424242424242") };
    const first = await customer.buys(order);

    const second = await customer.buys(order);

    expect(second).toEqual(first);
    expect(await chargedCents(customer)).toBe(1000);
  });

  it.each([
    ["a different number of credits", { credits: 2000 }],
    ["another card", { token: "ctoken_another" }],
    ["a different choice about saving the card", { save: false }],
  ])("that reuses the order id with %s is a conflict and changes nothing", async (_what, other) => {
    const customer = await signedInCustomer();
    const order = { orderId: newOrderId(), token: await customer.typesCard("4242424242424242") };
    await customer.buys(order);

    const conflict = await customer.buys({ ...order, ...other });

    expect(conflict).toMatchObject({ status: 409, error: { code: "order_conflict" } });
    expect(await chargedCents(customer)).toBe(1000);
    expect(await customer.balance()).toBe(1000);
  });

  it("that uses another customer's order id is a conflict, and reveals nothing about that order", async () => {
    const owner = await signedInCustomer();
    const order = { orderId: newOrderId(), token: await owner.typesCard("4242424242424242") };
    await owner.buys(order);
    const other = await signedInCustomer();

    const conflict = await other.buys(order);

    expect(conflict).toMatchObject({ status: 409, error: { code: "order_conflict" } });
    expect(conflict.error?.order).toBeUndefined();
  });

  it("from a second tab is an order of its own", async () => {
    const customer = await signedInCustomer();

    const answers = await Promise.all([customer.buys({ credits: 1000 }), customer.buys({ credits: 2000 })]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await customer.balance()).toBe(3000);
    expect(await chargedCents(customer)).toBe(3000);
  });

  it("that reuses a token under a new order id is refused, and nothing more is charged", async () => {
    const customer = await signedInCustomer();
    const token = await customer.typesCard("4242424242424242");
    await customer.buys({ token });

    const again = await customer.buys({ token });

    expect(again).toMatchObject({
      status: 422,
      error: { code: "invalid_request", fields: ["confirmation_token"] },
    });
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("on an abandoned order is told so, and places nothing new", async () => {
    const customer = await signedInCustomer();
    const order = { orderId: newOrderId(), token: "ctoken_neverexisted" };
    await customer.buys(order);

    const again = await customer.buys(order);

    expect(again).toMatchObject({ status: 409, error: { code: "order_abandoned" } });
  });
});

describe("an order request gets a clear error and changes nothing when it carries", () => {
  const good = { order_id: newOrderId(), credits: 1000, confirmation_token: "ctoken_1", save_card: true };
  it.each([
    ["an unknown field", { ...good, price: 1 }, ["price"]],
    ["credits as text", { ...good, credits: "1000" }, ["credits"]],
    ["credits with a fraction", { ...good, credits: 1000.5 }, ["credits"]],
    ["negative credits", { ...good, credits: -1000 }, ["credits"]],
    ["no credits", { ...good, credits: 0 }, ["credits"]],
    ["a huge number", { ...good, credits: 1e300 }, ["credits"]],
    ["more than 2^53", { ...good, credits: Number.MAX_SAFE_INTEGER + 1 }, ["credits"]],
    ["credits below the minimum", { ...good, credits: 99 }, ["credits"]],
    ["credits above the maximum", { ...good, credits: 1_000_001 }, ["credits"]],
    ["no order id", { ...good, order_id: undefined }, ["order_id"]],
    ["a malformed order id", { ...good, order_id: "ord_1" }, ["order_id"]],
    ["an order id with SQL in it", { ...good, order_id: "ord_';DROP TABLE orders;--" }, ["order_id"]],
    ["no means of payment", { ...good, confirmation_token: undefined }, ["confirmation_token"]],
    ["two means of payment", { ...good, card_id: `crd_${"0".repeat(32)}` }, ["card_id"]],
    [
      "a card number in place of a token",
      { ...good, confirmation_token: "4242424242424242" },
      ["confirmation_token"],
    ],
    [
      "an unknown card",
      { ...good, confirmation_token: undefined, card_id: `crd_${"0".repeat(32)}` },
      ["card_id"],
    ],
    ["a list", [good], ["body"]],
    ["null", null, ["body"]],
  ])("%s", async (_what, body, fields) => {
    const customer = await signedInCustomer();

    const answer = await customer.post("/orders", body);

    expect(answer).toMatchObject({ status: 422, error: { code: "invalid_request", fields } });
    expect(answer.error?.message).not.toBe("");
    expect((await customer.account()).orders).toEqual([]);
  });

  it("a body that is not JSON", async () => {
    const customer = await signedInCustomer();
    const answer = await customer.request("/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{",
    });
    expect(answer.status).toBe(422);
  });

  it("a form, which another site could send", async () => {
    const customer = await signedInCustomer();
    const answer = await customer.request("/orders", {
      method: "POST",
      headers: { Origin: "https://evil.example" },
      body: new URLSearchParams({ credits: "1000" }),
    });
    expect(answer.status).toBe(403);
  });

  it("JSON under a content type a form can send", async () => {
    const customer = await signedInCustomer();
    const answer = await customer.request("/orders", { method: "POST", body: JSON.stringify(good) });
    expect([403, 415]).toContain(answer.status);
    expect((await customer.account()).orders).toEqual([]);
  });

  it("a body over the limit", async () => {
    const customer = await signedInCustomer();
    const answer = await customer.post("/orders", { ...good, confirmation_token: "x".repeat(20_000) });
    expect(answer).toMatchObject({ status: 413, error: { code: "body_too_large" } });
  });

  it("no valid session, as when it ends while the customer is typing", async () => {
    const customer = await signedInCustomer();
    const answer = await customer.request("/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json", Cookie: "session=ended" },
      body: JSON.stringify(good),
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: "sign_in_required" } });
    expect((await customer.account()).orders).toEqual([]);
  });
});

describe("the limit on attempts", () => {
  it("makes an account whose orders keep failing wait, and tells it how long", async () => {
    const customer = await signedInCustomer();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await customer.buys({ card: "4000000000000002" });
    }

    const stopped = await customer.buys();

    expect(stopped).toMatchObject({ status: 429, error: { code: "too_many_attempts" } });
    expect(Number(stopped.retryAfter)).toBeGreaterThan(3000);
    expect((await customer.account()).orders).toHaveLength(10);
  });

  it("ends when the first of those unpaid orders is an hour old, not the last", async () => {
    const customer = await signedInCustomer();
    await placedEarlier(customer, [50, 40, 30, 20, 10, 9, 8, 7, 6, 5]);

    const stopped = await customer.buys();

    expect(stopped).toMatchObject({ status: 429, error: { code: "too_many_attempts" } });
    expect(Number(stopped.retryAfter)).toBeGreaterThan(9 * 60);
    expect(Number(stopped.retryAfter)).toBeLessThanOrEqual(10 * 60);
  });

  it("stops new cards after twenty orders within a day, and tells the customer when the oldest is a day old", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys();
    await placedEarlier(
      customer,
      Array.from({ length: 18 }, (_, index) => 23 * 60 - index),
    );
    expect((await customer.buys()).status).toBe(200);

    const stopped = await customer.buys();

    expect(stopped).toMatchObject({ status: 429, error: { code: "too_many_attempts" } });
    expect(stopped.error?.message).toContain("wait 60 minutes");
    expect(Number(stopped.retryAfter)).toBeGreaterThan(59 * 60);
    expect(Number(stopped.retryAfter)).toBeLessThanOrEqual(60 * 60);
    const [card] = (await customer.account()).saved_cards;
    expect(order?.state).toBe("paid");
    expect((await customer.buys({ cardId: card?.id ?? "" })).status).toBe(200);
  });

  it("no longer counts orders by a new card from the day before", async () => {
    const customer = await signedInCustomer();
    await placedEarlier(
      customer,
      Array.from({ length: 30 }, () => 24 * 60 + 1),
    );

    expect((await customer.buys()).status).toBe(200);
  });
});

/** Inserts orders by a new card that were placed that many minutes ago and abandoned at once. */
async function placedEarlier(customer: Customer, minutesAgo: readonly number[]): Promise<void> {
  const { account } = await customer.account();
  const now = Date.now();
  await env.DB.batch(
    minutesAgo.flatMap((minutes, index) => {
      const id = newOrderId();
      const placedAt = now - minutes * 60_000;
      return [
        env.DB.prepare(
          `INSERT INTO orders (id, account_id, state, credits, unit_price_micros, amount_cents, currency,
             confirmation_token, save_card, placed_at)
           VALUES (?1, ?2, 'placed', 1000, 10000, 1000, 'usd', ?3, 0, ?4)`,
        ).bind(id, account.id, `ctoken_${index}`, placedAt),
        env.DB.prepare("UPDATE orders SET state = 'abandoned', ended_at = ?2 WHERE id = ?1").bind(
          id,
          placedAt,
        ),
      ];
    }),
  );
}

/** Waits until the work that was left for after the answer is done. */
async function nothingIsDue(email: string): Promise<void> {
  await expect
    .poll(() =>
      env.DB.prepare(
        `SELECT stripe_customer_id IS NOT NULL AS known, customer_is_stale AS stale,
                (SELECT COUNT(*) FROM cards WHERE account_id = accounts.id AND detach_is_due = 1) AS cards
         FROM accounts WHERE email = ?1`,
      )
        .bind(email)
        .first(),
    )
    .toEqual({ known: 1, stale: 0, cards: 0 });
}
