/** The decision at the heart of settling, rule by rule. */
import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/domain/facts.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import {
  type Asker,
  AUTHORISATION_STALE_AFTER,
  CHARGE_WINDOW,
  CUSTOMER_GONE_AFTER,
  MAKING_ENDS_AFTER,
  nextStep,
  NOTHING_FOUND_AFTER,
  type Step,
} from "../../src/domain/next-step.ts";
import { toCents } from "../../src/domain/money.ts";
import type { OrderState } from "../../src/domain/order.ts";
import { cardOf, CHECKS, NOW, orderIn, paymentOf, setupOf, type Sketch } from "./settling.ts";

/** The next step of an order in this state, at noon. */
function next(state: OrderState, sketch: Partial<Sketch>, facts: Facts, asker: Asker = "customer"): Step {
  return nextStep(orderIn(state, sketch), facts, asker, NOW);
}

it("an order's time limits are one hour to charge, 15 minutes to find something, an hour for the customer and a day for an authorisation", () => {
  expect([CHARGE_WINDOW, NOTHING_FOUND_AFTER, CUSTOMER_GONE_AFTER, AUTHORISATION_STALE_AFTER]).toEqual([
    HOUR,
    15 * MINUTE,
    HOUR,
    DAY,
  ]);
  expect(MAKING_ENDS_AFTER).toBeLessThan(NOTHING_FOUND_AFTER - MINUTE);
});

describe("verifying a new card", () => {
  it("begins at once when the customer has just placed the order", () => {
    expect(next("placed", {}, { isFresh: true })).toEqual({ do: "create_setup" });
  });

  it("looks first when it is requested again, and begins if Stripe has nothing", () => {
    expect(next("placed", {}, {})).toEqual({ do: "find_setup" });
    expect(next("placed", {}, { setup: null })).toEqual({ do: "create_setup" });
  });

  it("goes on to pay when every check has passed", () => {
    const setup = setupOf("succeeded");

    expect(next("placed", {}, { setup })).toEqual({ do: "begin_paying", setup, card: setup.card });
  });

  it("goes on to pay when the bank did not check, because the charge is checked again", () => {
    const setup = setupOf("succeeded", { card: cardOf(CHECKS.unavailable) });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "begin_paying" });
  });

  it.each([
    ["line1", { line1: "fail" }],
    ["postal_code", { postalCode: "fail" }],
    ["cvc", { cvc: "fail" }],
  ] as const)("refuses a failed %s, and names it", (field, failed) => {
    const setup = setupOf("succeeded", { card: cardOf({ ...CHECKS.pass, ...failed }) });

    expect(next("placed", {}, { setup })).toEqual({ do: "refuse", fields: [field], setup, payment: null });
  });

  it("refuses a card by its field, rather than declining it, when the bank declined it for its security code", () => {
    const setup = setupOf("failed", {
      card: cardOf({ ...CHECKS.pass, cvc: "fail" }),
      declineCode: "incorrect_cvc",
    });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "refuse", fields: ["cvc"] });
  });

  it("refuses a card without a street that could be checked", () => {
    const setup = setupOf("succeeded", { card: cardOf(CHECKS.pass, { line1: null }) });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "refuse", fields: ["line1"] });
  });

  it("declines a card the bank declined, even if it was sent without what the bank would check", () => {
    const setup = setupOf("failed", { card: cardOf({ line1: null, postalCode: null, cvc: null }) });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "decline", declineCode: "insufficient_funds" });
  });

  it("declines what the bank declines, with its code", () => {
    const setup = setupOf("failed", { declineCode: "expired_card" });

    expect(next("placed", {}, { setup })).toEqual({
      do: "decline",
      declineCode: "expired_card",
      setup,
      payment: null,
    });
  });

  it("gives a generic decline when the bank declines without a code", () => {
    const setup = setupOf("failed", { card: null, declineCode: null });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "decline", declineCode: "generic_decline" });
  });

  it("cancels a failed challenge, so that its secret opens nothing, and then declines the order", () => {
    const closed = setupOf("canceled", { declineCode: "setup_intent_authentication_failure" });

    expect(next("verifying", {}, { setup: setupOf("failed") })).toEqual({
      do: "cancel_setup",
      setupIntentId: "seti_1",
    });
    expect(next("verifying", {}, { setup: closed })).toMatchObject({
      do: "decline",
      declineCode: "setup_intent_authentication_failure",
    });
  });

  it("lets a customer return from a long challenge for as long as the challenge itself would have waited", () => {
    const facts = { setup: setupOf("succeeded", { createdAt: NOW - HOUR + SECOND }) };
    const late = { setup: setupOf("succeeded", { createdAt: NOW - HOUR }) };

    expect(next("verifying", { age: HOUR - SECOND }, facts, "recovery")).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
    expect(next("verifying", { age: HOUR - SECOND }, facts)).toMatchObject({ do: "begin_paying" });
    expect(next("verifying", { age: HOUR }, late, "recovery")).toMatchObject({ do: "abandon" });
  });

  it("abandons the order when Stripe would not take its token", () => {
    expect(next("placed", {}, { setup: "unusable_token" })).toEqual({ do: "abandon", setup: null });
  });

  it("records a challenge first, and then waits for it with its secret", () => {
    const setup = setupOf("requires_action");

    expect(next("placed", {}, { setup })).toEqual({ do: "await_setup", setup });
    expect(next("verifying", {}, { setup })).toEqual({
      do: "rest",
      waitingFor: "customer",
      clientSecret: "seti_1_secret",
    });
  });

  it("waits for the challenge to end even if a check has already failed", () => {
    const setup = setupOf("requires_action", { card: cardOf(CHECKS.fail) });

    expect(next("verifying", {}, { setup })).toMatchObject({ do: "rest", waitingFor: "customer" });
  });

  it("waits while Stripe is processing", () => {
    expect(next("verifying", {}, { setup: setupOf("processing") })).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });
});

