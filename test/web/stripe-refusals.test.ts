/** Refusals of Stripe's that its stand-in does not make: what they say, and what they leave open. */
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { toCents } from "../../src/domain/money.ts";
import { createPaymentIntent, findPaymentIntent } from "../../src/stripe/payment-intents.ts";
import { createSetupIntent, findSetupIntent } from "../../src/stripe/setup-intents.ts";

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

describe("a card error that names no intent", () => {
  const SETUP = {
    ...ORDER,
    accountId: "acc_1",
    confirmationToken: "ctoken_1",
    keepCard: true,
    returnUrl: "https://example.com",
  } as const;
  const PAYMENT = {
    ...SETUP,
    paymentMethodId: "pm_1",
    capture: "automatic",
    description: "1000 API credits",
    receiptEmail: "ada@example.com",
  } as const;

  it.each([
    [{ code: "card_declined", decline_code: "do_not_honor" }, "do_not_honor"],
    [{ code: "expired_card" }, "expired_card"],
  ])("declines by its code: %j", async (codes, declineCode) => {
    const stripe = stripeThatRefuses({ type: "card_error", message: "Declined", ...codes }, 402);
    const declined = { answered: true, value: { status: "declined_outright", declineCode } };

    expect(await createPaymentIntent(stripe, PAYMENT)).toEqual(declined);
    expect(await createSetupIntent(stripe, SETUP)).toEqual(declined);
  });

  it("says nothing of the outcome without a code, and is asked again", async () => {
    const stripe = stripeThatRefuses({ type: "card_error", message: "Declined" }, 402);

    expect(await createPaymentIntent(stripe, PAYMENT)).toEqual({ answered: false });
    expect(await createSetupIntent(stripe, SETUP)).toEqual({ answered: false });
  });
});
