import { beforeEach, describe, expect, it } from "vitest";
import {
  ask,
  challenge,
  charge,
  chargeOf,
  errorOf,
  eventTypes,
  newCustomer,
  reset,
  saveCard,
  stripe,
  typedCard,
} from "./support.ts";

beforeEach(reset);

const waiting = { status: "requires_action", next_action: { type: "use_stripe_sdk" }, latest_charge: null };
const authenticated = { status: "requires_confirmation", next_action: null, latest_charge: null };

/** A payment that only the server may confirm, begun with a saved card. */
async function begun(number: string, more: Parameters<typeof charge>[2] = {}): ReturnType<typeof charge> {
  const customer = await newCustomer();
  const setup = await saveCard(customer.id, await typedCard(number));
  if (setup.status === "requires_action") {
    await challenge(setup, "authenticated");
  }
  return charge(customer.id, setup.payment_method.id, { confirmation_method: "manual", ...more });
}

/** The same after its challenge was passed. */
async function passed(number: string, more: Parameters<typeof charge>[2] = {}): ReturnType<typeof charge> {
  const intent = await begun(number, more);
  expect(intent).toMatchObject(waiting);
  await challenge(intent, "authenticated");
  return stripe.paymentIntents.retrieve(intent.id);
}

describe("a payment that only the server may confirm", () => {
  it("is charged at once when the card wants no challenge", async () => {
    expect(await begun("4242424242424242")).toMatchObject({
      status: "succeeded",
      confirmation_method: "manual",
    });
  });

  it("is charged not by its challenge but by the confirmation after it, without another challenge", async () => {
    const intent = await passed("4000002760003184");
    expect(intent).toMatchObject({ ...authenticated, payment_method: expect.stringMatching(/^pm_/) });
    expect((await stripe.charges.list()).data).toEqual([]);

    const paid = await stripe.paymentIntents.confirm(intent.id, { expand: ["latest_charge"] });

    expect(paid).toMatchObject({ status: "succeeded", amount_received: 5000, next_action: null });
    expect(chargeOf(paid).payment_method_details?.card?.three_d_secure?.result).toBe("authenticated");
    expect((await stripe.charges.list()).data).toHaveLength(1);
    expect((await eventTypes()).slice(-4)).toEqual([
      "payment_intent.created",
      "payment_intent.requires_action",
      "charge.succeeded",
      "payment_intent.succeeded",
    ]);
  });

  it("can be held for capture by that confirmation", async () => {
    const intent = await passed("4000002760003184", { capture_method: "manual" });

    const held = await stripe.paymentIntents.confirm(intent.id);

    expect(held).toMatchObject({ status: "requires_capture", amount_capturable: 5000 });
  });

  it("works for a card typed into the page and never saved", async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      confirm: true,
      confirmation_method: "manual",
      confirmation_token: await typedCard("4000000000003220"),
      allowed_payment_method_types: ["card"],
      use_stripe_sdk: true,
    });
    await challenge(intent, "authenticated");

    expect((await stripe.paymentIntents.confirm(intent.id)).status).toBe("succeeded");
  });

  it("is confirmed once by calls with one idempotency key, and not again with another", async () => {
    const intent = await passed("4000002760003184");

    const first = await stripe.paymentIntents.confirm(intent.id, {}, { idempotencyKey: "one" });
    const again = await stripe.paymentIntents.confirm(intent.id, {}, { idempotencyKey: "one" });
    const error = await errorOf(stripe.paymentIntents.confirm(intent.id, {}, { idempotencyKey: "two" }));

    expect(again).toEqual(first);
    expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    expect((await stripe.charges.list()).data).toHaveLength(1);
  });

  it("can be cancelled and listed while it waits for the server", async () => {
    const intent = await passed("4000002760003184");

    const listed = await stripe.paymentIntents.list();
    expect(listed.data[0]).toMatchObject({ id: intent.id, ...authenticated });

    expect(await stripe.paymentIntents.cancel(intent.id)).toMatchObject({ status: "canceled" });
    const error = await errorOf(stripe.paymentIntents.confirm(intent.id));
    expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    expect((await stripe.charges.list()).data).toEqual([]);
  });
});

