/** The pages of one order: its state and its receipt, for its own customer and nobody else. */
import { describe, expect, it } from "vitest";
import { goodAddress } from "../stand-in/stripe/support.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { nextCall } from "../support/stripe.ts";
import { visit } from "../support/visitor.ts";

const page = (customer: Customer, path: string) => visit(path, customer.cookie);

describe("an order's page", () => {
  it("says that a paid order is paid, with its amount, card, time and receipt", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys({ credits: 10_000 });

    const { status, text, html } = await page(customer, `/orders/${order?.id}`);

    expect(status).toBe(200);
    expect(text).toContain("10,000 credits Paid");
    expect(text).toContain("Amount $90.00 Unit price $0.009 per credit");
    expect(text).toContain("Visa ···· 4242");
    expect(html).toContain(`href="/orders/${order?.id}/receipt"`);
  });

  it.each([
    ["4000000000000036", "The postcode (ZIP) does not match what your bank has for this card."],
    ["4000000000000028", "The street address does not match what your bank has for this card."],
    ["4000000000000010", "The street address and postcode (ZIP) do not match"],
    ["4000000000000101", "The security code does not match what your bank has for this card."],
    ["4000000000009995", "There is not enough money on this card."],
    ["4000000000000069", "This card has expired."],
    ["4000000000009979", "Your bank declined this card."],
  ])("says why an order ended without payment, and that nothing was charged: %s", async (card, sentence) => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card });

    const { text } = await page(customer, `/orders/${orderId}`);

    expect(text).toContain(sentence);
    expect(text).toContain("You have not been charged.");
  });

  it("tells a thief nothing: stolen, lost and blocked cards read like any other decline", async () => {
    const customer = await signedInCustomer();
    const messages = await Promise.all(
      ["4000000000000002", "4000000000009979", "4000000000009987", "4100000000000019"].map(async (card) => {
        const { error } = await customer.buys({ card });
        return [error?.message, error?.decline_code];
      }),
    );

    expect(new Set(messages.map(([message]) => message)).size).toBe(1);
    expect(new Set(messages.map(([, code]) => code))).toEqual(new Set(["generic_decline"]));
  });

  it("has a button that asks where the order is while the bank waits for the customer", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000003220" });

    const { html, text } = await page(customer, `/orders/${orderId}`);

    expect(text).toContain(
      "Your bank is waiting for you to confirm this payment: press “Where is it?” and it will ask again.",
    );
    expect(text).not.toContain("will finish automatically");
    expect(html).toContain(`data-settle="${orderId}"`);
    expect((await page(customer, "/account")).text).toContain("Your bank is waiting for you");
  });

  it("says that the bank is waiting when the challenge comes with the charge, too", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    const { status } = await customer.buys({ orderId, card: "4000002760003184", save: false });
    expect(status).toBe(202);

    const { text } = await page(customer, `/orders/${orderId}`);

    expect(text).toContain("Your bank is waiting for you");
  });

  it("says that an order which was cut off, and waits for nobody, finishes by itself", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "lose_answer", 2);
    expect(await customer.buys({ orderId })).toMatchObject({ status: 503 });

    const { text } = await page(customer, `/orders/${orderId}`);

    expect(text).toContain("It will finish automatically");
    expect(text).not.toContain("Your bank is waiting for you");
  });

  it.each(["", "/receipt"])(
    "is the same 404 for someone else's order as for one that does not exist, at /orders/:id%s",
    async (suffix) => {
      const owner = await signedInCustomer();
      const stranger = await signedInCustomer();
      const { order } = await owner.buys();

      const others = await page(stranger, `/orders/${order?.id}${suffix}`);
      const nobodys = await page(stranger, `/orders/${newOrderId()}${suffix}`);

      expect(others.status).toBe(404);
      expect(others.html.replaceAll(/req_\w+/g, "")).toBe(nobodys.html.replaceAll(/req_\w+/g, ""));
      expect(others.text).not.toContain("4242");
    },
  );

  it.each(["ord_x", "ord_", "' OR 1=1", "acc_00000000000000000000000000000de0"])(
    "is not found for a malformed order id: %s",
    async (id) => {
      const customer = await signedInCustomer();

      expect((await page(customer, `/orders/${encodeURIComponent(id)}`)).status).toBe(404);
    },
  );
});

describe("a receipt", () => {
  it("names the seller, its number, the customer, what was bought, the total, the card and the payment", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys({ credits: 10_000 });

    const { status, text } = await page(customer, `/orders/${order?.id}/receipt`);

    expect(status).toBe(200);
    expect(text).toContain(`Number ${order?.receipt_number}`);
    expect(text).toContain("Example API billing@example.com");
    expect(text).toContain("Billed to Ada Lovelace");
    expect(text).toContain(customer.email);
    expect(text).toContain("Prepaid API credits 10,000 $0.009 $90.00");
    expect(text).toContain("Total paid (USD) $90.00");
    expect(text).toContain("Paid with Visa ···· 4242");
    expect(text).toContain(order?.id);
    expect(text).toMatch(/Payment reference pi_\w+/);
  });

  it.each([
    ["GB", "United Kingdom"],
    ["ZZZ", "ZZZ"],
    ["1", "1"],
    ["<b>", "&lt;b&gt;"],
  ])("is issued whatever country the card gives: %s", async (country, shown) => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys({ address: { ...goodAddress, country } });

    const { status, html } = await page(customer, `/orders/${order?.id}/receipt`);

    expect(status).toBe(200);
    expect(html).toContain(`<span>${shown}</span>`);
  });

  it("stays as it was issued, whatever card the customer pays with later", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys();
    const before = await page(customer, `/orders/${order?.id}/receipt`);

    await customer.buys({ card: "5555555555554444" });

    expect((await page(customer, `/orders/${order?.id}/receipt`)).html).toBe(before.html);
  });

  it("does not exist for an order that was not paid", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000000002" });

    expect((await page(customer, `/orders/${orderId}/receipt`)).status).toBe(404);
  });

  it("is also served as JSON", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys();

    const response = await customer.request(`/orders/${order?.id}/receipt`);

    expect(await response.json()).toMatchObject({
      receipt: {
        number: order?.receipt_number,
        seller: { name: "Example API" },
        billed_to: { name: "Ada Lovelace", email: customer.email },
        credits: 1000,
        amount_cents: 1000,
        currency: "usd",
        order_id: order?.id,
      },
    });
  });

  it("leads a visitor without a session to the sign-in page", async () => {
    const { order } = await (await signedInCustomer()).buys();

    expect(await visit(`/orders/${order?.id}/receipt`)).toMatchObject({
      status: 303,
      location: `/?next=${encodeURIComponent(`/orders/${order?.id}/receipt`)}`,
    });
  });
});
