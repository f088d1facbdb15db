/** The price shown is the price agreed to: at any other price, no order is placed. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { chargedCents } from "../support/stripe.ts";

/** What one credit costs from now on, in millionths of a dollar. */
async function firstTierCosts(micros: number): Promise<void> {
  await env.DB.prepare(
    "UPDATE price_tiers SET unit_price_micros = ?1 WHERE currency = 'usd' AND from_credits = 1",
  )
    .bind(micros)
    .run();
}

afterEach(() => firstTierCosts(10_000));

/** An order for 1,000 credits whose price was shown as $10.00. */
async function shownAtTenDollars() {
  const customer = await signedInCustomer();
  const order = {
    order_id: newOrderId(),
    credits: 1000,
    amount_cents: 1000,
    confirmation_token: await customer.typesCard("4242424242424242"),
    save_card: true,
  };
  return { customer, order };
}

describe("an order that names the price the customer saw", () => {
  it("is placed at that price", async () => {
    const { customer, order } = await shownAtTenDollars();

    const bought = await customer.post("/orders", order);

    expect(bought).toMatchObject({ status: 200, order: { amount_cents: 1000 } });
  });

  it.each([
    ["risen", 12_000, 1200, "$12.00"],
    ["fallen", 8000, 800, "$8.00"],
  ])(
    "is not placed once the price has %s: the answer gives the new price and nothing is charged",
    async (_way, micros, cents, said) => {
      const { customer, order } = await shownAtTenDollars();
      await firstTierCosts(micros);

      const answer = await customer.request("/orders", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(order),
      });

      expect(answer.status).toBe(409);
      const { error } = await answer.json<{ error: { code: string; message: string } }>();
      expect(error).toMatchObject({ code: "price_changed", amount_cents: cents });
      expect(error.message).toContain(`The price has changed to ${said} since this page was opened.`);
      expect(error.message).toContain("You have not been charged.");
      expect((await customer.account()).orders).toEqual([]);
    },
  );

  it("can be placed at the new price, with the same id and card, once the customer agrees to it", async () => {
    const { customer, order } = await shownAtTenDollars();
    await firstTierCosts(12_000);
    await customer.post("/orders", order);

    const bought = await customer.post("/orders", { ...order, amount_cents: 1200 });

    expect(bought).toMatchObject({ status: 200, order: { amount_cents: 1200 } });
    expect(await chargedCents(customer)).toBe(1200);
  });

  it("stays the same order when it is sent again after the price has changed", async () => {
    const { customer, order } = await shownAtTenDollars();
    const first = await customer.post("/orders", order);
    await firstTierCosts(12_000);

    const again = await customer.post("/orders", order);

    expect(again).toEqual(first);
    expect(await chargedCents(customer)).toBe(1000);
  });

  it.each([0, -1000, 1000.5, "1000", 100_000_000])(
    "is refused when that is not a valid price: %j",
    async (amount) => {
      const { customer, order } = await shownAtTenDollars();

      const answer = await customer.post("/orders", { ...order, amount_cents: amount });

      expect(answer).toMatchObject({
        status: 422,
        error: { code: "invalid_request", fields: ["amount_cents"] },
      });
    },
  );
});

it("an order that names no price is placed at the server's current price", async () => {
  const customer = await signedInCustomer();
  await firstTierCosts(12_000);

  const bought = await customer.buys({ credits: 1000 });

  expect(bought.order?.amount_cents).toBe(1200);
});
