/**
 * A small Stripe and a small database, as values, on which to perform the steps of settling. Stripe's side answers as
 * the real one does as far as it matters here; the database's side changes an order as the statements of src/store do.
 */
import { failedFields } from "../../src/domain/card.ts";
import type { Facts, PaymentFacts, SetupFacts } from "../../src/domain/facts.ts";
import type { Instant } from "../../src/domain/instant.ts";
import { type Asker, nextStep, type Step } from "../../src/domain/next-step.ts";
import { toCents } from "../../src/domain/money.ts";
import type { Order } from "../../src/domain/order.ts";
import { type AskStep, isAskStep } from "../../src/operations/ask-stripe.ts";
import { brokenBy } from "./promises.ts";
import { cardOf, CHECKS, type ChecksName, paymentOf, setupOf } from "./settling.ts";

const EVERY_CHECKS = ["pass", "fail", "unavailable"] as const;
const CHARGES = [
  "approves",
  "declines",
  "challenges",
  "challenges_in_vain",
  "takes_its_time",
  "does_not_know_the_card",
  "declines_outright",
] as const;

/** A decline without an intent. */
const OUTRIGHT_DECLINE = { status: "declined_outright", declineCode: "do_not_honor" } as const;

/** What the bank will say when it is asked. */
export type Bank = {
  setup:
    | "passes"
    | "fails"
    | "does_not_check"
    | "declines"
    | "challenges"
    | "takes_its_time"
    | "refuses_token"
    | "declines_outright";
  charge: (typeof CHARGES)[number];
  /** The checks made with the charge. */
  chargeChecks: ChecksName;
};

/** Everything outside of a run: the order as the database has it, and what Stripe has. */
export type World = {
  order: Order;
  setup: SetupFacts | null;
  payment: PaymentFacts | null;
  /** How the payment was requested, which decides what becomes of it when a challenge is passed. */
  capture: "automatic" | "manual";
  bank: Bank;
};

/** One run of settling: the order as it read it, and what it has learnt. */
export type Run = { asker: Asker; order: Order; facts: Facts };

type Performed = { world: World; run: Run };

const ENDS: ReadonlySet<Order["state"]> = new Set(["refused", "declined", "abandoned"]);
const OPEN: ReadonlySet<Order["state"]> = new Set(["placed", "verifying", "paying"]);
const ENDINGS: ReadonlySet<Step["do"]> = new Set(["refuse", "decline", "abandon"]);

export function isOver(order: Order): boolean {
  return order.state === "paid" || ENDS.has(order.state);
}

/** A run that reads the order as it stands. */
export function runOf(world: World, asker: Asker, facts: Facts = {}): Run {
  return { asker, order: world.order, facts };
}

/** What a run would do next. */
export function stepOf(run: Run, now: Instant): Step {
  return nextStep(run.order, run.facts, run.asker, now);
}

/** Performs one step of a run; null when the run has come to rest. */
export function perform(world: World, run: Run, now: Instant): Performed | null {
  const step = stepOf(run, now);
  if (step.do === "rest") {
    return null;
  }
  if (isAskStep(step)) {
    const asked = askStripe(world, step, now);
    return { world: asked.world, run: { ...run, facts: { ...run.facts, ...asked.facts } } };
  }
  const order = changedOrder(world.order, run.order, step, now);
  const isOvertaken = ENDINGS.has(step.do) && !isOver(order);
  return { world: { ...world, order }, run: { ...run, order, facts: isOvertaken ? {} : run.facts } };
}

