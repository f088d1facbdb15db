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

it("the times are these", () => {
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

  it("looks first when it is asked for again, and begins where Stripe has nothing", () => {
    expect(next("placed", {}, {})).toEqual({ do: "find_setup" });
    expect(next("placed", {}, { setup: null })).toEqual({ do: "create_setup" });
  });

  it("goes on to pay when every check has passed", () => {
    const setup = setupOf("succeeded");

    expect(next("placed", {}, { setup })).toEqual({ do: "begin_paying", setup, card: setup.card });
  });

  it("goes on to pay when the bank did not check: the charge is looked at again", () => {
    const setup = setupOf("succeeded", { card: cardOf(CHECKS.unavailable) });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "begin_paying" });
  });

  it.each([
    ["line1", { line1: "fail" }],
    ["postal_code", { postalCode: "fail" }],
    ["cvc", { cvc: "fail" }],
  ] as const)("a failed %s is refused, and named", (field, failed) => {
    const setup = setupOf("succeeded", { card: cardOf({ ...CHECKS.pass, ...failed }) });

    expect(next("placed", {}, { setup })).toEqual({ do: "refuse", fields: [field], setup, payment: null });
  });

  it("a card declined for its security code is refused by the field, not declined", () => {
    const setup = setupOf("failed", {
      card: cardOf({ ...CHECKS.pass, cvc: "fail" }),
      declineCode: "incorrect_cvc",
    });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "refuse", fields: ["cvc"] });
  });

  it("a card without the street it could be checked by is refused", () => {
    const setup = setupOf("succeeded", { card: cardOf(CHECKS.pass, { line1: null }) });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "refuse", fields: ["line1"] });
  });

  it("what was never sent counts only once the bank had its say: a declined card is declined", () => {
    const setup = setupOf("failed", { card: cardOf({ line1: null, postalCode: null, cvc: null }) });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "decline", declineCode: "insufficient_funds" });
  });

  it("what the bank declines is declined, with its code", () => {
    const setup = setupOf("failed", { declineCode: "expired_card" });

    expect(next("placed", {}, { setup })).toEqual({
      do: "decline",
      declineCode: "expired_card",
      setup,
      payment: null,
    });
  });

  it("what the bank declines without a word is a plain decline", () => {
    const setup = setupOf("failed", { card: null, declineCode: null });

    expect(next("placed", {}, { setup })).toMatchObject({ do: "decline", declineCode: "generic_decline" });
  });

  it("a failed challenge is closed, so that its secret opens nothing, and then declined", () => {
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

  it("who comes back from a long challenge finds the order waiting, for as long as the challenge would have", () => {
    const facts = { setup: setupOf("succeeded", { createdAt: NOW - HOUR + SECOND }) };
    const late = { setup: setupOf("succeeded", { createdAt: NOW - HOUR }) };

    expect(next("verifying", { age: HOUR - SECOND }, facts, "recovery")).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
    expect(next("verifying", { age: HOUR - SECOND }, facts)).toMatchObject({ do: "begin_paying" });
    expect(next("verifying", { age: HOUR }, late, "recovery")).toMatchObject({ do: "abandon" });
  });

  it("a token Stripe would not take ends the order", () => {
    expect(next("placed", {}, { setup: "unusable_token" })).toEqual({ do: "abandon", setup: null });
  });

  it("a challenge is remembered first, and then waited for, with its secret", () => {
    const setup = setupOf("requires_action");

    expect(next("placed", {}, { setup })).toEqual({ do: "await_setup", setup });
    expect(next("verifying", {}, { setup })).toEqual({
      do: "rest",
      waitingFor: "customer",
      clientSecret: "seti_1_secret",
    });
  });

  it("a challenge is not answered by a check that failed beforehand: the order waits for its end", () => {
    const setup = setupOf("requires_action", { card: cardOf(CHECKS.fail) });

    expect(next("verifying", {}, { setup })).toMatchObject({ do: "rest", waitingFor: "customer" });
  });

  it("while Stripe is at work it is waited for", () => {
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

  it("does not charge a card one of whose checks is known to have failed", () => {
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

  it("looks first when it is asked for again, and begins where Stripe has nothing", () => {
    expect(next("paying", {}, {})).toEqual({ do: "find_payment" });
    expect(next("paying", {}, { payment: null })).toEqual({ do: "create_payment", capture: "automatic" });
  });

  it("a saved card is charged without verifying it again", () => {
    expect(next("paying", { payWith: "saved_card" }, { isFresh: true })).toMatchObject({
      do: "create_payment",
    });
  });

  it("captures what is authorised when the second look finds no failed check", () => {
    for (const checks of [CHECKS.pass, CHECKS.unavailable]) {
      const payment = paymentOf("requires_capture", { checks });
      expect(next("paying", {}, { payment })).toEqual({ do: "capture", paymentIntentId: "pi_1" });
    }
  });

  it("does not capture before the checks are known, nor another card than the one verified", () => {
    const unknown = paymentOf("requires_capture", { checks: null });
    const other = paymentOf("requires_capture", { paymentMethodId: "pm_2" });

    expect(next("paying", {}, { payment: unknown })).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("paying", {}, { payment: other })).toEqual({ do: "void", paymentIntentId: "pi_1" });
  });

  it("voids what is authorised when the second look finds a failed check, and then refuses it", () => {
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

  it("posts what has succeeded", () => {
    const payment = paymentOf("succeeded");

    expect(next("paying", {}, { payment })).toEqual({ do: "post", payment });
  });

  it("what the bank declines is declined, with its code", () => {
    const payment = paymentOf("failed");

    expect(next("paying", {}, { payment })).toEqual({
      do: "decline",
      declineCode: "insufficient_funds",
      setup: null,
      payment,
    });
  });

  it("a challenge is remembered first, and then waited for, with its secret", () => {
    const payment = paymentOf("requires_action");

    expect(next("paying", {}, { payment })).toEqual({ do: "await_payment", payment });
    expect(next("paying", { paymentIntentId: "pi_1" }, { payment })).toEqual({
      do: "rest",
      waitingFor: "customer",
      clientSecret: "pi_1_secret",
    });
  });

  it("a challenge that was passed is followed by the charge, of the card that was verified, at the customer's request", () => {
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

  it("a saved card that is gone from Stripe is declined", () => {
    expect(next("paying", { payWith: "saved_card" }, { payment: "unusable_card" })).toEqual({
      do: "decline",
      declineCode: "card_no_longer_usable",
      setup: null,
      payment: null,
    });
  });

  it("a failed challenge of the charge is closed, so that its secret opens nothing, and then declined", () => {
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

  it("an intent cancelled without a word leaves an order abandoned", () => {
    expect(next("paying", {}, { payment: paymentOf("canceled") })).toEqual({ do: "abandon", setup: null });
  });

  it("while Stripe is at work it is waited for, however long", () => {
    expect(next("paying", { age: 30 * DAY }, { payment: paymentOf("processing") })).toEqual({
      do: "rest",
      waitingFor: "stripe",
    });
  });
});

describe("only the customer's own request starts a charge:", () => {
  it.each<[string, OrderState, Facts]>([
    ["an order just placed", "placed", {}],
    ["an order just placed, in the same run", "placed", { isFresh: true }],
    ["a card that passed", "placed", { setup: setupOf("succeeded") }],
    ["nothing verified at Stripe", "placed", { setup: null }],
    ["an order about to be charged", "paying", {}],
    ["an order about to be charged, in the same run", "paying", { isFresh: true }],
    ["nothing charged at Stripe", "paying", { payment: null }],
  ])("recovery only looks at %s, or waits", (_what, state, facts) => {
    const step = next(state, {}, facts, "recovery");

    expect(["find_setup", "find_payment", "rest"]).toContain(step.do);
  });

  it.each<[string, OrderState, Facts]>([
    ["verify", "placed", { isFresh: true }],
    ["verify again", "placed", { setup: null }],
    ["begin paying", "placed", { setup: setupOf("succeeded") }],
    ["charge", "paying", { isFresh: true }],
    ["charge again", "paying", { payment: null }],
  ])("and an hour after placing, nor does the customer's: %s", (_what, state, facts) => {
    expect(["find_setup", "find_payment", "abandon"]).toContain(next(state, { age: HOUR }, facts).do);
  });

  it("Stripe is last asked to make an intent well before the order may be given up", () => {
    const [last, late] = [MAKING_ENDS_AFTER - 1, MAKING_ENDS_AFTER];

    expect(next("placed", { age: last }, { setup: null })).toEqual({ do: "create_setup" });
    expect(next("placed", { age: late }, { setup: null })).toEqual({ do: "rest", waitingFor: "stripe" });
    expect(next("paying", { age: last }, { payment: null })).toMatchObject({ do: "create_payment" });
    expect(next("paying", { age: late }, { payment: null })).toEqual({ do: "rest", waitingFor: "stripe" });
  });

  it("the time to charge counts from when the card had passed: a challenge may have taken long", () => {
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

  it("captures an authorised and checked payment, up to a day old", () => {
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

  it("does not take Stripe's clock beyond what can be: an intent is no older than its order", () => {
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
    "marks an order %s abandoned when nothing has come of it after 15 minutes, and no sooner",
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

  it("gives up an order by saved card that was placed and never begun", () => {
    const sketch = { payWith: "saved_card", age: NOTHING_FOUND_AFTER } as const;

    expect(next("placed", sketch, {}, "recovery")).toEqual({ do: "abandon", setup: null });
  });

  it("abandons an order whose verification was cancelled", () => {
    const setup = setupOf("canceled");

    expect(next("verifying", {}, { setup }, "recovery")).toEqual({ do: "abandon", setup });
  });
});

describe("paid at Stripe always ends in credits:", () => {
  const payment = paymentOf("succeeded");

  it.each(["paying", "refused", "declined", "abandoned"] as const)(
    "a payment of an order %s is posted",
    (state) => {
      for (const asker of ["customer", "recovery"] as const) {
        expect(next(state, { age: 30 * DAY }, { payment }, asker)).toEqual({ do: "post", payment });
      }
    },
  );

  it.each(["placed", "verifying"] as const)("one of an order %s too, over its end", (state) => {
    expect(next(state, {}, { payment }, "recovery")).toEqual({ do: "abandon", setup: null });
  });

  it.each([{ amountCents: toCents(999) }, { currency: "eur" }])(
    "but a payment of %j under its name does not move an order that was never charged",
    (differing) => {
      expect(next("placed", {}, { payment: paymentOf("succeeded", differing) })).toEqual({
        do: "find_setup",
      });
    },
  );

  it("an order that is paid is left alone", () => {
    expect(next("paid", {}, { payment })).toEqual({ do: "rest", waitingFor: "nothing" });
  });
});

describe("after an end without payment", () => {
  const ended = { verifiedAge: MINUTE, setupIntentId: "seti_1" };

  it("what may still turn up is looked for", () => {
    expect(next("abandoned", ended, {})).toEqual({ do: "find_payment" });
    expect(next("declined", { ...ended, paymentIntentId: "pi_1" }, {})).toEqual({
      do: "read_payment",
      paymentIntentId: "pi_1",
    });
  });

  it("an order whose card was never charged is left alone", () => {
    expect(next("refused", { setupIntentId: "seti_1" }, {})).toEqual({ do: "rest", waitingFor: "nothing" });
  });

  it.each(["requires_capture", "requires_action", "requires_confirmation"] as const)(
    "a payment that %s is voided",
    (status) => {
      expect(next("abandoned", ended, { payment: paymentOf(status) })).toEqual({
        do: "void",
        paymentIntentId: "pi_1",
      });
    },
  );

  it.each(["failed", "canceled"] as const)("a payment that %s changes nothing", (status) => {
    expect(next("abandoned", ended, { payment: paymentOf(status) })).toEqual({
      do: "rest",
      waitingFor: "nothing",
    });
  });

  it("a verification that turns up late is closed, and its card forgotten", () => {
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
