/** The decision at its edges: what Stripe says seldom, and what must not be done although it could. */
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
  it("that succeeded without telling of its card begins no payment", () => {
    const setup = setupOf("succeeded", { card: null });
    expect(next("placed", {}, { setup })).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("placed", { age: NOTHING_FOUND_AFTER }, { setup })).toEqual({ do: "abandon", setup });
  });

  it("that waits for the customer is not refused by what an earlier attempt's checks said", () => {
    const setup = setupOf("requires_action", { card: cardOf(CHECKS.fail) });
    expect(next("placed", {}, { setup })).toMatchObject({ do: "await_setup" });
  });

  it("that the bank is at work on is not refused before the bank has spoken", () => {
    const setup = setupOf("processing", { card: cardOf(CHECKS.fail) });
    expect(next("placed", {}, { setup })).toEqual({ do: "rest", waitingFor: "stripe" });
  });

  it("declined without a word is a generic decline", () => {
    expect(next("placed", {}, { setup: setupOf("failed", { declineCode: null }) })).toMatchObject({
      do: "decline",
      declineCode: "generic_decline",
    });
  });
});

describe("a payment declined without a word", () => {
  it("is a generic decline", () => {
    expect(next("paying", {}, { payment: paymentOf("failed", { declineCode: null }) })).toMatchObject({
      do: "decline",
      declineCode: "generic_decline",
    });
  });
});

describe("after an end without payment", () => {
  it("an order by saved card has no verification to look for", () => {
    expect(next("abandoned", { payWith: "saved_card" }, {})).toEqual({ do: "rest", waitingFor: "nothing" });
    expect(next("declined", { payWith: "saved_card", verifiedAge: HOUR }, {})).toEqual({
      do: "find_payment",
    });
  });

  it("a token that Stripe would not take leaves nothing to forget", () => {
    expect(next("abandoned", {}, { setup: "unusable_token" })).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it("a card that Stripe would not charge leaves nothing to void", () => {
    const facts = { setup: null, payment: "unusable_card" } as const;
    expect(next("declined", { verifiedAge: 0 }, facts)).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it("where Stripe has no payment there is nothing to do", () => {
    const facts = { setup: null, payment: null };
    expect(next("abandoned", { verifiedAge: 0 }, facts)).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it("a payment that Stripe is at work on is waited for", () => {
    const facts = { setup: null, payment: paymentOf("processing") };
    expect(next("abandoned", { verifiedAge: 0 }, facts)).toEqual({ do: "rest", waitingFor: "stripe" });
  });
});

describe("an order that was only placed", () => {
  it.each([
    ["no payment", null],
    ["a card that could not be charged", "unusable_card"],
    ["a payment that is only authorised", paymentOf("requires_capture")],
    ["a payment of another currency", paymentOf("succeeded", { currency: "eur" })],
  ] as const)("is not given up for %s", (_what, payment) => {
    expect(next("verifying", {}, { setup: setupOf("processing"), payment })).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });
});

it("fewer credits than are sold at a time are refused with how many it takes", () => {
  const limits = { currency: "usd", minCredits: toCredits(100), maxCredits: toCredits(1000) };
  const list = toPriceList(limits, [{ from_credits: 1, unit_price_micros: 10_000 }], []);
  expect(priceOf(list, toCredits(99))).toEqual({
    ok: false,
    failure: { kind: "below_minimum", minCredits: 100 },
  });
});