describe("charging the card", () => {
  it("captures at once when the bank answered every check", () => {
    expect(next("paying", {}, { isFresh: true })).toEqual({ do: "create_payment", capture: "automatic" });
  });

  it("only authorises when it did not answer them all", () => {
    for (const checks of [CHECKS.unavailable, { ...CHECKS.pass, line1: null }]) {
      expect(next("paying", { checks }, { isFresh: true })).toEqual({
        do: "create_payment",
        capture: "manual",
      });
    }
  });

  it("does not charge a card with a check known to have failed", () => {
    for (const facts of [{ isFresh: true }, { payment: null }]) {
      for (const asker of ["customer", "recovery"] as const) {
        expect(next("paying", { checks: CHECKS.fail }, { ...facts }, asker).do).not.toBe("create_payment");
      }
    }
    expect(next("paying", { checks: CHECKS.fail }, { isFresh: true })).toEqual({
      do: "refuse",
      fields: ["postal_code"],
      setup: null,
      payment: null,
    });
  });

  it("looks first when it is requested again, and begins if Stripe has nothing", () => {
    expect(next("paying", {}, {})).toEqual({ do: "find_payment" });
    expect(next("paying", {}, { payment: null })).toEqual({ do: "create_payment", capture: "automatic" });
  });

  it("charges a saved card without verifying it again", () => {
    expect(next("paying", { payWith: "saved_card" }, { isFresh: true })).toMatchObject({
      do: "create_payment",
    });
  });

  it("captures the authorised amount when the second look finds no failed check", () => {
    for (const checks of [CHECKS.pass, CHECKS.unavailable]) {
      const payment = paymentOf("requires_capture", { checks });
      expect(next("paying", {}, { payment })).toEqual({ do: "capture", paymentIntentId: "pi_1" });
    }
  });

  it("captures neither before the checks are known nor from a card other than the one verified", () => {
    const unknown = paymentOf("requires_capture", { checks: null });
    const other = paymentOf("requires_capture", { paymentMethodId: "pm_2" });

    expect(next("paying", {}, { payment: unknown })).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("paying", {}, { payment: other })).toEqual({ do: "void", paymentIntentId: "pi_1" });
  });

  it("voids the authorisation when the second look finds a failed check, and then refuses the order", () => {
    const authorised = paymentOf("requires_capture", { checks: CHECKS.fail });
    const voided = paymentOf("canceled", { checks: CHECKS.fail });

    expect(next("paying", {}, { payment: authorised })).toEqual({ do: "void", paymentIntentId: "pi_1" });
    expect(next("paying", {}, { payment: voided })).toEqual({
      do: "refuse",
      fields: ["postal_code"],
      setup: null,
      payment: voided,
    });
  });

  it("posts a payment that has succeeded", () => {
    const payment = paymentOf("succeeded");

    expect(next("paying", {}, { payment })).toEqual({ do: "post", payment });
  });

  it("declines what the bank declines, with its code", () => {
    const payment = paymentOf("failed");

    expect(next("paying", {}, { payment })).toEqual({
      do: "decline",
      declineCode: "insufficient_funds",
      setup: null,
      payment,
    });
  });

  it("records a challenge first, and then waits for it with its secret", () => {
    const payment = paymentOf("requires_action");

    expect(next("paying", {}, { payment })).toEqual({ do: "await_payment", payment });
    expect(next("paying", { paymentIntentId: "pi_1" }, { payment })).toEqual({
      do: "rest",
      waitingFor: "customer",
      clientSecret: "pi_1_secret",
    });
  });

  it("charges the verified card after a passed challenge, at the customer's request only", () => {
    const payment = paymentOf("requires_confirmation", { checks: null });
    const known = { paymentIntentId: "pi_1", age: HOUR - 1 };

    expect(next("paying", known, { payment })).toEqual({
      do: "confirm_payment",
      paymentIntentId: "pi_1",
      paymentMethodId: "pm_1",
    });
    expect(next("paying", known, { payment }, "recovery")).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("paying", { ...known, age: HOUR }, { payment })).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });

  it("declines a saved card that no longer exists at Stripe", () => {
    expect(next("paying", { payWith: "saved_card" }, { payment: "unusable_card" })).toEqual({
      do: "decline",
      declineCode: "card_no_longer_usable",
      setup: null,
      payment: null,
    });
  });

  it("declines a card that Stripe declined without an intent, by its code, whether verifying or charging", () => {
    const outright = { status: "declined_outright", declineCode: "do_not_honor" } as const;
    const declined = { do: "decline", declineCode: "do_not_honor", setup: null, payment: null };

    expect(next("placed", {}, { setup: outright })).toEqual(declined);
    expect(next("paying", {}, { payment: outright })).toEqual(declined);
    expect(next("paying", {}, { payment: outright }, "recovery")).toEqual(declined);
  });

  it("voids a charge whose challenge failed, so that its secret opens nothing, and then declines the order", () => {
    const known = { paymentIntentId: "pi_1" };
    const closed = paymentOf("canceled", { declineCode: "payment_intent_authentication_failure" });

    expect(next("paying", known, { payment: paymentOf("failed") })).toEqual({
      do: "void",
      paymentIntentId: "pi_1",
    });
    expect(next("paying", known, { payment: closed })).toMatchObject({
      do: "decline",
      declineCode: "payment_intent_authentication_failure",
    });
  });

  it("abandons an order whose intent was cancelled without a reason", () => {
    expect(next("paying", {}, { payment: paymentOf("canceled") })).toEqual({ do: "abandon", setup: null });
  });

  it("waits while Stripe is processing, however long", () => {
    expect(next("paying", { age: 30 * DAY }, { payment: paymentOf("processing") })).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });
});