/** How Stripe answers a step that calls it. */
function askStripe(world: World, step: AskStep, now: Instant): { world: World; facts: Facts } {
  switch (step.do) {
    case "create_setup": {
      if (world.setup === null && world.bank.setup === "refuses_token") {
        return { world, facts: { setup: "unusable_token" } };
      }
      if (world.setup === null && world.bank.setup === "declines_outright") {
        return { world, facts: { setup: OUTRIGHT_DECLINE } };
      }
      // The same key gets the same answer.
      const setup = world.setup ?? { ...verified(world.bank.setup), createdAt: now };
      return { world: { ...world, setup }, facts: { setup } };
    }
    case "read_setup":
    case "find_setup": {
      return { world, facts: { setup: world.setup } };
    }
    case "cancel_setup": {
      const setup =
        world.setup?.status === "requires_action" || world.setup?.status === "failed"
          ? { ...world.setup, status: "canceled" as const }
          : world.setup;
      return { world: { ...world, setup }, facts: { setup } };
    }
    case "create_payment": {
      if (world.payment !== null) {
        return { world, facts: { payment: world.payment } };
      }
      if (world.bank.charge === "does_not_know_the_card") {
        return { world, facts: { payment: "unusable_card" } };
      }
      if (world.bank.charge === "declines_outright") {
        return { world, facts: { payment: OUTRIGHT_DECLINE } };
      }
      const { capture } = step;
      const payment = { ...charged(world.bank, capture), createdAt: now };
      return { world: { ...world, payment, capture }, facts: { payment } };
    }
    case "confirm_payment": {
      // After the challenge the bank has no more questions.
      const charge = world.bank.charge === "challenges_in_vain" ? "declines" : "approves";
      const payment =
        world.payment?.status === "requires_confirmation"
          ? { ...charged({ ...world.bank, charge }, world.capture), createdAt: world.payment.createdAt }
          : world.payment;
      return { world: { ...world, payment }, facts: { payment } };
    }
    case "read_payment":
    case "find_payment": {
      return { world, facts: { payment: world.payment } };
    }
    case "capture": {
      const payment =
        world.payment?.status === "requires_capture"
          ? { ...world.payment, status: "succeeded" as const }
          : world.payment;
      return { world: { ...world, payment }, facts: { payment } };
    }
    case "void": {
      const { payment: before } = world;
      const isOpen =
        before?.status === "requires_capture" ||
        before?.status === "requires_action" ||
        before?.status === "requires_confirmation" ||
        before?.status === "failed";
      const payment = isOpen ? { ...before, status: "canceled" as const } : before;
      return { world: { ...world, payment }, facts: { payment } };
    }
  }
}

/** The setup intent that results from the bank's answer. */
function verified(bank: Bank["setup"]): SetupFacts {
  switch (bank) {
    case "fails": {
      return setupOf("succeeded", { card: cardOf(CHECKS.fail) });
    }
    case "does_not_check": {
      return setupOf("succeeded", { card: cardOf(CHECKS.unavailable) });
    }
    case "declines": {
      return setupOf("failed");
    }
    case "challenges": {
      return setupOf("requires_action", { card: cardOf({ line1: null, postalCode: null, cvc: null }) });
    }
    case "takes_its_time": {
      return setupOf("processing", { card: null });
    }
    case "passes":
    case "declines_outright":
    case "refuses_token": {
      return setupOf("succeeded");
    }
  }
}

/** The payment intent that results from the bank's answer. */
function charged(bank: Bank, capture: "automatic" | "manual"): PaymentFacts {
  const checks = CHECKS[bank.chargeChecks];
  switch (bank.charge) {
    case "approves": {
      return paymentOf(capture === "automatic" ? "succeeded" : "requires_capture", { checks });
    }
    case "declines": {
      return paymentOf("failed", { checks });
    }
    case "challenges":
    case "challenges_in_vain": {
      return paymentOf("requires_action", { checks: null, chargeId: null });
    }
    case "does_not_know_the_card":
    case "declines_outright":
    case "takes_its_time": {
      return paymentOf("processing", { checks: null, chargeId: null });
    }
  }
}

/** The worlds that may follow without our doing: the customer answers a challenge, or the bank decides. */
export function movesOf(world: World): World[] {
  const { setup, payment, bank, capture } = world;
  const moves: World[] = [];
  if (setup?.status === "requires_action" || setup?.status === "processing") {
    for (const answer of ["passes", "fails", "declines"] as const) {
      moves.push({ ...world, setup: { ...verified(answer), createdAt: setup.createdAt } });
    }
  }
  if (payment?.status === "requires_action") {
    moves.push({ ...world, payment: { ...payment, status: "requires_confirmation" } });
    const failed = { ...charged({ ...bank, charge: "declines" }, capture), createdAt: payment.createdAt };
    moves.push({ ...world, payment: { ...failed, checks: null } });
  }
  if (payment?.status === "requires_capture") {
    // Staff capture a part of it by hand, at Stripe.
    moves.push({ ...world, payment: { ...payment, status: "succeeded", amountCents: toCents(500) } });
  }
  if (payment?.status === "processing") {
    for (const charge of ["approves", "declines"] as const) {
      const moved = { ...charged({ ...bank, charge }, capture), createdAt: payment.createdAt };
      moves.push({ ...world, payment: moved });
    }
  }
  return moves;
}

