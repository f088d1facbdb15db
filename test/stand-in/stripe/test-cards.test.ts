import { exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
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

const pass = { address_line1_check: "pass", address_postal_code_check: "pass", cvc_check: "pass" };

describe("a declined card", () => {
  it.each([
    ["4000000000000002", "card_declined", "generic_decline"],
    ["4000000000009995", "card_declined", "insufficient_funds"],
    ["4000000000009987", "card_declined", "lost_card"],
    ["4000000000009979", "card_declined", "stolen_card"],
    ["4000000000000069", "expired_card", undefined],
    ["4000000000000127", "incorrect_cvc", undefined],
    ["4000000000000119", "processing_error", undefined],
    ["4000000000006975", "card_declined", "card_velocity_exceeded"],
  ])(
    "like %s is refused both when saved and when charged, with %s and %s",
    async (number, code, declineCode) => {
      const customer = await newCustomer();

      const saving = await errorOf(saveCard(customer.id, await typedCard(number)));
      expect(saving).toMatchObject({ statusCode: 402, rawType: "card_error", code });
      expect(saving.decline_code || undefined).toBe(declineCode);
      expect(saving.setup_intent).toMatchObject({ status: "requires_payment_method", payment_method: null });
      expect(saving.setup_intent?.last_setup_error?.code).toBe(code);

      const paying = await errorOf(
        stripe.paymentIntents.create({
          amount: 5000,
          currency: "usd",
          customer: customer.id,
          confirm: true,
          confirmation_token: await typedCard(number),
          allowed_payment_method_types: ["card"],
        }),
      );
      expect(paying).toMatchObject({ statusCode: 402, rawType: "card_error", code });
      expect(paying.decline_code || undefined).toBe(declineCode);
      expect(paying.payment_intent).toMatchObject({ status: "requires_payment_method", amount_received: 0 });

      const failed = await stripe.charges.retrieve(paying.charge ?? "");
      expect(failed).toMatchObject({ status: "failed", paid: false, captured: false, failure_code: code });
      expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
      expect(await eventTypes()).toEqual([
        "customer.created",
        "setup_intent.created",
        "setup_intent.setup_failed",
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
      ]);
    },
  );

  it("with an incorrect security code shows that in its checks", async () => {
    const customer = await newCustomer();

    const error = await errorOf(saveCard(customer.id, await typedCard("4000000000000127")));

    expect(error.payment_method?.card?.checks).toEqual({ ...pass, cvc_check: "fail" });
  });

  it("like …0127 goes through when no security code was sent", async () => {
    const customer = await newCustomer();

    const setup = await saveCard(customer.id, await typedCard("4000000000000127", { cvc: "" }));

    expect(setup.status).toBe("succeeded");
    expect(setup.payment_method.card?.checks?.cvc_check).toBeNull();
  });

  it("like …0341 can be saved, but every later charge fails", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000000000000341"));
    expect(setup.status).toBe("succeeded");

    for (let time = 0; time < 2; time += 1) {
      const error = await errorOf(charge(customer.id, setup.payment_method.id));
      expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
    }
  });

  it("that is lost comes with the advice not to try again", async () => {
    const error = await errorOf(saveCard((await newCustomer()).id, await typedCard("4000000000009987")));

    expect(error).toMatchObject({ advice_code: "do_not_try_again", network_decline_code: "41" });
  });
});

