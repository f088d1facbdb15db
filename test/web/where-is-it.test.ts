/** "Where is it?": what we know of an order, step by step, on its page and in the answer, with or without a script. */
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { bankSays, delivers, nextCall } from "../support/stripe.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { submit, visit } from "../support/visitor.ts";

const traceJson = z.array(
  z.object({
    step: z.enum(["card_verified", "checks", "authorised", "charged", "credited", "confirmed"]),
    state: z.enum(["done", "not_yet", "failed", "not_done", "unanswered"]),
    at: z.iso.datetime().nullable(),
    name: z.string(),
    text: z.string(),
  }),
);

/** The steps on an order's page, each as its mark, its name and its state. */
async function stepsOn({ cookie }: Customer, orderId: string): Promise<string[]> {
  const { html } = await visit(`/orders/${orderId}`, cookie);
  const list = /<ol class="trace">(.*?)<\/ol>/.exec(html)?.[1] ?? "";
  return [
    ...list.matchAll(/<li class="(\w+)"><span>([^<]+)<\/span><span class="fine">([^<]+)<\/span><\/li>/g),
  ].map(
    ([, mark, name, text]) =>
      `${mark}: ${name}, ${(text ?? "").replace(/, \d{1,2} \w+ \d{4}, \d\d:\d\d UTC$/, " at")}`,
  );
}

/** Presses the button on a page whose script does not run. */
function pressesWithoutScript({ cookie }: Customer, orderId: string) {
  return submit(`/orders/${orderId}/settle`, {}, { cookie });
}

async function cutOffAfterTheCharge(): Promise<{ customer: Customer; orderId: string }> {
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  expect(await customer.buys({ orderId })).toMatchObject({ status: 503 });
  return { customer, orderId };
}

afterEach(() => bankSays("as_card"));

describe("an order's page", () => {
  it("shows every step of a paid order as done except Stripe's confirmation, until that arrives", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId });

    expect(await stepsOn(customer, orderId)).toEqual([
      "done: Card verified, Done at",
      "done: Address and security code checked, Done at",
      "done: Payment approved by your bank, Done",
      "done: Card charged, Done at",
      "done: Credits added, Done at",
      "not_yet: Confirmed by Stripe, Not yet",
    ]);
    await delivers({ type: "payment_intent.succeeded" });
    expect((await stepsOn(customer, orderId)).at(-1)).toBe("done: Confirmed by Stripe, Done at");
  });

  it("shows no step as done while the bank waits for the customer", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000002760003184" });

    expect(new Set((await stepsOn(customer, orderId)).map((step) => step.split(", ")[1]))).toEqual(
      new Set(["Not yet"]),
    );
  });

  it("shows which step of a refused order failed, and that no charge followed", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000000036" });

    expect(await stepsOn(customer, orderId)).toEqual([
      "done: Card verified, Done at",
      "failed: Address and security code checked, Failed at",
      "not_done: Payment approved by your bank, Did not happen",
      "not_done: Card charged, Did not happen",
      "not_done: Credits added, Did not happen",
      "not_done: Confirmed by Stripe, Did not happen",
    ]);
  });

  it("does not call the check done when the bank could not check the address, though the order is paid", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000000044" });

    const steps = await stepsOn(customer, orderId);

    expect(steps[1]).toBe(
      "unanswered: Address and security code checked, Your bank could not check the address at",
    );
    expect(steps).toContain("done: Credits added, Done at");
  });

  it("names both the address and the security code when the bank answered no check at all", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await bankSays("unavailable");
    await customer.buys({ orderId });

    expect((await stepsOn(customer, orderId))[1]).toBe(
      "unanswered: Address and security code checked, Your bank could not check the address and security code at",
    );
  });

  it("shows one failed step of an order the bank declined, and that the card was not charged", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000009995" });

    expect(await stepsOn(customer, orderId)).toContain("not_done: Card charged, Did not happen");
    expect((await stepsOn(customer, orderId)).filter((step) => step.startsWith("failed"))).toHaveLength(1);
  });

  it("shows an order cut off after the charge as verified, and the rest as not known yet", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();

    expect(await stepsOn(customer, orderId)).toEqual([
      "done: Card verified, Done at",
      "done: Address and security code checked, Done at",
      "not_yet: Payment approved by your bank, Not yet",
      "not_yet: Card charged, Not yet",
      "not_yet: Credits added, Not yet",
      "not_yet: Confirmed by Stripe, Not yet",
    ]);
  });

  it("gives the same steps as JSON", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();

    const response = await customer.request(`/orders/${orderId}`);
    const { trace } = z.object({ trace: traceJson }).parse(await response.json());

    expect(trace.map(({ state }) => state)).toEqual([
      "done",
      "done",
      "not_yet",
      "not_yet",
      "not_yet",
      "not_yet",
    ]);
  });
});