/** The order after a step that changes it, under the same conditions as the statements that do so. */
function changedOrder(
  order: Order,
  decidedOn: Order,
  step: Exclude<Step, AskStep | { do: "rest" }>,
  now: Instant,
): Order {
  const isOpen = OPEN.has(order.state) && order.state === decidedOn.state;
  switch (step.do) {
    case "await_setup": {
      return order.state === "placed"
        ? { ...order, state: "verifying", setupIntentId: step.setup.id }
        : order;
    }
    case "begin_paying": {
      if (order.state !== "placed" && order.state !== "verifying") {
        return order;
      }
      const { paymentMethodId, brand, last4, checks } = step.card;
      const card = { id: "crd_1", paymentMethodId, brand, last4, checks } as const;
      return { ...order, state: "paying", setupIntentId: step.setup.id, card, verifiedAt: now };
    }
    case "await_payment": {
      return order.paymentIntentId === null ? { ...order, paymentIntentId: step.payment.id } : order;
    }
    case "post": {
      if (order.state === "paid") {
        return order;
      }
      if (order.state === "placed" || order.state === "verifying") {
        throw new Error(`orders: no way from ${order.state} to paid`);
      }
      const { id: paymentIntentId } = step.payment;
      const receipt = { id: "rcp_1", number: 1 } as const;
      return { ...order, state: "paid", paymentIntentId, paidAt: now, receipt, fee: null };
    }
    case "refuse": {
      const { fields, setup, payment } = step;
      const declineCode = setup?.declineCode ?? payment?.declineCode ?? null;
      return isOpen
        ? { ...order, ...learnt(order, step), state: "refused", endedAt: now, fields, declineCode }
        : order;
    }
    case "decline": {
      const { declineCode } = step;
      return isOpen
        ? { ...order, ...learnt(order, step), state: "declined", endedAt: now, declineCode }
        : order;
    }
    case "abandon": {
      const known = { setup: step.setup, payment: null };
      return isOpen ? { ...order, ...learnt(order, known), state: "abandoned", endedAt: now } : order;
    }
    case "forget": {
      return order.setupIntentId === null ? { ...order, setupIntentId: step.setup.id } : order;
    }
  }
}

function learnt(
  order: Order,
  known: { setup: SetupFacts | null; payment: PaymentFacts | null },
): Pick<Order, "setupIntentId" | "paymentIntentId"> {
  return {
    setupIntentId: order.setupIntentId ?? known.setup?.id ?? null,
    paymentIntentId: order.paymentIntentId ?? known.payment?.id ?? null,
  };
}

/** The promise that taking this step in this world would break; null if it breaks none. */
export function wrongWith(
  world: World,
  { asker, order, facts }: Run,
  step: Step,
  now: Instant,
): string | null {
  if (step.do === "capture" && failedFields(world.payment?.checks ?? CHECKS.pass).length > 0) {
    return "captures what has a failed check, though it looked at other checks";
  }
  return brokenBy({ step, order, facts, asker, now });
}

/** Every kind of bank: by what it says about the card and, if it lets a charge happen, about that and its checks. */
export const EVERY_BANK: Bank[] = [
  ...(["fails", "declines", "declines_outright", "refuses_token", "takes_its_time"] as const).map(
    (setup): Bank => ({ setup, charge: "approves", chargeChecks: "pass" }),
  ),
  ...(["passes", "does_not_check"] as const).flatMap((setup) =>
    CHARGES.flatMap((charge) =>
      // Without an intent there are no checks of it.
      (charge === "declines_outright" ? (["pass"] as const) : EVERY_CHECKS).map((chargeChecks): Bank => ({
        setup,
        charge,
        chargeChecks,
      })),
    ),
  ),
  ...EVERY_CHECKS.map((chargeChecks): Bank => ({ setup: "challenges", charge: "challenges", chargeChecks })),
];

/** Settles until it rests; returns the world then, and how many steps it took. Throws on a step that breaks a promise. */
export function settle(
  world: World,
  asker: Asker,
  now: Instant,
  facts: Facts = {},
): { world: World; steps: number } {
  let run = runOf(world, asker, facts);
  let at = world;
  for (let steps = 0; steps <= 20; steps += 1) {
    const wrong = wrongWith(at, run, stepOf(run, now), now);
    if (wrong !== null) {
      throw new Error(`${wrong}: ${JSON.stringify({ at, run })}`);
    }
    const performed = perform(at, run, now);
    if (performed === null) {
      return { world: at, steps };
    }
    ({ world: at, run } = performed);
  }
  throw new Error(`Does not come to rest: ${JSON.stringify(world)}`);
}
