/** Challenges: the bank wants to hear from the customer. The answer carries a client secret, the page shows the bank's question, and settling goes on. */
import { describe, expect, it, vi } from "vitest";
import { challenge } from "../stand-in/stripe/support.ts";
import { type OrderAnswer, signedInCustomer } from "../support/customer.ts";
import { chargedCents, paymentsOf } from "../support/stripe.ts";

const ALWAYS_CHALLENGED = "4000002760003184";
const CHALLENGED_ONCE = "4000000000003220";
const CHALLENGED_THEN_DECLINED = "4000008400001629";

describe("a challenge", () => {
  it("that is passed at verification and again at payment ends in credits", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: ALWAYS_CHALLENGED });
    expect(placed).toMatchObject({ status: 202, order: { state: "verifying" } });

    await challenge(secretOf(placed), "authenticated");
    const verified = await customer.settles(orderOf(placed));
    expect(verified).toMatchObject({ status: 202, order: { state: "paying" } });
    expect(await customer.balance()).toBe(0);

    await challenge(secretOf(verified), "authenticated");
    const paid = await customer.settles(orderOf(placed));
    expect(paid).toMatchObject({ status: 200, balance: 1000, order: { state: "paid" } });
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("needs to be passed only once for a card that is challenged once", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: CHALLENGED_ONCE });

    await challenge(secretOf(placed), "authenticated");
    const settled = await customer.settles(orderOf(placed));

    expect(settled).toMatchObject({ status: 200, balance: 1000 });
  });

  it("that is failed at verification declines the order before anything is charged", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: ALWAYS_CHALLENGED });

    await challenge(secretOf(placed), "failed");
    const settled = await customer.settles(orderOf(placed));

    expect(settled).toMatchObject({
      status: 402,
      error: { code: "card_declined", decline_code: "setup_intent_authentication_failure" },
    });
    // Stripe reports a challenge that was closed and one that was failed under the same code.
    expect(settled.error?.message).toBe(
      "Your bank could not confirm that it was you: its request was not answered, or was declined. You have not been charged. Try again, or use another card.",
    );
    expect(await paymentsOf(customer)).toEqual([]);
  });

  it("that is failed at payment declines the order and cancels the payment, so that no other card can be used for it", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: ALWAYS_CHALLENGED });
    await challenge(secretOf(placed), "authenticated");
    const verified = await customer.settles(orderOf(placed));

    await challenge(secretOf(verified), "failed");
    const settled = await customer.settles(orderOf(placed));

    expect(settled).toMatchObject({ status: 402, error: { code: "card_declined" } });
    expect((await paymentsOf(customer)).map(({ status }) => status)).toEqual(["canceled"]);
    expect(await chargedCents(customer)).toBe(0);
  });

  it("that is passed can still end in a decline by the bank", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: CHALLENGED_THEN_DECLINED });

    await challenge(secretOf(placed), "authenticated");
    const settled = await customer.settles(orderOf(placed));

    expect(settled).toMatchObject({ status: 402, error: { code: "card_declined" } });
    expect(await chargedCents(customer)).toBe(0);
  });

  it("keeps the same client secret when the customer asks again before answering it", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: ALWAYS_CHALLENGED });

    const asked = await customer.settles(orderOf(placed));

    expect(asked).toMatchObject({ status: 202, client_secret: placed.client_secret });
  });

  it("that nobody answers is abandoned after an hour, and nothing is charged", async () => {
    const customer = await signedInCustomer();
    const placed = await customer.buys({ card: ALWAYS_CHALLENGED });

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61 * 60 * 1000 });
    const settled = await customer.settles(orderOf(placed));
    vi.useRealTimers();

    expect(settled).toMatchObject({ status: 409, error: { code: "order_abandoned" } });
    expect(await paymentsOf(customer)).toEqual([]);
  });
});

function orderOf(answer: OrderAnswer): string {
  return answer.order?.id ?? "none";
}

function secretOf(answer: OrderAnswer): { client_secret: string } {
  if (typeof answer.client_secret !== "string") {
    throw new Error(`There is no challenge: ${JSON.stringify(answer)}`);
  }
  return { client_secret: answer.client_secret };
}
