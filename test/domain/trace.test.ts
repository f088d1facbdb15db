/** "I paid, where is it?": what is told of an order, step by step. */
import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/domain/facts.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import type { Order, OrderState } from "../../src/domain/order.ts";
import { traceOf } from "../../src/domain/trace.ts";
import { CHECKS, NOW, orderIn, paymentOf, setupOf, type Sketch } from "./settling.ts";

/** The trace in few words: the step, and where it stands. */
function stands(state: OrderState, sketch: Partial<Sketch>, facts: Facts): string {
  return traceOf(orderIn(state, sketch), facts)
    .map(({ step, state: mark }) => `${step} ${mark}`)
    .join(", ");
}

/** An order given up, with whatever is known of its card. */
function abandonedWith(card: Order["card"], sketch: Partial<Sketch> = {}): Order {
  const order = orderIn("abandoned", sketch);
  if (order.state !== "abandoned") {
    throw new Error("An order is in the state that was asked for");
  }
  return { ...order, card };
}

describe("an order on its way", () => {
  it("that Stripe knows nothing of has nothing done yet", () => {
    expect(stands("placed", {}, { setup: null })).toBe(
      "card_verified not_yet, authorised not_yet, checks not_yet, charged not_yet, credited not_yet, confirmed not_yet",
    );
  });

  it("whose card the bank has just verified says so, before it is written down", () => {
    expect(stands("verifying", {}, { setup: setupOf("succeeded") })).toMatch(
      /^card_verified done, authorised not_yet/,
    );
  });

  it("whose challenge nobody has answered is not verified yet", () => {
    expect(stands("verifying", {}, { setup: setupOf("requires_action") })).toMatch(/^card_verified not_yet/);
  });

  it("whose token Stripe would not take has failed at the card", () => {
    expect(stands("placed", {}, { setup: "unusable_token" })).toMatch(/^card_verified failed/);
  });

  it("whose checks the bank answered has them done before the charge", () => {
    expect(stands("paying", {}, { payment: null })).toBe(
      "card_verified done, authorised not_yet, checks done, charged not_yet, credited not_yet, confirmed not_yet",
    );
  });

  it("whose checks the bank kept back has them done with the authorisation", () => {
    const kept = { checks: CHECKS.unavailable };
    expect(stands("paying", kept, { payment: null })).toMatch(/checks not_yet/);
    expect(stands("paying", kept, { payment: paymentOf("requires_capture") })).toMatch(
      /authorised done, checks done, charged not_yet/,
    );
    expect(
      stands("paying", kept, { payment: paymentOf("requires_capture", { checks: CHECKS.fail }) }),
    ).toMatch(/authorised done, checks not_yet/);
    expect(stands("paying", kept, { payment: paymentOf("requires_capture", { checks: null }) })).toMatch(
      /checks not_yet/,
    );
  });

  it("that is charged and could not be posted says how far it came", () => {
    expect(stands("paying", { checks: CHECKS.unavailable }, { payment: paymentOf("succeeded") })).toBe(
      "card_verified done, authorised done, checks done, charged done, credited not_yet, confirmed not_yet",
    );
  });
});

describe("a paid order", () => {
  it("has everything done but Stripe's own word, until that comes", () => {
    expect(stands("paid", {}, {})).toBe(
      "card_verified done, authorised done, checks done, charged done, credited done, confirmed not_yet",
    );
    const confirmed = { ...orderIn("paid"), confirmedAt: NOW + MINUTE };
    expect(traceOf(confirmed, {}).at(-1)).toEqual({ step: "confirmed", state: "done", at: NOW + MINUTE });
  });

  it("tells the moments that are known", () => {
    const trace = traceOf(orderIn("paid", { age: MINUTE }), {
      payment: paymentOf("succeeded", { createdAt: NOW - 1 }),
    });
    expect(trace.map(({ at }) => at)).toEqual([NOW - MINUTE, NOW - 1, NOW - MINUTE, NOW - 1, NOW, null]);
  });

  it("without Stripe's side at hand tells its own moment of the charge", () => {
    const trace = traceOf(orderIn("paid", { age: MINUTE, checks: CHECKS.unavailable }), {});
    expect(trace.map(({ at }) => at)).toEqual([NOW - MINUTE, null, null, NOW, NOW, null]);
    expect(trace).toContainEqual({ step: "checks", state: "done", at: null });
  });

  it("that was never verified here, because it turned up after all, tells only what is known", () => {
    const trace = traceOf(orderIn("paid", { verifiedAge: null }), {});
    expect(trace).toContainEqual({ step: "card_verified", state: "not_done", at: null });
    expect(trace).toContainEqual({ step: "checks", state: "done", at: null });
  });
});

describe("an order that ended without payment", () => {
  it("refused at verification failed its checks, and nothing else was done", () => {
    expect(stands("refused", {}, {})).toBe(
      "card_verified not_done, authorised not_done, checks failed, charged not_done, credited not_done, confirmed not_done",
    );
  });

  it("refused at authorisation had its card verified before", () => {
    expect(stands("refused", { verifiedAge: 0 }, { payment: paymentOf("canceled") })).toMatch(
      /^card_verified done, authorised not_done, checks failed, charged not_done/,
    );
  });

  it("declined at verification failed at the card", () => {
    expect(stands("declined", {}, {})).toMatch(/^card_verified failed, authorised not_done, checks not_done/);
  });

  it("declined at payment failed at the authorisation", () => {
    expect(stands("declined", { verifiedAge: 0 }, {})).toMatch(
      /^card_verified done, authorised failed, checks done, charged not_done/,
    );
  });

  it("given up was done no further than it came", () => {
    expect(stands("abandoned", {}, {})).toMatch(/^card_verified not_done, authorised not_done/);
    expect(stands("abandoned", { verifiedAge: 0 }, {})).toMatch(/^card_verified done, authorised not_done/);
  });

  it("given up with a card that was never allowed to pay has no checks done", () => {
    const trace = traceOf(abandonedWith(orderIn("paying").card), {});
    expect(trace).toContainEqual({ step: "checks", state: "not_done", at: null });
  });

  it("whose card is not known any more has no checks to tell of", () => {
    const trace = traceOf(abandonedWith(null, { verifiedAge: 0 }), {});
    expect(trace).toContainEqual({ step: "checks", state: "not_done", at: null });
  });

  it("with a card that Stripe would not charge was never authorised", () => {
    expect(stands("abandoned", { verifiedAge: 0 }, { payment: "unusable_card" })).toMatch(
      /authorised not_done/,
    );
  });

  it("tells when it ended at the step that failed", () => {
    expect(traceOf(orderIn("refused"), {})).toContainEqual({ step: "checks", state: "failed", at: NOW });
    expect(traceOf(orderIn("declined"), {})).toContainEqual({
      step: "card_verified",
      state: "failed",
      at: NOW,
    });
  });
});