describe("card checks", () => {
  it.each([
    ["4242424242424242", pass],
    ["4000000000000010", { ...pass, address_line1_check: "fail", address_postal_code_check: "fail" }],
    ["4000000000000028", { ...pass, address_line1_check: "fail" }],
    ["4000000000000036", { ...pass, address_postal_code_check: "fail" }],
    [
      "4000000000000044",
      { ...pass, address_line1_check: "unavailable", address_postal_code_check: "unavailable" },
    ],
    ["4000000000000101", { ...pass, cvc_check: "fail" }],
    ["4000058400307872", { ...pass, cvc_check: "fail" }],
    ["4000058400306072", { ...pass, address_postal_code_check: "fail" }],
  ])("of %s let it succeed with %o", async (number, checks) => {
    const customer = await newCustomer();

    const setup = await saveCard(customer.id, await typedCard(number));
    const paid = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      customer: customer.id,
      confirm: true,
      confirmation_token: await typedCard(number),
      allowed_payment_method_types: ["card"],
      expand: ["latest_charge"],
    });

    expect(setup.status).toBe("succeeded");
    expect(setup.latest_attempt.payment_method_details.card?.checks).toEqual(checks);
    expect(setup.payment_method.card?.checks).toEqual(checks);
    expect(paid.status).toBe("succeeded");
    expect(chargeOf(paid).payment_method_details?.card?.checks).toEqual(checks);
  });

  it("are absent for a field that was not supplied", async () => {
    const customer = await newCustomer();

    const setup = await saveCard(
      customer.id,
      await typedCard("4000000000000010", { address: { postal_code: "94105" } }),
    );

    expect(setup.payment_method.card?.checks).toEqual({
      address_line1_check: null,
      address_postal_code_check: "fail",
      cvc_check: "pass",
    });
  });

  it("are not known before the bank is asked", async () => {
    const token = await stripe.confirmationTokens.retrieve(await typedCard("4000000000000010"));
    const method = await stripe.paymentMethods.create({
      type: "card",
      card: { number: "4000000000000010", exp_month: 1, exp_year: 2040, cvc: "123" },
      billing_details: { address: { postal_code: "94105" } },
    });

    expect(token.payment_method_preview?.card?.checks).toEqual({
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: null,
    });
    expect(method.card?.checks).toEqual({
      address_line1_check: null,
      address_postal_code_check: "unchecked",
      cvc_check: "unchecked",
    });
  });

  it("do not repeat the security code of a saved card", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4242424242424242"));

    const paid = await charge(customer.id, setup.payment_method.id);

    expect(chargeOf(paid).payment_method_details?.card?.checks).toEqual({ ...pass, cvc_check: null });
  });

  it.each(["pm_card_avsFail", "pm_card_avsZipFail", "pm_card_avsLine1Fail"])(
    "of %s fail although it carries no address",
    async (name) => {
      const paid = await stripe.paymentIntents.create({
        amount: 5000,
        currency: "usd",
        confirm: true,
        payment_method: name,
        allowed_payment_method_types: ["card"],
        expand: ["latest_charge"],
      });

      const checks = chargeOf(paid).payment_method_details?.card?.checks;
      expect(Object.values(checks ?? {})).toContain("fail");
    },
  );
});

describe("Radar", () => {
  it("lets …0019 be saved, and blocks it when it pays", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4100000000000019"));
    expect(setup.status).toBe("succeeded");

    const error = await errorOf(charge(customer.id, setup.payment_method.id));

    expect(error).toMatchObject({ statusCode: 402, code: "card_declined", decline_code: "fraudulent" });
    expect((await stripe.charges.retrieve(error.charge ?? "")).outcome).toMatchObject({
      type: "blocked",
      risk_level: "highest",
      network_status: "not_sent_to_network",
    });
  });

  it.each([
    ["4000000000009235", "elevated"],
    ["4000000000004954", "highest"],
  ])("lets %s succeed with the risk level %s", async (number, risk) => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard(number));

    const paid = await charge(customer.id, setup.payment_method.id);

    expect(paid.status).toBe("succeeded");
    expect(chargeOf(paid).outcome?.risk_level).toBe(risk);
  });
});

