import { beforeEach, describe, expect, it } from "vitest";
import {
  charge,
  chargeOf,
  control,
  eventTypes,
  newCustomer,
  reset,
  saveCard,
  stripe,
  typedCard,
} from "./support.ts";

beforeEach(reset);

describe("buying with a new card", () => {
  it("saves the card, shows its checks, and charges it", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4242424242424242"));

    expect(setup.status).toBe("succeeded");
    expect(setup.latest_attempt.payment_method_details.card?.checks).toEqual({
      address_line1_check: "pass",
      address_postal_code_check: "pass",
      cvc_check: "pass",
    });

    const paid = await charge(customer.id, setup.payment_method.id);

    expect(paid.status).toBe("succeeded");
    expect(chargeOf(paid)).toMatchObject({
      amount: 5000,
      captured: true,
      paid: true,
      balance_transaction: null,
    });
    expect(await eventTypes()).toEqual([
      "customer.created",
      "setup_intent.created",
      "payment_method.attached",
      "setup_intent.succeeded",
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
    ]);
  });

  it("announces the fee later with charge.updated", async () => {
    const customer = await newCustomer();
    const setup = await saveCard(customer.id, await typedCard("4242424242424242"));
    const paid = await charge(customer.id, setup.payment_method.id);

    await control("/stripe/fees/settle");

    const settled = await stripe.paymentIntents.retrieve(paid.id, {
      expand: ["latest_charge.balance_transaction"],
    });
    expect(chargeOf(settled).balance_transaction).toMatchObject({ amount: 5000, fee: 175, net: 4825 });
    expect((await eventTypes()).at(-1)).toBe("charge.updated");
  });
});
