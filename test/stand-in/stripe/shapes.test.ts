import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { routes } from "./routes-of-stripe.ts";
import {
  derivedFrom,
  misfitsOfAnswer,
  misfitsOfEvent,
  misfitsOfRequest,
  routesUnknownToStripe,
  shapedRoutes,
} from "./shapes/fit.ts";
import { stripe } from "./support.ts";

describe("the shapes of Stripe's package", () => {
  it("are those of the installed version (`node test/stand-in/stripe/shapes/derive.js` updates them)", () => {
    expect(derivedFrom).toBe(Stripe.PACKAGE_VERSION);
  });

  it("cover every route of the stand-in except the one that only browsers call", () => {
    const mine = routes.map(({ method, path }) => `${method} ${path}`);

    expect(routesUnknownToStripe).toEqual(["POST /v1/confirmation_tokens"]);
    expect(mine.filter((route) => !shapedRoutes.has(route))).toEqual(routesUnknownToStripe);
  });

  it("reveal a wrong, a missing and an invented field", async () => {
    const customer: object = await stripe.customers.create();
    const { id: _id, ...missing } = { id: "", ...customer };

    expect(misfitsOfAnswer("POST /v1/customers", customer, false)).toEqual([]);
    expect(misfitsOfAnswer("POST /v1/customers", { ...customer, balance: "0" }, false)).toEqual([
      'customer.balance is "0", not number',
    ]);
    expect(misfitsOfAnswer("POST /v1/customers", missing, false)).toEqual(["customer.id is missing"]);
    expect(misfitsOfAnswer("POST /v1/customers", { ...customer, colour: "blue" }, false)).toEqual([
      "customer.colour does not exist at Stripe",
    ]);
  });

  it("reveal a value outside an enumeration", async () => {
    const intent: object = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });

    const wrong = misfitsOfAnswer("POST /v1/payment_intents", { ...intent, status: "done" }, false);

    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain('payment_intent.status is "done"');
  });

  it("reveal an unknown and a missing parameter", () => {
    expect(misfitsOfRequest("POST /v1/payment_intents", { currency: "usd", colour: "blue" })).toEqual([
      ".colour does not exist at Stripe",
      ".amount is missing",
    ]);
    expect(
      misfitsOfRequest("POST /v1/payment_intents", {
        amount: "500",
        currency: "usd",
        payment_method_types: ["card"],
      }),
    ).toEqual([".payment_method_types does not exist at Stripe"]);
  });

  it("reveal an event of an unknown type, and one whose object does not fit", () => {
    const event = {
      id: "evt_1",
      object: "event",
      api_version: null,
      created: 1,
      livemode: false,
      pending_webhooks: 0,
      request: null,
      type: "customer.sneezed",
      data: { object: { object: "customer" } },
    };

    const wrong = misfitsOfEvent(event);

    expect(wrong[0]).toContain("customer.sneezed");
    expect(wrong).toContain("data.object.id is missing");
  });
});
