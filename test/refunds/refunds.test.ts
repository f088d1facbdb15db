/** Refunds by their events and by operation: the credits go back in proportion, once, wherever the refund began. */
import { describe, expect, it } from "vitest";
import { stripe } from "../stand-in/stripe/support.ts";
import { delivers } from "../support/stripe.ts";
import { buysCredits, expectBooksToAgree, lines } from "./support.ts";

describe("a refund made in Stripe's dashboard", () => {
  it("takes its credits by its event, however often that comes", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 250 });

    expect(await delivers({ type: "refund.created", payment_intent: bought.paymentIntent }, 5)).toEqual([
      200, 200, 200, 200, 200,
    ]);

    expect(await bought.customer.balance()).toBe(750);
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -250],
    ]);
    await expectBooksToAgree(bought);
  });
});
