import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  ask,
  charge,
  control,
  errorOf,
  newCustomer,
  read,
  reset,
  saveCard,
  stripe,
  typedCard,
} from "./support.ts";

beforeEach(reset);

/** A charge whose postcode check has this result. */
function postcodeChecked(result: string) {
  return { payment_method_details: { card: { checks: { address_postal_code_check: result } } } };
}

const sent = z.object({ deliveries: z.array(z.object({ type: z.string() })) });

describe("webhooks on demand", () => {
  it("wait until they are sent, and record what the product answered", async () => {
    await newCustomer();
    const [event] = (await stripe.events.list()).data;
    expect(event?.pending_webhooks).toBe(1);

    const answer = await control("/stripe/events/deliver");

    expect(answer).toEqual({
      deliveries: [
        { event: event?.id, type: "customer.created", endpoint: "we_product", status: expect.any(Number) },
      ],
    });
  });

  it("can be chosen by type, by payment and by id, and sent several times", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4242424242424242"));
    const paid = await charge(customer.id, setup.payment_method.id);

    const byType = await control("/stripe/events/deliver", { type: "payment_intent.succeeded", times: 3 });
    expect(byType).toMatchObject({ deliveries: { length: 3 } });

    const [charged] = (await stripe.events.list({ type: "charge.succeeded" })).data;
    const byId = await control("/stripe/events/deliver", { id: charged?.id });
    expect(byId).toMatchObject({ deliveries: [{ type: "charge.succeeded" }] });

    const byPayment = await control("/stripe/events/deliver", { payment_intent: paid.id });
    // The one sent by id may have failed and be waiting to be sent again.
    const types = new Set(sent.parse(byPayment).deliveries.map((delivery) => delivery.type));
    expect(types).toContain("payment_intent.created");
    expect(types).not.toContain("customer.created");
  });

  it("are listed newest first with their deliveries", async () => {
    await newCustomer();
    await control("/stripe/events/deliver");

    const listed = await read("/stripe/events");

    expect(listed).toMatchObject({
      delivery: "on_demand",
      events: [{ type: "customer.created", deliveries: [{ attempts: [{ status: expect.any(Number) }] }] }],
    });
  });
});

describe("the call log", () => {
  it("shows every call newest first, without a digit of any card", async () => {
    const token = await typedCard("4000000000000036", { cvc: "987" });
    await stripe.confirmationTokens.retrieve(token);

    const log = JSON.stringify(await read("/stripe/calls"));

    expect(log.indexOf(`/v1/confirmation_tokens/${token}`)).toBeLessThan(log.indexOf("exp_month"));
    expect(log).not.toContain("4000000000000036");
    expect(log).not.toContain("987");
  });

  it("holds no card number, nor does any object or event", async () => {
    const customer = await newCustomer();
    await saveCard(customer.id, await typedCard("4000000000000036"));

    const everything = JSON.stringify([await read("/stripe/events"), await read("/stripe/calls")]);

    expect(everything).not.toContain("4000000000000036");
    expect(everything).toContain("0036");
  });
});

describe("the stand-in's switches", () => {
  it("refuse unknown values and say why", async () => {
    await expect(control("/stripe/faults", { kind: "explode" })).rejects.toThrow("kind");
    await expect(control("/clock", { advance_seconds: -1 })).rejects.toThrow("advance_seconds");
  });

  it("can make the bank leave every check unavailable", async () => {
    await control("/stripe/bank", { checks: "unavailable" });
    const setup = await saveCard((await newCustomer()).id, await typedCard("4000000000000036"));

    expect(setup.payment_method.card?.checks).toEqual({
      address_line1_check: "unavailable",
      address_postal_code_check: "unavailable",
      cvc_check: "unavailable",
    });
  });

  it("can make the bank answer its checks only with the payment", async () => {
    await control("/stripe/bank", { checks: "unavailable_at_setup" });
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4000000000000101"));
    expect(setup.payment_method.card?.checks?.cvc_check).toBe("unavailable");

    const held = await charge(customer.id, setup.payment_method.id, { capture_method: "manual" });

    expect(held.latest_charge).toMatchObject({
      payment_method_details: { card: { checks: { cvc_check: "fail", address_line1_check: "pass" } } },
    });
  });

  it("can make the bank decline a card that it has let be saved", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4242424242424242"));
    await control("/stripe/bank", { checks: "as_card", payments: "declined" });

    const error = await errorOf(charge(customer.id, setup.payment_method.id));

    expect(error).toMatchObject({ code: "card_declined", decline_code: "generic_decline" });
  });

  it("can make the bank find nothing wrong until the payment, or at all", async () => {
    const customer = await newCustomer();
    await control("/stripe/bank", { checks: "pass_at_setup" });
    const setup = await saveCard(customer.id, await typedCard("4000000000000036"));
    expect(setup.payment_method.card?.checks?.address_postal_code_check).toBe("pass");

    const paid = await charge(customer.id, setup.payment_method.id);
    await control("/stripe/bank", { checks: "pass" });
    const again = await charge(customer.id, setup.payment_method.id);

    expect(paid).toMatchObject({ status: "succeeded", latest_charge: postcodeChecked("fail") });
    expect(again).toMatchObject({ status: "succeeded", latest_charge: postcodeChecked("pass") });
  });

  it("end a challenge only for an intent that is waiting for one", async () => {
    const { status, body } = await ask("POST", "/challenge", {
      client_secret: "pi_1_secret_2",
      outcome: "authenticated",
    });

    expect(status).toBe(400);
    expect(body["error"]).toMatchObject({ param: "client_secret" });
  });
});
