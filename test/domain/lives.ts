/**
 * Every life an order can have: two runs of settling at once, each cut off anywhere, challenges answered or not, and
 * time passing in between. Explored completely from one beginning, checking what must hold in each situation.
 */
import { type Facts, paysExactly } from "../../src/domain/facts.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import type { Asker } from "../../src/domain/next-step.ts";
import { NOW } from "./settling.ts";
import {
  isOver,
  movesOf,
  perform,
  type Run,
  runOf,
  settle,
  stepOf,
  type World,
  wrongWith,
} from "./stripe-world.ts";

/** A situation: the world, the runs under way, and the time, as a place in TIMES. */
type Situation = { world: World; runs: readonly Run[]; time: number };

/** The times around which a decision changes: just before and just after, where there is no time in between to spare. */
const TIMES = [
  0,
  15 * MINUTE - 10 * SECOND,
  15 * MINUTE + 10 * SECOND,
  HOUR - 10 * SECOND,
  HOUR + 10 * SECOND,
  DAY + HOUR,
];
/** No call takes longer than this, so a run outlasts only a shorter step from one of these times to the next. */
const LONGEST_CALL = 20 * SECOND;

/** When recovery looks at an order that nobody else looks at. */
export const LOOKS = [30 * SECOND, 2 * MINUTE, 15 * MINUTE, 2 * HOUR, DAY, 2 * DAY, 3 * DAY];

/**
 * Visits every situation that can follow from `start`, where the customer's first request has just placed the order;
 * throws if a promise is broken. Returns how many situations there are, and how many different worlds to be left alone.
 */
export function explore(start: World): { situations: number; ends: number } {
  const first: Situation = { world: start, runs: [runOf(start, "customer", { isFresh: true })], time: 0 };
  const seen = new Set([keyOf(first)]);
  const ends = new Set<string>();
  const waiting = [first];
  for (let situation = waiting.pop(); situation !== undefined; situation = waiting.pop()) {
    for (const next of following(situation)) {
      const key = keyOf(next);
      if (!seen.has(key)) {
        seen.add(key);
        waiting.push(next);
      }
    }
    const left = `${keyOfWorld(situation.world)}|${situation.time}`;
    if (!ends.has(left)) {
      ends.add(left);
      leftAlone(situation.world, timeOf(situation));
    }
  }
  return { situations: seen.size, ends: ends.size };
}

function timeOf({ time }: Situation): number {
  return NOW + (TIMES[time] ?? 0);
}

/** Every situation that can come next. */
function following(situation: Situation): Situation[] {
  const { world, runs, time } = situation;
  const now = timeOf(situation);
  const next: Situation[] = movesOf(world).map((moved) => ({ world: moved, runs, time }));
  for (const [index, run] of runs.entries()) {
    const others = runs.filter((_, other) => other !== index);
    const wrong = wrongWith(world, run, stepOf(run, now), now);
    if (wrong !== null) {
      throw new Error(`${wrong}: ${JSON.stringify(situation)}`);
    }
    const performed = perform(world, run, now);
    if (performed !== null) {
      next.push({ world: performed.world, runs: [...others, performed.run], time });
    }
    // The run is cut off, or has come to rest.
    next.push({ world, runs: others, time });
  }
  if (runs.length < 2) {
    const askers: [Asker, Facts][] = [
      ["customer", {}],
      ["recovery", {}],
    ];
    if (world.payment?.status === "succeeded") {
      // The payment's event names it.
      askers.push(["recovery", { payment: world.payment }]);
    }
    next.push(
      ...askers.map(([asker, facts]) => ({ world, runs: [...runs, runOf(world, asker, facts)], time })),
    );
  }
  if (time + 1 < TIMES.length) {
    const passes = (TIMES[time + 1] ?? 0) - (TIMES[time] ?? 0);
    const outlasting = passes > LONGEST_CALL ? [] : runs.map((run) => [run]);
    next.push(...[[], ...outlasting].map((left) => ({ world, runs: left, time: time + 1 })));
  }
  return next;
}

/**
 * Checks what becomes of a world that only recovery still looks after, which leaves an order alone once it is over; and
 * then of the same world once Stripe's webhook arrives after all.
 */
function leftAlone(world: World, from: number): void {
  let left = world;
  for (const later of LOOKS) {
    if (!isOver(left.order)) {
      ({ world: left } = settle(left, "recovery", from + later));
    }
  }
  const isProcessing = left.payment?.status === "processing" || left.setup?.status === "processing";
  if (!isOver(left.order) && !isProcessing) {
    throw new Error(`An order is stuck: ${JSON.stringify({ world, left })}`);
  }
  checkMoney(world, left);
  checkMoney(world, settle(left, "recovery", from + 4 * DAY).world);
}

/** Checks that what became of a world's order is what became of its money. */
function checkMoney(world: World, told: World): void {
  const payment = told.payment?.status;
  const isPaid = told.payment?.status === "succeeded" && paysExactly(told.payment, told.order);
  if (isPaid && told.order.state !== "paid") {
    throw new Error(`Paid with nothing to show: ${JSON.stringify({ world, told })}`);
  }
  if (told.order.state === "paid" && !isPaid) {
    throw new Error(`Credited for nothing: ${JSON.stringify({ world, told })}`);
  }
  if (isOver(told.order) && (payment === "requires_capture" || payment === "requires_action")) {
    throw new Error(`Money is set aside for an order that is over: ${JSON.stringify({ world, told })}`);
  }
}

function keyOf({ world, runs, time }: Situation): string {
  const [one = -1, other = -1] = runs.map((run) => keyOfRun(run));
  return `${time}|${keyOfWorld(world)}|${Math.min(one, other)}|${Math.max(one, other)}`;
}

/** A number for each world and each run that decisions tell from the others. Comparing numbers is quick. */
const numbers = new Map<string, number>();
const known = new WeakMap<object, number>();

function numbered<T extends object>(one: T, keyFor: (one: T) => string): number {
  const before = known.get(one);
  if (before !== undefined) {
    return before;
  }
  const key = keyFor(one);
  const number = numbers.get(key) ?? numbers.size;
  numbers.set(key, number);
  known.set(one, number);
  return number;
}

function keyOfWorld(world: World): number {
  return numbered(world, ({ order, setup, payment, capture }) =>
    [keyOfOrder(order), keyOfSetup(setup), keyOfPayment(payment), capture].join("/"),
  );
}

function keyOfRun(run: Run): number {
  return numbered(run, ({ asker, order, facts }) =>
    [asker, facts.isFresh, keyOfOrder(order), keyOfSetup(facts.setup), keyOfPayment(facts.payment)].join("/"),
  );
}

/** The parts of an order that any decision depends on. */
function keyOfOrder({ state, setupIntentId, paymentIntentId, verifiedAt, card }: World["order"]): string {
  return [state, setupIntentId, paymentIntentId, verifiedAt, card?.checks.postalCode].join();
}

function keyOfSetup(setup: Facts["setup"]): string {
  if (typeof setup !== "object" || setup === null) {
    return String(setup);
  }
  return setup.status === "declined_outright"
    ? setup.status
    : [setup.status, setup.card?.checks.postalCode, setup.createdAt].join();
}

function keyOfPayment(payment: Facts["payment"]): string {
  if (typeof payment !== "object" || payment === null) {
    return String(payment);
  }
  const { status, declineCode } = payment;
  return status === "declined_outright"
    ? status
    : [status, payment.checks?.postalCode, declineCode, payment.createdAt, payment.amountCents].join();
}
