/** Stripe when it does not answer: how long it is waited for. Takes as long as it says, so it runs with `npm run crash` alone. */
import { describe, expect, inject, it } from "vitest";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { nextCall } from "../support/stripe.ts";

describe("while Stripe is slow", () => {
  it.runIf(inject("crashes").isWhole)(
    "a call is given up after ten seconds, tried once more, and the order stands",
    { timeout: 40_000 },
    async () => {
      const customer = await signedInCustomer();
      const orderId = newOrderId();
      await nextCall("POST /v1/payment_intents", "slow", 2, 25_000);
      const begun = performance.now();

      const answer = await customer.buys({ orderId });

      expect(performance.now() - begun).toBeLessThan(28_000);
      expect(answer).toMatchObject({
        status: 503,
        error: { code: "stripe_unavailable", order: { state: "paying" } },
      });
      expect(answer.retryAfter).not.toBeNull();
      expect(await customer.settles(orderId)).toMatchObject({ status: 200, balance: 1000 });
    },
  );
});
