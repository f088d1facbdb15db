/** The decision, tried on every order and everything Stripe may say about it: no step breaks a promise. */
import { expect, it } from "vitest";
import type { VerifiedCard } from "../../src/domain/card.ts";
import type { Facts, PaymentFacts, SetupFacts } from "../../src/domain/facts.ts";
import { DAY, HOUR, MINUTE } from "../../src/domain/instant.ts";
import { nextStep } from "../../src/domain/next-step.ts";
import { toCents } from "../../src/domain/money.ts";
import type { Order } from "../../src/domain/order.ts";
import { log } from "../../src/log.ts";
import { brokenBy } from "./promises.ts";
import {
  cardOf,
  CHECKS,
  NOW,
  orderIn,
  PAYMENT_STATUSES,
  paymentOf,
  product,
  SETUP_STATUSES,
  setupOf,
  type Sketch,
  STATES,
} from "./settling.ts";

const AGES = [0, 13 * MINUTE, 15 * MINUTE, HOUR - 1, HOUR, 2 * DAY];
const INTENT_AGES = [0, HOUR, DAY];

/** Every order: its state, means of payment, age, known ids, checks, and when its charge was allowed to begin. */
function everyOrder(): Order[] {
  const sketches = product<Sketch>({
    payWith: ["new_card", "saved_card"],
    age: AGES,
    verifiedAge: [null, 0],
    setupIntentId: [null, "seti_1"],
    paymentIntentId: [null, "pi_1"],
    checks: [CHECKS.pass],
  });
  const checked = sketches.flatMap((sketch) => [
    sketch,
    { ...sketch, checks: CHECKS.unavailable },
    { ...sketch, checks: CHECKS.fail },
  ]);
  return STATES.flatMap((state) =>
    // Only for an order about to be charged do its card's checks matter.
    (state === "paying" ? checked : sketches).map((sketch) => orderIn(state, sketch)),
  );
}

/** Every setup intent: each status with each possible card, at each age that matters. */
function everySetup(): SetupFacts[] {
  const cards: (VerifiedCard | null)[] = [
    null,
    cardOf(CHECKS.pass),
    cardOf(CHECKS.unavailable),
    cardOf(CHECKS.fail),
    cardOf({ ...CHECKS.pass, line1: "fail", cvc: "fail" }),
    cardOf(CHECKS.pass, { line1: null }),
    { ...cardOf({ ...CHECKS.pass, cvc: null }), isWallet: true },
    cardOf(CHECKS.pass, { postalCode: "" }),
  ];
  return product<Pick<SetupFacts, "status" | "card" | "createdAt" | "declineCode">>({
    status: SETUP_STATUSES,
    card: cards,
    createdAt: INTENT_AGES.slice(0, 2).map((age) => NOW - age),
    declineCode: [null, "expired_card"],
  }).map(({ status, ...rest }) => setupOf(status, rest));
}

/** Every payment intent: each status with each outcome of the checks, at each age that matters. */
function everyPayment(): PaymentFacts[] {
  return product<Pick<PaymentFacts, "status" | "paymentMethodId" | "checks" | "createdAt" | "declineCode">>({
    status: PAYMENT_STATUSES,
    paymentMethodId: ["pm_1", "pm_2"],
    checks: [
      null,
      CHECKS.pass,
      CHECKS.unavailable,
      CHECKS.fail,
      { line1: "fail", postalCode: null, cvc: "fail" },
    ],
    createdAt: INTENT_AGES.map((age) => NOW - age),
    declineCode: [null, "expired_card"],
  }).map(({ status, ...rest }) => paymentOf(status, rest));
}

/** All facts that may be known: every one of one kind with some of the other, since a run may have asked for both. */
function everyFacts(): Facts[] {
  const setups = everySetup();
  const payments = everyPayment();
  const someSetups: Facts["setup"][] = [
    undefined,
    null,
    "unusable_token",
    { status: "declined_outright", declineCode: "do_not_honor" },
    setupOf("succeeded"),
    setupOf("requires_action"),
  ];
  const somePayments: Facts["payment"][] = [
    undefined,
    null,
    "unusable_card",
    { status: "declined_outright", declineCode: "do_not_honor" },
    paymentOf("succeeded", { amountCents: toCents(999) }),
    paymentOf("succeeded", { currency: "eur" }),
    ...PAYMENT_STATUSES.map((status) => paymentOf(status)),
  ];
  const pairs: [Facts["setup"], Facts["payment"]][] = [
    ...setups.flatMap((setup) =>
      somePayments.map((payment) => [setup, payment] as [Facts["setup"], Facts["payment"]]),
    ),
    ...someSetups.flatMap((setup) =>
      [undefined, null, "unusable_card" as const, ...payments].map(
        (payment) => [setup, payment] as [Facts["setup"], Facts["payment"]],
      ),
    ),
  ];
  return pairs.flatMap(([setup, payment]) =>
    [false, true].map((isFresh) => {
      const facts: Facts = { isFresh };
      if (setup !== undefined) {
        facts.setup = setup;
      }
      if (payment !== undefined) {
        facts.payment = payment;
      }
      return facts;
    }),
  );
}

it("no step breaks a promise, whatever the order, whatever Stripe says, and whoever asks", () => {
  const orders = everyOrder();
  const allFacts = everyFacts();
  const broken = new Map<string, unknown>();
  const steps: Record<string, number> = {};
  let cases = 0;
  for (const order of orders) {
    for (const facts of allFacts) {
      for (const asker of ["customer", "recovery"] as const) {
        cases += 1;
        const step = nextStep(order, facts, asker, NOW);
        steps[step.do] = (steps[step.do] ?? 0) + 1;
        const what = brokenBy({ step, order, facts, asker, now: NOW });
        if (what !== null) {
          broken.set(`${what}: ${order.state} ${step.do}`, { step, order, facts, asker });
        }
      }
    }
  }
  log("next_steps_decided", { cases, ...steps });
  expect(Object.fromEntries(broken)).toEqual({});
  expect(cases).toBeGreaterThan(1_000_000);
}, 60_000);
