/** A run of settling whose decision comes too late: another run has moved the order on, so the decision does not count. */
import { afterEach, expect, it, vi } from "vitest";
import { MINUTE } from "../../src/domain/instant.ts";
import { type Settled, settleOrder } from "../../src/operations/settle-order.ts";
import { accountDepsOf, toOrderId } from "../support/account-deps.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { cardsAtStripe, chargedCents, nextCall } from "../support/stripe.ts";

const ALWAYS_CHALLENGED = "4000002760003184";

afterEach(() => {
  vi.useRealTimers();
});

/** An order cut off before its card was verified, with the token it was placed with. */
async function cutOffBeforeVerifying(card?: string): Promise<{ customer: Customer; orderId: string }> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const customer = await signedInCustomer();
  const orderId = newOrderId();
  await nextCall("POST /v1/setup_intents", "unreachable", 2);
  const cut = await customer.buys({ orderId, ...(card !== undefined && { card }) });
  expect(cut).toMatchObject({ status: 503, error: { order: { state: "placed" } } });
  return { customer, orderId };
}

/**
 * Recovers the order a quarter of an hour after it was placed, in an object that has been replaced: it finds nothing at
 * Stripe and decides to abandon the order. While it waits for its turn to write that, `meanwhile` happens.
 */
async function recoversLate(
  customer: Customer,
  orderId: string,
  meanwhile: () => Promise<unknown>,
): Promise<Settled | null> {
  const late = Date.now() + 15 * MINUTE;
  let isHeld = true;
  const deps = await accountDepsOf(customer, async () => {
    if (isHeld) {
      isHeld = false;
      await meanwhile();
    }
  });
  return settleOrder({ ...deps, now: () => late }, toOrderId(orderId), "recovery");
}

it("an order is not abandoned by an overtaken run once its charge may have begun, and keeps its card", async () => {
  const { customer, orderId } = await cutOffBeforeVerifying();

  const settled = await recoversLate(customer, orderId, async () => {
    vi.setSystemTime(Date.now() + 12 * MINUTE);
    await nextCall("POST /v1/payment_intents", "unreachable", 2);
    const asked = await customer.settles(orderId);
    expect(asked).toMatchObject({ status: 503, error: { order: { state: "paying" } } });
  });

  expect(settled).toMatchObject({ order: { state: "paying" }, waitingFor: "stripe" });
  expect(await customer.settles(orderId)).toMatchObject({ status: 200, balance: 1000 });
  expect(await chargedCents(customer)).toBe(1000);
  expect((await customer.account()).saved_cards).toHaveLength(1);
  expect(await cardsAtStripe(customer)).toHaveLength(1);
});

it("an order is not abandoned by an overtaken run once its customer has a challenge to answer", async () => {
  const { customer, orderId } = await cutOffBeforeVerifying(ALWAYS_CHALLENGED);

  const settled = await recoversLate(customer, orderId, async () => {
    vi.setSystemTime(Date.now() + 12 * MINUTE);
    expect(await customer.settles(orderId)).toMatchObject({ status: 202, order: { state: "verifying" } });
  });

  expect(settled).toMatchObject({ order: { state: "verifying" }, waitingFor: "customer" });
  expect(await customer.order(orderId)).toMatchObject({ state: "verifying" });
});

it("an order that no other run has moved on is abandoned", async () => {
  const { customer, orderId } = await cutOffBeforeVerifying();

  const settled = await recoversLate(customer, orderId, () => Promise.resolve());

  expect(settled).toMatchObject({ order: { state: "abandoned" } });
});
