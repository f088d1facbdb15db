/** The decision tried on every order and everything Stripe may say of it: no step breaks a promise. */
import { expect, it } from "vitest";
import { type CardFacts, failedFields, isFullyChecked, refusedFields } from "../../src/domain/card.ts";
import type { Facts, PaymentFacts, SetupFacts } from "../../src/domain/facts.ts";
import { DAY, HOUR, MINUTE } from "../../src/domain/instant.ts";
import { AUTHORISATION_STALE_AFTER, CHARGE_WINDOW, nextStep, type Step } from "../../src/domain/next-step.ts";
import type { Order } from "../../src/domain/order.ts";
import { log } from "../../src/log.ts";
import { cardOf, CHECKS, NOW, orderIn, paymentOf, setupOf, type Sketch, STATES } from "./settling.ts";
import { isOver } from "./stripe-world.ts";

const AGES = [0, 13 * MINUTE - 1, 13 * MINUTE, 15 * MINUTE - 1, 15 * MINUTE, HOUR - 1, HOUR, 2 * DAY];
const INTENT_AGES = [0, HOUR - 1, HOUR, DAY - 1, DAY];

/** Every order: state, way to pay, age, ids known or not, checks, and when its charge was allowed to begin. */
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
    // Only an order about to be charged has a use for its card's checks.
    (state === "paying" ? checked : sketches).map((sketch) => orderIn(state, sketch)),
  );
}

/** Every setup intent, each status with each card there could be, at each age that matters. */
function everySetup(): SetupFacts[] {
  const cards: (CardFacts | null)[] = [
    null,
    cardOf(CHECKS.pass),
    cardOf(CHECKS.unavailable),
    cardOf(CHECKS.fail),
    cardOf({ ...CHECKS.pass, line1: "fail", cvc: "fail" }),
    cardOf(CHECKS.pass, { line1: null }),
    cardOf(CHECKS.pass, { postalCode: "" }),
  ];
  return product<Pick<SetupFacts, "status" | "card" | "createdAt" | "declineCode">>({
    status: ["succeeded", "requires_action", "processing", "failed", "canceled"],
    card: cards,
    createdAt: INTENT_AGES.slice(0, 3).map((age) => NOW - age),
    declineCode: [null, "expired_card"],
  }).map(({ status, ...rest }) => setupOf(status, rest));
}