describe("3-D Secure", () => {
  const challenged = {
    status: "requires_action",
    next_action: { type: "use_stripe_sdk", use_stripe_sdk: expect.any(Object) },
  };

  it("challenges …3220 when it is saved, and not again when it then pays", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000000000003220"));
    expect(setup).toMatchObject(challenged);
    expect(setup.payment_method.customer).toBeNull();

    await challenge(setup, "authenticated");
    const saved = await stripe.setupIntents.retrieve(setup.id, { expand: ["latest_attempt"] });
    expect(saved.status).toBe("succeeded");
    expect(saved.latest_attempt).toMatchObject({
      status: "succeeded",
      payment_method_details: { card: { checks: pass, three_d_secure: { result: "authenticated" } } },
    });

    const paid = await charge(customer.id, setup.payment_method.id);
    expect(paid.status).toBe("succeeded");
  });

  it.each(["4000002500003155", "4000002760003184", "4000003800000446"])(
    "%s challenges when it is saved, and again when it pays",
    async (number) => {
      const customer = await newCustomer();
      const setup = await saveCard(customer.id, await typedCard(number));
      expect(setup).toMatchObject(challenged);
      await challenge(setup, "authenticated");

      const waiting = await charge(customer.id, setup.payment_method.id);
      expect(waiting).toMatchObject({ ...challenged, latest_charge: null });

      await challenge(waiting, "authenticated");
      const paid = await stripe.paymentIntents.retrieve(waiting.id, { expand: ["latest_charge"] });
      expect(paid).toMatchObject({ status: "succeeded", next_action: null });
      expect(chargeOf(paid).payment_method_details?.card?.three_d_secure?.result).toBe("authenticated");
    },
  );

  it("leaves a payment held for capture waiting for that after the challenge", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000002760003184"));
    await challenge(setup, "authenticated");

    const waiting = await charge(customer.id, setup.payment_method.id, { capture_method: "manual" });
    await challenge(waiting, "authenticated");

    expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe("requires_capture");
  });

  it("leaves the card unsaved when the challenge fails at setup", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000002760003184"));

    await challenge(setup, "failed");

    const after = await stripe.setupIntents.retrieve(setup.id, { expand: ["latest_attempt"] });
    expect(after).toMatchObject({
      status: "requires_payment_method",
      payment_method: null,
      last_setup_error: { code: "setup_intent_authentication_failure", type: "invalid_request_error" },
      latest_attempt: { status: "failed" },
    });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
    expect(await eventTypes()).toEqual([
      "customer.created",
      "setup_intent.created",
      "setup_intent.requires_action",
      "setup_intent.setup_failed",
    ]);
  });

  it("charges nothing when the challenge fails at payment", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000002760003184"));
    await challenge(setup, "authenticated");
    const waiting = await charge(customer.id, setup.payment_method.id);

    await challenge(waiting, "failed");

    expect(await stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({
      status: "requires_payment_method",
      latest_charge: null,
      last_payment_error: { code: "payment_intent_authentication_failure" },
    });
    expect((await stripe.charges.list()).data).toEqual([]);
  });

  it("sends the customer to the bank's page and back when there is no Stripe.js", async () => {
    const waiting = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      confirm: true,
      payment_method: "pm_card_authenticationRequired",
      allowed_payment_method_types: ["card"],
      use_stripe_sdk: false,
      return_url: "https://shop.example/return?order=ord_1",
    });
    expect(waiting.next_action?.type).toBe("redirect_to_url");

    const page = await exports.default.fetch(waiting.next_action?.redirect_to_url?.url ?? "");
    expect(await page.text()).toContain(waiting.client_secret);
    const back = await exports.default.fetch("http://localhost:8787/stand-in/stripe/challenge/return", {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({
        client_secret: waiting.client_secret ?? "",
        return_url: waiting.next_action?.redirect_to_url?.return_url ?? "",
        outcome: "authenticated",
      }),
    });

    expect(back.status).toBe(303);
    expect(new URL(back.headers.get("location") ?? "").searchParams.get("redirect_status")).toBe("succeeded");
    expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe("succeeded");
  });

  it("declines …1629 after its challenge", async () => {
    const waiting = await stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      confirm: true,
      confirmation_token: await typedCard("4000008400001629"),
      allowed_payment_method_types: ["card"],
    });
    expect(waiting).toMatchObject(challenged);

    await challenge(waiting, "authenticated");

    const after = await stripe.paymentIntents.retrieve(waiting.id);
    expect(after).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "card_declined" },
    });
  });

  it("lets …3178 be saved after its challenge, and every charge then has insufficient funds", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000008260003178"));
    await challenge(setup, "authenticated");
    const waiting = await charge(customer.id, setup.payment_method.id);
    expect(waiting).toMatchObject(challenged);

    await challenge(waiting, "authenticated");

    expect((await stripe.paymentIntents.retrieve(waiting.id)).last_payment_error?.decline_code).toBe(
      "insufficient_funds",
    );
    const unattended = await errorOf(charge(customer.id, setup.payment_method.id, { off_session: true }));
    expect(unattended.decline_code).toBe("insufficient_funds");
  });

  it("declines …1280 because its 3-D Secure server cannot be reached", async () => {
    const error = await errorOf(saveCard((await newCustomer()).id, await typedCard("4000008400001280")));

    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
  });

  it("lets …3055 pay without a challenge unless one is requested", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000000000003055"));
    expect(setup.status).toBe("succeeded");

    expect((await charge(customer.id, setup.payment_method.id)).status).toBe("succeeded");
    const asked = await charge(customer.id, setup.payment_method.id, {
      payment_method_options: { card: { request_three_d_secure: "any" } },
    });
    expect(asked).toMatchObject(challenged);
  });

  it("refuses a card that must be authenticated while its holder is away", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000002760003184"));
    await challenge(setup, "authenticated");

    const error = await errorOf(charge(customer.id, setup.payment_method.id, { off_session: true }));

    expect(error).toMatchObject({
      statusCode: 402,
      code: "authentication_required",
      decline_code: "authentication_required",
    });
    expect(error.payment_intent?.status).toBe("requires_payment_method");
  });

  it("lets …3155 pay without a challenge while its holder is away, once it has been set up", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000002500003155"));
    await challenge(setup, "authenticated");

    const paid = await charge(customer.id, setup.payment_method.id, { off_session: true });

    expect(paid.status).toBe("succeeded");
  });
});

describe("a card that cannot be right", () => {
  it.each([
    [{ number: "4242424242424241" }, "incorrect_number"],
    [{ exp_month: 13 }, "invalid_expiry_month"],
    [{ exp_year: 2019 }, "invalid_expiry_year"],
    [{ cvc: "12" }, "invalid_cvc"],
    [{ number: "4111111111111111" }, "card_declined"],
  ])("(%o) is refused with %s before any bank is asked", async (wrong, code) => {
    const error = await errorOf(
      stripe.paymentMethods.create({
        type: "card",
        card: { number: "4242424242424242", exp_month: 12, exp_year: 2034, cvc: "123", ...wrong },
      }),
    );

    expect(error).toMatchObject({ statusCode: 402, rawType: "card_error", code });
  });
});
