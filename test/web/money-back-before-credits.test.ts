/** An event about money that goes back, of a payment whose credits are not in the books yet. */
import { describe, expect, it } from "vitest";
import type { OrderId } from "../../src/domain/ids.ts";
import type { StripeEvent } from "../../src/domain/stripe-event.ts";
import { receiveEvent } from "../../src/operations/receive-event.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { accountDepsOf, toOrderId } from "../support/account-deps.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { chargesAtStripe, nextCall, stripeCustomerOf } from "../support/stripe.ts";

type Refunded = { customer: Customer; orderId: OrderId; event: StripeEvent };

/**
 * An order that the database knows only as placed, as after it was brought back to an earlier moment, while its payment
 * succeeded and was then refunded at Stripe.
 */
async function refundedBeforePosted(): Promise<Refunded> {
  const customer = await signedInCustomer();
  await customer.buys({ card: "4000000000000036" });
  const orderId = toOrderId(newOrderId());
  await nextCall("POST /v1/setup_intents", "unreachable", 2);
  await customer.buys({ orderId });
  const { account } = await customer.account();
  const payment = await chargesAtStripe({
    amount: 1000,
    customer: await stripeCustomerOf(customer),
    metadata: { account_id: account.id, order_id: orderId },
  });
  const refund = await stripe.refunds.create({ payment_intent: payment.id });
  const event: StripeEvent = {
    id: `evt_${orderId}`,
    type: "refund.created",
    createdAt: Date.now(),
    objectId: refund.id,
    accountId: null,
    orderId: null,
    paymentIntentId: payment.id,
  };
  return { customer, orderId, event };
}

describe("an event about money that goes back before its credits came in", () => {
  it("is to be delivered again while the credits cannot be posted", async () => {
    const { customer, orderId, event } = await refundedBeforePosted();
    const deps = await accountDepsOf(customer);
    const tooBusy = { ...deps, post: () => Promise.resolve({ taken: false as const }) };

    expect(await receiveEvent(tooBusy, event, orderId)).toBe("unfinished");
    expect(await customer.balance()).toBe(0);

    expect(await receiveEvent(deps, event, orderId)).toBe("settled");
    expect(await customer.order(orderId)).toMatchObject({ state: "paid" });
    expect(await customer.balance()).toBe(0);
  });
});
