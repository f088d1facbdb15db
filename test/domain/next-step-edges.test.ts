/** The decision at its edges: what Stripe rarely says, and what must not be done although it could be. */
import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/domain/facts.ts";
import { HOUR } from "../../src/domain/instant.ts";
import { type Asker, nextStep, NOTHING_FOUND_AFTER, type Step } from "../../src/domain/next-step.ts";
import type { OrderState } from "../../src/domain/order.ts";
import { toPriceList } from "../../src/store/prices.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { priceOf } from "../../src/domain/prices.ts";
import { cardOf, CHECKS, NOW, orderIn, paymentOf, setupOf, type Sketch } from "./settling.ts";

function next(state: OrderState, sketch: Partial<Sketch>, facts: Facts, asker: Asker = "customer"): Step {
  return nextStep(orderIn(state, sketch), facts, asker, NOW);
}

describe("a verification", () => {
  it("that succeeded without a card begins no payment", () => {
    const setup = setupOf("succeeded", { card: null });
    expect(next("placed", {}, { setup })).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("placed", { age: NOTHING_FOUND_AFTER }, { setup })).toEqual({ do: "abandon", setup });
  });

  it("that waits for the customer is not refused because of an earlier attempt's checks", () => {
    const setup = setupOf("requires_action", { card: cardOf(CHECKS.fail) });
    expect(next("placed", {}, { setup })).toMatchObject({ do: "await_setup" });
  });

  it("that the bank is still processing is not refused before the bank has answered", () => {
    const setup = setupOf("processing", { card: cardOf(CHECKS.fail) });
    expect(next("placed", {}, { setup })).toEqual({ do: "rest", waitingFor: "stripe" });
  });

  it("that is declined without a code is a generic decline", () => {
    expect(next("placed", {}, { setup: setupOf("failed", { declineCode: null }) })).toMatchObject({
      do: "decline",
      declineCode: "generic_decline",
    });
  });
});

describe("a payment that is declined without a code", () => {
  it("is a generic decline", () => {
    expect(next("paying", {}, { payment: paymentOf("failed", { declineCode: null }) })).toMatchObject({
      do: "decline",
      declineCode: "generic_decline",
    });
  });
});

describe("an order that ended without payment", () => {
  it("has no verification to look for if it was by saved card", () => {
    expect(next("abandoned", { payWith: "saved_card" }, {})).toEqual({ do: "rest", waitingFor: "nothing" });
    expect(next("declined", { payWith: "saved_card", verifiedAge: HOUR }, {})).toEqual({
      do: "find_payment",
    });
  });

  it("has no card to forget if Stripe would not take its token", () => {
    expect(next("abandoned", {}, { setup: "unusable_token" })).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it("has no payment to void if Stripe would not charge its card", () => {
    const facts = { setup: null, payment: "unusable_card" } as const;
    expect(next("declined", { verifiedAge: 0 }, facts)).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it("has nothing to close if Stripe declined its card without an intent", () => {
    const outright = { status: "declined_outright", declineCode: "do_not_honor" } as const;
    expect(next("declined", {}, { setup: outright })).toEqual({ do: "rest", waitingFor: "nothing" });
    expect(next("declined", { verifiedAge: 0 }, { setup: null, payment: outright })).toEqual({
      do: "rest",
      waitingFor: "nothing",
    });
  });

  it("has nothing to do when Stripe has no payment", () => {
    const facts = { setup: null, payment: null };
    expect(next("abandoned", { verifiedAge: 0 }, facts)).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it("waits for a payment that Stripe is still processing", () => {
    const facts = { setup: null, payment: paymentOf("processing") };
    expect(next("abandoned", { verifiedAge: 0 }, facts)).toEqual({ do: "rest", waitingFor: "stripe" });
  });
});

describe("an order that is still being verified", () => {
  it.each([
    ["no payment", null],
    ["a card that could not be charged", "unusable_card"],
    ["a payment that is only authorised", paymentOf("requires_capture")],
    ["a payment of another currency", paymentOf("succeeded", { currency: "eur" })],
  ] as const)("is not abandoned because of %s", (_what, payment) => {
    expect(next("verifying", {}, { setup: setupOf("processing"), payment })).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });
});

it("fewer credits than the minimum are refused with the minimum", () => {
  const limits = { currency: "usd", minCredits: toCredits(100), maxCredits: toCredits(1000) };
  const list = toPriceList(limits, [{ from_credits: 1, unit_price_micros: 10_000 }], []);
  expect(priceOf(list, toCredits(99))).toEqual({
    ok: false,
    failure: { kind: "below_minimum", minCredits: 100 },
  });
});
