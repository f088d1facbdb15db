/** "I paid, where is it?": what the customer is shown of an order, step by step. */
import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/domain/facts.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import type { Order, OrderState } from "../../src/domain/order.ts";
import { traceOf } from "../../src/domain/trace.ts";
import { CHECKS, NOW, orderIn, paymentOf, setupOf, type Sketch } from "./settling.ts";

/** The trace in a few words: each step and its state. */
function stands(state: OrderState, sketch: Partial<Sketch>, facts: Facts): string {
  return traceOf(orderIn(state, sketch), facts)
    .map(({ step, state: mark }) => `${step} ${mark}`)
    .join(", ");
}

/** An abandoned order, with whatever is known of its card. */
function abandonedWith(card: Order["card"], sketch: Partial<Sketch> = {}): Order {
  const order = orderIn("abandoned", sketch);
  if (order.state !== "abandoned") {
    throw new Error("An order is in the state that was asked for");
  }
  return { ...order, card };
}

describe("an order under way", () => {
  it("that Stripe does not know has no step done yet", () => {
    expect(stands("placed", {}, { setup: null })).toBe(
      "card_verified not_yet, checks not_yet, authorised not_yet, charged not_yet, credited not_yet, confirmed not_yet",
    );
  });

  it("shows that the bank has verified its card even before that is recorded", () => {
    expect(stands("verifying", {}, { setup: setupOf("succeeded") })).toMatch(
      /^card_verified done, checks not_yet, authorised not_yet/,
    );
  });

  it("with an unanswered challenge has no verified card yet", () => {
    expect(stands("verifying", {}, { setup: setupOf("requires_action") })).toMatch(/^card_verified not_yet/);
  });

  it("whose token Stripe would not take has failed at the card's verification", () => {
    expect(stands("placed", {}, { setup: "unusable_token" })).toMatch(/^card_verified failed/);
  });

  it("whose card checks the bank answered has them done before the charge", () => {
    expect(stands("paying", {}, { payment: null })).toBe(
      "card_verified done, checks done, authorised not_yet, charged not_yet, credited not_yet, confirmed not_yet",
    );
  });

  it("whose card checks the bank did not answer has them done with the authorisation", () => {
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

  it("that is charged and could not be posted is shown as charged and not credited", () => {
    expect(stands("paying", { checks: CHECKS.unavailable }, { payment: paymentOf("succeeded") })).toBe(
      "card_verified done, checks done, authorised done, charged done, credited not_yet, confirmed not_yet",
    );
  });
});

describe("a paid order", () => {
  it("has every step done except Stripe's confirmation, until that arrives", () => {
    expect(stands("paid", {}, {})).toBe(
      "card_verified done, checks done, authorised done, charged done, credited done, confirmed not_yet",
    );
    const confirmed = { ...orderIn("paid"), confirmedAt: NOW + MINUTE };
    expect(traceOf(confirmed, {}).at(-1)).toEqual({ step: "confirmed", state: "done", at: NOW + MINUTE });
  });

  it("gives the times that are known", () => {
    const trace = traceOf(orderIn("paid", { age: MINUTE }), {
      payment: paymentOf("succeeded", { createdAt: NOW - 1 }),
    });
    expect(trace.map(({ at }) => at)).toEqual([NOW - MINUTE, NOW - 1, NOW - 1, NOW - 1, NOW, null]);
  });

  it("gives its own time of the charge when Stripe's is not at hand", () => {
    const trace = traceOf(orderIn("paid", { age: MINUTE }), {});
    expect(trace.map(({ at }) => at)).toEqual([NOW - MINUTE, NOW - MINUTE, null, NOW, NOW, null]);
    expect(trace).toContainEqual({ step: "checks", state: "done", at: NOW - MINUTE });
  });

  it("that was never verified here shows its verification and checks as not done", () => {
    const trace = traceOf(orderIn("paid", { verifiedAge: null }), {});
    expect(trace).toContainEqual({ step: "card_verified", state: "not_done", at: null });
    expect(trace).toContainEqual({ step: "checks", state: "not_done", at: null });
  });
});

describe("card checks that the bank could not make", () => {
  const COULD_NOT = { step: "checks", state: "unanswered", unanswered: ["line1", "postal_code"] };

  it("are never shown as done, and a paid order names the unanswered ones", () => {
    expect(traceOf(orderIn("paid", { checks: CHECKS.unavailable }), {})).toContainEqual({
      ...COULD_NOT,
      at: NOW,
    });
  });

  it.each([
    [{ line1: "pass", postalCode: "unavailable", cvc: "pass" }, ["postal_code"]],
    [{ line1: "unchecked", postalCode: "pass", cvc: "unchecked" }, ["line1", "cvc"]],
    [{ line1: null, postalCode: null, cvc: null }, ["line1"]],
  ] as const)("are named if there was no answer: %j", (checks, unanswered) => {
    expect(traceOf(orderIn("paid", { checks }), {})).toContainEqual({
      step: "checks",
      state: "unanswered",
      unanswered,
      at: NOW,
    });
  });

  it("are not missed if there was nothing to check: no postcode, and a wallet's card", () => {
    const checks = { line1: "pass", postalCode: null, cvc: null } as const;
    expect(stands("paid", { checks }, {})).toMatch(/checks done/);
  });

  it("are shown as unanswered with the authorisation if it did not answer them either", () => {
    const payment = paymentOf("requires_capture", { checks: CHECKS.unavailable });
    expect(traceOf(orderIn("paying", { checks: CHECKS.unavailable }), { payment })).toContainEqual({
      ...COULD_NOT,
      at: NOW,
    });
  });

  it("are shown as unanswered for a declined order, too", () => {
    expect(stands("declined", { verifiedAge: 0, checks: CHECKS.unavailable }, {})).toMatch(
      /^card_verified done, checks unanswered, authorised failed/,
    );
  });

  it("are shown as failed if the charge came back with a failure, even if it is paid", () => {
    expect(stands("paid", { checks: CHECKS.fail }, {})).toMatch(
      /checks failed, authorised done, charged done/,
    );
  });
});

describe("an order that ended without payment", () => {
  it("by being refused at verification shows a verified card, failed checks and nothing after them", () => {
    expect(stands("refused", {}, {})).toBe(
      "card_verified done, checks failed, authorised not_done, charged not_done, credited not_done, confirmed not_done",
    );
  });

  it("by being refused with a card that the bank also declined shows no verified card", () => {
    const order = orderIn("refused");
    const declined = order.state === "refused" ? { ...order, declineCode: "incorrect_cvc" } : order;
    expect(traceOf(declined, {}).slice(0, 2)).toEqual([
      { step: "card_verified", state: "failed", at: NOW },
      { step: "checks", state: "failed", at: NOW },
    ]);
  });

  it("by being refused at authorisation shows a verified card", () => {
    expect(stands("refused", { verifiedAge: 0 }, { payment: paymentOf("canceled") })).toMatch(
      /^card_verified done, checks failed, authorised not_done, charged not_done/,
    );
  });

  it("by a decline at verification shows the card's verification as failed", () => {
    expect(stands("declined", {}, {})).toMatch(/^card_verified failed, checks not_done, authorised not_done/);
  });

  it("by a decline at payment shows the authorisation as failed", () => {
    expect(stands("declined", { verifiedAge: 0 }, {})).toMatch(
      /^card_verified done, checks done, authorised failed, charged not_done/,
    );
  });

  it("by being abandoned shows only the steps it reached", () => {
    expect(stands("abandoned", {}, {})).toMatch(
      /^card_verified not_done, checks not_done, authorised not_done/,
    );
    expect(stands("abandoned", { verifiedAge: 0 }, {})).toMatch(
      /^card_verified done, checks done, authorised not_done/,
    );
  });

  it("by being abandoned with a card that was never allowed to pay shows no checks done", () => {
    const trace = traceOf(abandonedWith(orderIn("paying").card), {});
    expect(trace).toContainEqual({ step: "checks", state: "not_done", at: null });
  });

  it("and whose card is no longer known shows no checks", () => {
    const trace = traceOf(abandonedWith(null, { verifiedAge: 0 }), {});
    expect(trace).toContainEqual({ step: "checks", state: "not_done", at: null });
  });

  it("because Stripe would not charge its card shows no authorisation", () => {
    expect(stands("abandoned", { verifiedAge: 0 }, { payment: "unusable_card" })).toMatch(
      /authorised not_done/,
    );
  });

  it("shows the time of its end at the step that failed", () => {
    expect(traceOf(orderIn("refused"), {})).toContainEqual({ step: "checks", state: "failed", at: NOW });
    expect(traceOf(orderIn("declined"), {})).toContainEqual({
      step: "card_verified",
      state: "failed",
      at: NOW,
    });
  });
});
