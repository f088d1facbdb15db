/** What a forged claim in a refund's metadata achieves: nothing. */
import { describe, expect, it } from "vitest";
import { stripe } from "../stand-in/stripe/support.ts";
import { newOrderId } from "../support/customer.ts";
import { delivers } from "../support/stripe.ts";
import { balanceOf, buysCredits, expectBooksToAgree } from "../refunds/support.ts";

describe("a refund made at Stripe whose metadata names", () => {
  it("another customer's order takes the credits of its own payment's order, and no others", async () => {
    const bought = await buysCredits(1000);
    const other = await buysCredits(1000);

    await stripe.refunds.create({
      payment_intent: bought.paymentIntent,
      amount: 300,
      metadata: { account_id: other.accountId, order_id: other.orderId },
    });
    await delivers({ type: "refund.created", payment_intent: bought.paymentIntent });

    expect(await balanceOf(bought)).toBe(700);
    expect(await balanceOf(other)).toBe(1000);
    await expectBooksToAgree(bought);
    await expectBooksToAgree(other);
  });

  it("an order that was never placed still takes the credits of its payment's order", async () => {
    const bought = await buysCredits(1000);

    await stripe.refunds.create({
      payment_intent: bought.paymentIntent,
      amount: 300,
      metadata: { order_id: newOrderId() },
    });
    await delivers({ type: "refund.created", payment_intent: bought.paymentIntent });

    expect(await balanceOf(bought)).toBe(700);
    await expectBooksToAgree(bought);
  });
});