describe("a charge", () => {
  it.each<[string, OrderState, Facts]>([
    ["an order just placed", "placed", {}],
    ["an order just placed, in the same run", "placed", { isFresh: true }],
    ["a card that passed", "placed", { setup: setupOf("succeeded") }],
    ["nothing verified at Stripe", "placed", { setup: null }],
    ["an order about to be charged", "paying", {}],
    ["an order about to be charged, in the same run", "paying", { isFresh: true }],
    ["nothing charged at Stripe", "paying", { payment: null }],
  ])("is not started by recovery, which only looks or waits, given %s", (_what, state, facts) => {
    const step = next(state, {}, facts, "recovery");

    expect(["find_setup", "find_payment", "rest"]).toContain(step.do);
  });

  it.each<[string, OrderState, Facts]>([
    ["verify", "placed", { isFresh: true }],
    ["verify again", "placed", { setup: null }],
    ["begin paying", "placed", { setup: setupOf("succeeded") }],
    ["charge", "paying", { isFresh: true }],
    ["charge again", "paying", { payment: null }],
  ])(
    "is not started by the customer either, an hour after the order was placed, at the step: %s",
    (_what, state, facts) => {
      expect(["find_setup", "find_payment", "abandon"]).toContain(next(state, { age: HOUR }, facts).do);
    },
  );

  it("is not requested from Stripe any more shortly before the order may be abandoned", () => {
    const [last, late] = [MAKING_ENDS_AFTER - 1, MAKING_ENDS_AFTER];

    expect(next("placed", { age: last }, { setup: null })).toEqual({ do: "create_setup" });
    expect(next("placed", { age: late }, { setup: null })).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("paying", { age: last }, { payment: null })).toMatchObject({ do: "create_payment" });
    expect(next("paying", { age: late }, { payment: null })).toEqual({ do: "rest", waitingFor: "stripe" });
  });

  it("may start for a time counted from when the card passed, since a challenge may have taken long", () => {
    const sketch = { age: 30 * MINUTE, verifiedAge: MINUTE };

    expect(next("paying", sketch, { payment: null })).toMatchObject({ do: "create_payment" });
  });
});