describe("asking where an order is", () => {
  it("returns what was found at Stripe while the order cannot be settled", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await bankSays("unavailable_at_setup");
    await nextCall("POST /v1/payment_intents/", "unreachable", 4);
    await customer.buys({ orderId });

    const response = await customer.request(`/orders/${orderId}/settle`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    const { error } = z
      .object({ error: z.object({ code: z.string(), trace: traceJson }) })
      .parse(await response.json());

    expect(response.status).toBe(503);
    expect(error.trace.find(({ step }) => step === "authorised")).toEqual({
      step: "authorised",
      state: "done",
      at: expect.any(String),
      name: "Payment approved by your bank",
      text: expect.stringMatching(/^Done, \d{1,2} \w+ \d{4}, \d\d:\d\d UTC$/),
    });
    expect(error.trace.find(({ step }) => step === "charged")?.state).toBe("not_yet");
  });

  it("settles the order without a script, and leads to its page, which shows all steps", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();
    const { html } = await visit(`/orders/${orderId}`, customer.cookie);
    expect(html).toContain(`method="post" action="/orders/${orderId}/settle" data-settle="${orderId}"`);

    const pressed = await pressesWithoutScript(customer, orderId);

    expect(pressed).toMatchObject({ status: 303, location: `/orders/${orderId}` });
    expect(await customer.balance()).toBe(1000);
    expect(await stepsOn(customer, orderId)).toContain("done: Credits added, Done at");
    expect((await visit(`/orders/${orderId}`, customer.cookie)).html).not.toContain("data-settle");
  });

  it("leads to the page of an order that was refused meanwhile, without a script", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000000036" });

    expect(await pressesWithoutScript(customer, orderId)).toMatchObject({
      status: 303,
      location: `/orders/${orderId}`,
    });
  });

  it("says, without a script, that the order stands while Stripe is unreachable", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();
    await nextCall("GET /v1/payment_intents", "unreachable", 4);

    const { status, text } = await pressesWithoutScript(customer, orderId);

    expect(status).toBe(503);
    expect(text).toContain("We have your order and keep checking it");
  });

  it("asks a customer who is no longer signed in to sign in, without a script", async () => {
    const { orderId } = await cutOffAfterTheCharge();

    const { status, text } = await submit(`/orders/${orderId}/settle`);

    expect(status).toBe(401);
    expect(text).toContain("Please sign in");
  });

  it("does nothing from another site or another account", async () => {
    const { customer, orderId } = await cutOffAfterTheCharge();
    const stranger = await signedInCustomer();

    const elsewhere = { cookie: customer.cookie, origin: "https://evil.example" };
    expect((await submit(`/orders/${orderId}/settle`, {}, elsewhere)).status).toBe(403);
    expect((await pressesWithoutScript(stranger, orderId)).status).toBe(404);
    expect(await customer.balance()).toBe(0);
  });

  it("works from the page of earlier orders too, which has the script and what a challenge needs", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ card: "4000002760003184" });
    const later = await customer.buys();

    const { html } = await visit(`/account?before=${later.order?.id}`, customer.cookie);

    expect(html).toContain("data-settle=");
    expect(html).toContain('src="/account.js"');
    expect(html).toContain("data-stripe-script=");
    expect(html).toContain('id="done"');
  });
});