describe("a payment that needs a second confirmation", () => {
  it("is not charged after a failed challenge, and needs another card", async () => {
    const intent = await begun("4000002760003184");

    await challenge(intent, "failed");

    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: "requires_payment_method",
      latest_charge: null,
      last_payment_error: { code: "payment_intent_authentication_failure" },
    });
  });

  it("accepts its challenge only once", async () => {
    const intent = await passed("4000002760003184");

    await expect(challenge(intent, "authenticated")).rejects.toThrow("requires_confirmation");
  });

  it("is declined by the confirmation for insufficient funds (card …3178)", async () => {
    const intent = await passed("4000008260003178");

    const error = await errorOf(stripe.paymentIntents.confirm(intent.id));

    expect(error).toMatchObject({ statusCode: 402, decline_code: "insufficient_funds" });
    expect(error.payment_intent).toMatchObject({ id: intent.id, status: "requires_payment_method" });
  });

  it("is declined by the confirmation (card …1629)", async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      confirm: true,
      confirmation_method: "manual",
      confirmation_token: await typedCard("4000008400001629"),
      allowed_payment_method_types: ["card"],
      use_stripe_sdk: true,
    });
    await challenge(intent, "authenticated");

    const error = await errorOf(stripe.paymentIntents.confirm(intent.id));

    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
  });

  it("is challenged again before a declined card is tried again", async () => {
    const intent = await passed("4000008260003178");
    const error = await errorOf(stripe.paymentIntents.confirm(intent.id));
    const method = error.payment_method?.id ?? "";

    const again = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: method,
      use_stripe_sdk: true,
    });

    expect(again.status).toBe("requires_action");
  });

  it("is challenged again for another card or another amount", async () => {
    const intent = await passed("4000002760003184");
    await stripe.paymentIntents.update(intent.id, { amount: 6000 });
    const dearer = await stripe.paymentIntents.confirm(intent.id, { use_stripe_sdk: true });
    expect(dearer).toMatchObject(waiting);

    await challenge(dearer, "authenticated");
    const other = await stripe.paymentIntents.confirm(intent.id, {
      confirmation_token: await typedCard("4000000000003220"),
    });
    expect(other).toMatchObject(waiting);
    await challenge(other, "authenticated");
    expect((await stripe.paymentIntents.confirm(intent.id)).status).toBe("succeeded");
  });

  it("keeps waiting for its challenge when it is confirmed before that is over", async () => {
    const intent = await begun("4000002760003184");

    const again = await stripe.paymentIntents.confirm(intent.id, { use_stripe_sdk: true });

    expect(again).toMatchObject(waiting);
  });
});

describe("manual confirmation refuses", () => {
  it("a browser's confirmation, both before and after the challenge", async () => {
    const begins = await begun("4000002760003184");
    const after = await passed("4000002760003184");

    for (const intent of [begins, after]) {
      const { status, body } = await ask("POST", `/v1/payment_intents/${intent.id}/confirm`, {
        client_secret: intent.client_secret ?? "",
      });

      expect({ status, body }).toMatchObject({
        status: 400,
        body: {
          error: {
            type: "invalid_request_error",
            message: expect.stringContaining("cannot be confirmed using your publishable key"),
          },
        },
      });
      expect(body).not.toHaveProperty("error.payment_intent.customer");
      expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(intent.status);
    }
  });

  it.each([
    ["capture_method", "automatic"],
    ["error_on_requires_action", "true"],
    ["off_session", "true"],
  ])("a %s from the browser, which only the server may give", async (name, value) => {
    const intent = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      capture_method: "manual",
    });

    const { status, body } = await ask("POST", `/v1/payment_intents/${intent.id}/confirm`, {
      client_secret: intent.client_secret ?? "",
      confirmation_token: await typedCard("4242424242424242"),
      [name]: value,
    });

    expect({ status, body }).toMatchObject({ status: 400, body: { error: { param: name } } });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      capture_method: "manual",
      latest_charge: null,
    });
  });

  it("confirmation_method together with dynamic payment methods", async () => {
    const error = await errorOf(
      stripe.paymentIntents.create({
        amount: 5000,
        currency: "usd",
        confirmation_method: "manual",
        automatic_payment_methods: { enabled: true },
      }),
    );

    expect(error).toMatchObject({ statusCode: 400, param: "automatic_payment_methods" });
  });
});
