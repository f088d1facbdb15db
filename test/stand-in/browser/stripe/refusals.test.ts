import type { StripeElementsOptions } from "@stripe/stripe-js";
import { describe, expect, it } from "vitest";
import { checkElementsOptions } from "./elements-options.ts";
import { intentOf } from "./intents.ts";

describe("elements()", () => {
  const options = { mode: "setup" as const, currency: "usd", allowedPaymentMethodTypes: ["card"] };
  const olderOptions = { ...options, paymentMethodTypes: ["card"] };
  const refused: [what: string, given: StripeElementsOptions, reason: string][] = [
    ["paymentMethodTypes", olderOptions, "Use allowedPaymentMethodTypes"],
    ["a currency in capitals", { ...options, currency: "USD" }, "currency"],
    ["no currency", { mode: "setup" }, "currency"],
    ["a client secret", { clientSecret: "pi_1_secret_2" }, "clientSecret"],
    ["a payment without its amount", { ...options, mode: "payment", amount: Number.NaN }, "amount"],
    ["no cards", { ...options, allowedPaymentMethodTypes: ["ideal"] }, "card"],
  ];

  it.each(refused)("refuses %s with an IntegrationError", (_what, given, reason) => {
    expect(() => checkElementsOptions(given)).toThrow(
      expect.objectContaining({ name: "IntegrationError", message: expect.stringContaining(reason) }),
    );
  });

  it("accepts what Denarius passes", () => {
    const given = { ...options, paymentMethodCreation: "manual" as const, appearance: {} };

    expect(checkElementsOptions(given)).toEqual(given);
  });
});

describe("a client secret", () => {
  it.each([
    ["pi_abc_secret_xyz", { kind: "payment", id: "pi_abc" }],
    ["seti_abc_secret_xyz", { kind: "setup", id: "seti_abc" }],
  ])("like %s opens its intent", (secret, intent) => {
    expect(intentOf(secret)).toEqual(intent);
  });

  it.each(["", "pi_abc", "ord_abc_secret_xyz", undefined, 5])("like %j opens no intent", (secret) => {
    expect(() => intentOf(secret)).toThrow("client secret");
  });
});
