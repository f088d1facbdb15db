import type { PaymentIntent } from "@stripe/stripe-js";
import { describe, expect, it } from "vitest";
import { paymentAfterChallenge } from "./next-action.ts";

const intent: PaymentIntent = {
  id: "pi_1",
  object: "payment_intent",
  amount: 5000,
  canceled_at: null,
  cancellation_reason: null,
  capture_method: "manual",
  client_secret: "pi_1_secret_2",
  confirmation_method: "manual",
  created: 1,
  currency: "usd",
  description: null,
  last_payment_error: null,
  livemode: false,
  next_action: null,
  payment_method: "pm_1",
  payment_method_types: ["card"],
  receipt_email: null,
  setup_future_usage: null,
  shipping: null,
  status: "requires_confirmation",
};

describe("handleNextAction() after the challenge", () => {
  it.each(["requires_confirmation", "requires_capture", "succeeded"] as const)(
    "takes %s as a success",
    (status) => {
      const paymentIntent = { ...intent, status };

      expect(paymentAfterChallenge({ paymentIntent })).toEqual({ paymentIntent });
    },
  );

  it("takes requires_payment_method as a failed authentication", () => {
    const failed: PaymentIntent = { ...intent, payment_method: null, status: "requires_payment_method" };

    expect(paymentAfterChallenge({ paymentIntent: failed })).toEqual({
      error: expect.objectContaining({
        code: "payment_intent_authentication_failure",
        payment_intent: failed,
      }),
    });
  });

  it("takes requires_payment_method with the bank's reason as that decline", () => {
    const reason = { type: "card_error" as const, code: "card_declined", decline_code: "insufficient_funds" };
    const failed: PaymentIntent = {
      ...intent,
      last_payment_error: reason,
      payment_method: null,
      status: "requires_payment_method",
    };

    expect(paymentAfterChallenge({ paymentIntent: failed })).toEqual({
      error: { ...reason, payment_intent: failed },
    });
  });
});