describe("recovery", () => {
  it("looks for intents in the customer's lists, or reads the one it knows", () => {
    expect(next("placed", {}, {}, "recovery")).toEqual({ do: "find_setup" });
    expect(next("verifying", {}, {}, "recovery")).toEqual({ do: "read_setup", setupIntentId: "seti_1" });
    expect(next("paying", {}, {}, "recovery")).toEqual({ do: "find_payment" });
    expect(next("paying", { paymentIntentId: "pi_1" }, {}, "recovery")).toEqual({
      do: "read_payment",
      paymentIntentId: "pi_1",
    });
  });

  it("captures an authorised and checked payment that is less than a day old", () => {
    const payment = paymentOf("requires_capture", { createdAt: NOW - DAY + SECOND });

    expect(next("paying", { age: DAY }, { payment }, "recovery")).toMatchObject({ do: "capture" });
  });

  it("voids an authorisation older than a day", () => {
    const payment = paymentOf("requires_capture", { createdAt: NOW - DAY });

    expect(next("paying", { age: DAY }, { payment }, "recovery")).toMatchObject({ do: "void" });
  });

  it("posts a succeeded payment", () => {
    expect(next("paying", { age: 3 * DAY }, { payment: paymentOf("succeeded") }, "recovery")).toMatchObject({
      do: "post",
    });
  });

  it.each([HOUR - SECOND, HOUR])(
    "cancels an intent that has waited an hour for the customer (%i ms)",
    (age) => {
      const createdAt = NOW - age;
      const isOver = age >= HOUR;
      const known = { age, setupIntentId: "seti_1", paymentIntentId: "pi_1" };

      const doing = [
        next("verifying", known, { setup: setupOf("requires_action", { createdAt }) }, "recovery"),
        next("paying", known, { payment: paymentOf("requires_action", { createdAt }) }, "recovery"),
        next("paying", known, { payment: paymentOf("requires_confirmation", { createdAt }) }, "recovery"),
      ].map((step) => step.do);

      expect(doing).toEqual(isOver ? ["cancel_setup", "void", "void"] : ["rest", "rest", "rest"]);
    },
  );

  it("counts no intent as older than its order, whatever Stripe's clock says", () => {
    const createdAt = NOW - 2 * DAY;

    expect(next("paying", {}, { payment: paymentOf("requires_capture", { createdAt }) })).toMatchObject({
      do: "capture",
    });
    expect(next("placed", {}, { setup: setupOf("requires_action", { createdAt }) })).toMatchObject({
      do: "await_setup",
    });
  });

  it.each<[OrderState, Facts]>([
    ["placed", { setup: null }],
    ["paying", { payment: null }],
    ["placed", { setup: setupOf("succeeded") }],
  ])(
    "abandons an order that is %s when nothing has come of it after 15 minutes, and no sooner",
    (state, facts) => {
      const [early, late] = [NOTHING_FOUND_AFTER - 1, NOTHING_FOUND_AFTER];

      expect(next(state, { age: early }, facts, "recovery")).toEqual({ do: "rest", waitingFor: "stripe" });
      expect(next(state, { age: late }, facts, "recovery")).toMatchObject({ do: "abandon" });
    },
  );

  it("counts the 15 minutes from when the charge could begin", () => {
    const sketch = { age: 30 * MINUTE, verifiedAge: NOTHING_FOUND_AFTER - 1 };

    expect(next("paying", sketch, { payment: null }, "recovery")).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });

  it("abandons an order by saved card that was placed and never begun", () => {
    const sketch = { payWith: "saved_card", age: NOTHING_FOUND_AFTER } as const;

    expect(next("placed", sketch, {}, "recovery")).toEqual({ do: "abandon", setup: null });
  });

  it("abandons an order whose verification was cancelled", () => {
    const setup = setupOf("canceled");

    expect(next("verifying", {}, { setup }, "recovery")).toEqual({ do: "abandon", setup });
  });
});

