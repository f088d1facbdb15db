/** Refusals of Stripe's that its stand-in does not make: what they say, and what they leave open. */
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { toCents } from "../../src/domain/money.ts";
import { findPaymentIntent } from "../../src/stripe/payment-intents.ts";
import { findSetupIntent } from "../../src/stripe/setup-intents.ts";

type Refusal = { type: string; code?: string; decline_code?: string; param?: string; message: string };

/** A Stripe that answers everything with one error. */
function stripeThatRefuses(error: Refusal, status: number): Stripe {
  const answer = async () => Response.json({ error }, { status });
  return new Stripe("sk_test_refusals", {
    httpClient: Stripe.createFetchHttpClient(answer),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

const ORDER = {
  orderId: "ord_1",
  customerId: "cus_gone",
  placedAt: Date.UTC(2026, 10, 23, 12),
  amountCents: toCents(1000),
  currency: "usd",
} as const;

describe("a list that Stripe refuses", () => {
  it("because it does not know the customer holds no intent of the order", async () => {
    const refusal = { type: "invalid_request_error", code: "resource_missing", message: "No such customer" };
    const stripe = stripeThatRefuses({ ...refusal, param: "customer" }, 400);

    expect(await findPaymentIntent(stripe, ORDER)).toEqual({ answered: true, value: null });
    expect(await findSetupIntent(stripe, ORDER)).toEqual({ answered: true, value: null });
  });

  it("for anything else is our own mistake, and not an empty list", async () => {
    const refusal = {
      type: "invalid_request_error",
      code: "parameter_unknown",
      message: "Unknown parameter",
    };
    const stripe = stripeThatRefuses({ ...refusal, param: "created" }, 400);

    await expect(findPaymentIntent(stripe, ORDER)).rejects.toThrow("Unknown parameter");
    await expect(findSetupIntent(stripe, ORDER)).rejects.toThrow("Unknown parameter");
  });
});
