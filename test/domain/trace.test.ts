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
      "card_verified not_yet, checks not_yet, authorised not_yet, charged not_yet, credited not_yet, confirmed not_yet",
    );
  });

  it("whose card the bank has just verified says so, before it is written down", () => {
    expect(stands("verifying", {}, { setup: setupOf("succeeded") })).toMatch(
      /^card_verified done, checks not_yet, authorised not_yet/,
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
      "card_verified done, checks done, authorised not_yet, charged not_yet, credited not_yet, confirmed not_yet",
    );
  });

  it("whose checks the bank kept back has them done with the authorisation", () => {
    const kept = { checks: CHECKS.unavailable };
    expect(stands("paying", kept, { payment: null })).toMatch(/checks not_yet/);
    expect(stands("paying", kept, { payment: paymentOf("requires_capture") })).toMatch(
      /checks done, authorised done, charged not_yet/,
    );
    expect(
      stands("paying", kept, { payment: paymentOf("requires_capture", { checks: CHECKS.fail }) }),
    ).toMatch(/checks failed, authorised done/);
    expect(stands("paying", kept, { payment: paymentOf("requires_capture", { checks: null }) })).toMatch(
      /checks not_yet/,
    );
  });

  it("that is charged and could not be posted says how far it came", () => {
    expect(stands("paying", { checks: CHECKS.unavailable }, { payment: paymentOf("succeeded") })).toBe(
      "card_verified done, checks done, authorised done, charged done, credited not_yet, confirmed not_yet",
    );
  });
});

describe("a paid order", () => {
  it("has everything done but Stripe's own word, until that comes", () => {
    expect(stands("paid", {}, {})).toBe(
      "card_verified done, checks done, authorised done, charged done, credited done, confirmed not_yet",
    );
    const confirmed = { ...orderIn("paid"), confirmedAt: NOW + MINUTE };
    expect(traceOf(confirmed, {}).at(-1)).toEqual({ step: "confirmed", state: "done", at: NOW + MINUTE });
  });

  it("tells the moments that are known", () => {
    const trace = traceOf(orderIn("paid", { age: MINUTE }), {
      payment: paymentOf("succeeded", { createdAt: NOW - 1 }),
    });
    expect(trace.map(({ at }) => at)).toEqual([NOW - MINUTE, NOW - 1, NOW - 1, NOW - 1, NOW, null]);
  });

  it("without Stripe's side at hand tells its own moment of the charge", () => {
    const trace = traceOf(orderIn("paid", { age: MINUTE }), {});
    expect(trace.map(({ at }) => at)).toEqual([NOW - MINUTE, NOW - MINUTE, null, NOW, NOW, null]);
    expect(trace).toContainEqual({ step: "checks", state: "done", at: NOW - MINUTE });
  });

  it("that was never verified here, because it turned up after all, tells only what is known", () => {
    const trace = traceOf(orderIn("paid", { verifiedAge: null }), {});
    expect(trace).toContainEqual({ step: "card_verified", state: "not_done", at: null });
    expect(trace).toContainEqual({ step: "checks", state: "not_done", at: null });
  });
});

describe("checks that the bank could not make", () => {
  const COULD_NOT = { step: "checks", state: "unanswered", unanswered: ["line1", "postal_code"] };

  it("are never told as done: a paid order says what was not answered", () => {
    expect(traceOf(orderIn("paid", { checks: CHECKS.unavailable }), {})).toContainEqual({
      ...COULD_NOT,
      at: NOW,
    });
  });

  it.each([
    [{ line1: "pass", postalCode: "unavailable", cvc: "pass" }, ["postal_code"]],
    [{ line1: "unchecked", postalCode: "pass", cvc: "unchecked" }, ["line1", "cvc"]],
    [{ line1: null, postalCode: null, cvc: null }, ["line1"]],
  ] as const)("are named, where there was no answer: %j", (checks, unanswered) => {
    expect(traceOf(orderIn("paid", { checks }), {})).toContainEqual({
      step: "checks",
      state: "unanswered",
      unanswered,
      at: NOW,
    });
  });

  it("are not missed where there was nothing to check: no postcode, and a wallet's card", () => {
    const checks = { line1: "pass", postalCode: null, cvc: null } as const;
    expect(stands("paid", { checks }, {})).toMatch(/checks done/);
  });

  it("and were not at the payment either are told before the charge is", () => {
    const payment = paymentOf("requires_capture", { checks: CHECKS.unavailable });
    expect(traceOf(orderIn("paying", { checks: CHECKS.unavailable }), { payment })).toContainEqual({
      ...COULD_NOT,
      at: NOW,
    });
  });

  it("of an order that ended are told as they were", () => {
    expect(stands("declined", { verifiedAge: 0, checks: CHECKS.unavailable }, {})).toMatch(
      /^card_verified done, checks unanswered, authorised failed/,
    );
  });

  it("a charge that came back with a failed one says so, paid though it is", () => {
    expect(stands("paid", { checks: CHECKS.fail }, {})).toMatch(
      /checks failed, authorised done, charged done/,
    );
  });
});

describe("an order that ended without payment", () => {
  it("refused at verification had its card verified, failed its checks, and nothing came after", () => {
    expect(stands("refused", {}, {})).toBe(
      "card_verified done, checks failed, authorised not_done, charged not_done, credited not_done, confirmed not_done",
    );
  });

  it("refused with a card that the bank declined besides had no card verified", () => {
    const order = orderIn("refused");
    const declined = order.state === "refused" ? { ...order, declineCode: "incorrect_cvc" } : order;
    expect(traceOf(declined, {}).slice(0, 2)).toEqual([
      { step: "card_verified", state: "failed", at: NOW },
      { step: "checks", state: "failed", at: NOW },
    ]);
  });

  it("refused at authorisation had its card verified before", () => {
    expect(stands("refused", { verifiedAge: 0 }, { payment: paymentOf("canceled") })).toMatch(
      /^card_verified done, checks failed, authorised not_done, charged not_done/,
    );
  });

  it("declined at verification failed at the card", () => {
    expect(stands("declined", {}, {})).toMatch(/^card_verified failed, checks not_done, authorised not_done/);
  });

  it("declined at payment failed at the authorisation", () => {
    expect(stands("declined", { verifiedAge: 0 }, {})).toMatch(
      /^card_verified done, checks done, authorised failed, charged not_done/,
    );
  });

  it("given up was done no further than it came", () => {
    expect(stands("abandoned", {}, {})).toMatch(
      /^card_verified not_done, checks not_done, authorised not_done/,
    );
    expect(stands("abandoned", { verifiedAge: 0 }, {})).toMatch(
      /^card_verified done, checks done, authorised not_done/,
    );
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