/** Every payment intent, each status with each outcome of the checks, at each age that matters. */
function everyPayment(): PaymentFacts[] {
  return product<Pick<PaymentFacts, "status" | "checks" | "createdAt" | "declineCode">>({
    status: ["succeeded", "requires_action", "requires_capture", "processing", "failed", "canceled"],
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

/** All combinations of one value for each name. */
function product<T extends object>(choices: { [K in keyof T]: readonly T[K][] }): T[] {
  let made: Partial<T>[] = [{}];
  for (const name of Object.keys(choices) as (keyof T)[]) {
    made = made.flatMap((one) =>
      choices[name].map((choice) => Object.assign({ ...one }, { [name]: choice })),
    );
  }
  // Every name has been given one of its values.
  return made as T[];
}

/** Every fact that may be known: all of one kind with some of the other, since a run may have asked for both. */
function everyFacts(): Facts[] {
  const setups = everySetup();
  const payments = everyPayment();
  const someSetups: Facts["setup"][] = [
    undefined,
    null,
    "unusable_token",
    setupOf("succeeded"),
    setupOf("requires_action"),
  ];
  const somePayments: Facts["payment"][] = [
    undefined,
    null,
    ...(
      ["succeeded", "requires_action", "requires_capture", "processing", "failed", "canceled"] as const
    ).map((status) => paymentOf(status)),
  ];
  const pairs: [Facts["setup"], Facts["payment"]][] = [
    ...setups.flatMap((setup) =>
      somePayments.map((payment) => [setup, payment] as [Facts["setup"], Facts["payment"]]),
    ),
    ...someSetups.flatMap((setup) =>
      [undefined, null, ...payments].map((payment) => [setup, payment] as [Facts["setup"], Facts["payment"]]),
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

/** What a step breaks of the promises; null where it keeps them all. */
function brokenBy(step: Step, order: Order, facts: Facts, asker: "customer" | "recovery"): string | null {
  const { payment } = facts;
  const setup = facts.setup === "unusable_token" ? null : facts.setup;
  const begins = step.do === "create_setup" || step.do === "create_payment" || step.do === "begin_paying";
  if (begins && asker === "recovery") {
    return "recovery begins nothing";
  }
  if (begins && NOW - order.placedAt >= CHARGE_WINDOW) {
    return "nothing begins after the time to charge";
  }
  if (order.state === "paid" && step.do !== "rest") {
    return "an order that is paid is left alone";
  }
  if (payment?.status === "succeeded" && order.state !== "paid") {
    const isBefore = order.state === "placed" || order.state === "verifying";
    return step.do === (isBefore ? "abandon" : "post") ? null : "paid at Stripe ends in credits";
  }
  switch (step.do) {
    case "create_setup": {
      const isUnknown = setup === null || (setup === undefined && facts.isFresh === true);
      return (isUnknown && order.state === "placed") || (isUnknown && order.state === "verifying")
        ? null
        : "verifies twice";
    }
    case "begin_paying": {
      const passed =
        setup?.status === "succeeded" && setup.card !== null && refusedFields(setup.card).length === 0;
      return passed ? null : "only a card that passed goes on to pay";
    }
    case "create_payment": {
      if (order.state !== "paying" || failedFields(order.card.checks).length > 0) {
        return "only an order whose card has passed is charged";
      }
      const isUnknown = payment === null || (payment === undefined && facts.isFresh === true);
      if (!isUnknown || (order.paymentIntentId !== null && payment === undefined)) {
        return "charges without looking";
      }
      return step.capture === (isFullyChecked(order.card.checks) ? "automatic" : "manual")
        ? null
        : "captures unseen";
    }
    case "capture": {
      const isFine =
        order.state === "paying" &&
        payment?.status === "requires_capture" &&
        (payment.checks === null || failedFields(payment.checks).length === 0) &&
        (NOW - payment.createdAt < AUTHORISATION_STALE_AFTER ||
          NOW - order.placedAt < AUTHORISATION_STALE_AFTER);
      return isFine ? null : "captures only what is authorised, checked and fresh";
    }
    case "void": {
      const isOpen = ["requires_capture", "requires_action", "failed"].includes(payment?.status ?? "none");
      return isOpen ? null : "voids what is over, or under way at Stripe";
    }
    case "cancel_setup": {
      return setup?.status === "requires_action" ? null : "cancels a verification that waits for nobody";
    }
    case "post": {
      return "posts what has not succeeded";
    }
    case "refuse":
    case "decline":
    case "abandon": {
      const isUnderWay =
        ["requires_capture", "requires_action", "processing"].includes(payment?.status ?? "none") &&
        order.state === "paying";
      const isVerifying =
        order.payWith.kind === "new_card" &&
        order.state !== "paying" &&
        ["requires_action", "processing"].includes(setup?.status ?? "none");
      if (isOver(order) || isUnderWay || isVerifying) {
        return "ends what is over, or under way at Stripe";
      }
      if (order.state === "paying" && payment?.status === "failed" && order.paymentIntentId !== null) {
        return "ends while the page's secret still takes another card";
      }
      const isRefusal = hasFailedCheck(order, facts);
      return (step.do === "refuse") === isRefusal ? null : "a failed check, and nothing else, is refused";
    }
    case "await_setup": {
      return order.state === "placed" ? null : "waits for a verification twice";
    }
    case "await_payment": {
      return order.state === "paying" && order.paymentIntentId === null ? null : "waits for a payment twice";
    }
    case "forget": {
      return isOver(order) && order.setupIntentId === null ? null : "forgets the card of an order under way";
    }
    case "read_setup": {
      return step.setupIntentId === order.setupIntentId && setup === undefined
        ? null
        : "asks for what it knows";
    }
    case "read_payment": {
      return step.paymentIntentId === order.paymentIntentId && payment === undefined
        ? null
        : "asks for what it knows";
    }
    case "find_setup": {
      return setup === undefined && order.setupIntentId === null ? null : "searches for what it knows";
    }
    case "find_payment": {
      return payment === undefined && order.paymentIntentId === null ? null : "searches for what it knows";
    }
    case "rest": {
      const known = order.state === "paying" ? order.paymentIntentId : order.setupIntentId;
      if (step.waitingFor === "customer" && known === null) {
        return "waits for a challenge it would not find again";
      }
      const isOpen = order.state !== "placed" && order.state !== "verifying" && order.state !== "paid";
      return payment?.status === "requires_capture" && isOpen ? "rests while money is set aside" : null;
    }
  }
}

/** Whether a check is known to have failed, of the intent that an order in this state goes by. */
function hasFailedCheck(order: Order, { setup, payment }: Facts): boolean {
  if (order.state === "paying") {
    const checks = payment === undefined || payment === null ? order.card.checks : payment.checks;
    return checks !== null && failedFields(checks).length > 0;
  }
  const card = typeof setup === "object" ? (setup?.card ?? null) : null;
  return order.payWith.kind === "new_card" && card !== null && refusedFields(card).length > 0;
}

it("whatever the order, whatever Stripe says, whoever asks: no step breaks a promise", () => {
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
        const what = brokenBy(step, order, facts, asker);
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
