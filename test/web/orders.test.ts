import { describe, expect, it } from "vitest";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { cardsAtStripe, chargedCents, paymentsOf } from "../support/stripe.ts";

describe("POST /orders", () => {
  it("a card that passes its checks is charged, and the credits are there at once", async () => {
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

  it.each([
    ["a wrong postcode", "4000000000000036", ["postal_code"]],
    ["a wrong street", "4000000000000028", ["line1"]],
    ["a wrong street and postcode", "4000000000000010", ["line1", "postal_code"]],
    ["a wrong security code", "4000000000000101", ["cvc"]],
  ])("%s is refused, named, and nothing is charged", async (_what, card, fields) => {
    const customer = await signedInCustomer();

    const refused = await customer.buys({ card });

    expect(refused).toMatchObject({ status: 402, error: { code: "card_check_failed", fields } });
    expect(await paymentsOf(customer)).toEqual([]);
    expect(await customer.balance()).toBe(0);
    await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
  });

  it("the same order twice at once is one order and one charge", async () => {
    const customer = await signedInCustomer();
    const order = { orderId: newOrderId(), token: await customer.typesCard("4242424242424242") };

    const answers = await Promise.all([customer.buys(order), customer.buys(order), customer.buys(order)]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await customer.balance()).toBe(1000);
    expect(await chargedCents(customer)).toBe(1000);
  });
});