describe("a payment that succeeded at Stripe", () => {
  const payment = paymentOf("succeeded");

  it.each(["paying", "refused", "declined", "abandoned"] as const)(
    "is posted for an order that is %s",
    (state) => {
      for (const asker of ["customer", "recovery"] as const) {
        expect(next(state, { age: 30 * DAY }, { payment }, asker)).toEqual({ do: "post", payment });
      }
    },
  );

  it.each(["placed", "verifying"] as const)(
    "first makes an order that is %s end, which then allows it to be posted",
    (state) => {
      expect(next(state, {}, { payment }, "recovery")).toEqual({ do: "abandon", setup: null });
    },
  );

  it.each([{ amountCents: toCents(999) }, { currency: "eur" }])(
    "does not move an order that was never charged if it differs by %j",
    (differing) => {
      expect(next("placed", {}, { payment: paymentOf("succeeded", differing) })).toEqual({
        do: "find_setup",
      });
    },
  );

  it.each([{ amountCents: toCents(999) }, { amountCents: toCents(1001) }, { currency: "eur" }])(
    "makes an order about to be charged end unpaid, and stay so, if it differs by %j",
    (differing) => {
      const other = paymentOf("succeeded", differing);
      for (const asker of ["customer", "recovery"] as const) {
        expect(next("paying", {}, { payment: other }, asker)).toEqual({ do: "abandon", setup: null });
        for (const state of ["refused", "declined", "abandoned"] as const) {
          const sketch = { verifiedAge: MINUTE, setupIntentId: "seti_1" };
          expect(next(state, sketch, { payment: other }, asker)).toEqual({
            do: "rest",
            waitingFor: "nothing",
          });
        }
      }
    },
  );

  it("leaves a paid order alone", () => {
    expect(next("paid", {}, { payment })).toEqual({ do: "rest", waitingFor: "nothing" });
  });
});

describe("an order that ended without payment", () => {
  const ended = { verifiedAge: MINUTE, setupIntentId: "seti_1" };

  it("is searched for a payment that may still turn up", () => {
    expect(next("abandoned", ended, {})).toEqual({ do: "find_payment" });
    expect(next("declined", { ...ended, paymentIntentId: "pi_1" }, {})).toEqual({
      do: "read_payment",
      paymentIntentId: "pi_1",
    });
  });

  it("is left alone if its card was never charged", () => {
    expect(next("refused", { setupIntentId: "seti_1" }, {})).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it.each(["requires_capture", "requires_action", "requires_confirmation"] as const)(
    "has its payment voided when that is %s",
    (status) => {
      expect(next("abandoned", ended, { payment: paymentOf(status) })).toEqual({
        do: "void",
        paymentIntentId: "pi_1",
      });
    },
  );

  it.each(["failed", "canceled"] as const)("is not changed by a payment that is %s", (status) => {
    expect(next("abandoned", ended, { payment: paymentOf(status) })).toEqual({
      do: "rest",
      waitingFor: "nothing",
    });
  });

  it("has a verification that turns up late cancelled, or its card forgotten", () => {
    const [waiting, passed] = [setupOf("requires_action"), setupOf("succeeded")];

    expect(next("abandoned", {}, {})).toEqual({ do: "find_setup" });
    expect(next("abandoned", {}, { setup: waiting })).toEqual({
      do: "cancel_setup",
      setupIntentId: "seti_1",
    });
    expect(next("abandoned", {}, { setup: passed })).toEqual({ do: "forget", setup: passed });
    expect(next("abandoned", {}, { setup: null })).toEqual({ do: "rest", waitingFor: "nothing" });
  });
});
