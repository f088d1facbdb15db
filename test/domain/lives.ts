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

/**
 * The times at which a decision changes. No call takes minutes, so a run does not outlast the step from one of these
 * to the next.
 */
const TIMES = [0, 14 * MINUTE, 16 * MINUTE, HOUR + MINUTE, DAY + HOUR];

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
    const left = keyOfWorld(situation.world) + situation.time;
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
    next.push({ world, runs: [], time: time + 1 });
  }
  return next;
}

/** Checks what becomes of a world that only recovery and the webhook still look after. */
function leftAlone(world: World, from: number): void {
  let left = world;
  for (const later of LOOKS) {
    ({ world: left } = settle(left, "recovery", from + later));
  }
  const isProcessing = left.payment?.status === "processing" || left.setup?.status === "processing";
  if (!isOver(left.order) && !isProcessing) {
    throw new Error(`An order is stuck: ${JSON.stringify({ world, left })}`);
  }
  // Every change of a payment has an event, on which its order is settled whatever its state.
  const { world: told } = settle(left, "recovery", from + 4 * DAY);
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
  return [time, keyOfWorld(world), ...runs.map((run) => keyOfRun(run)).toSorted()].join("|");
}

const keys = new WeakMap<object, string>();

function remembered<T extends object>(one: T, keyFor: (one: T) => string): string {
  const key = keys.get(one) ?? keyFor(one);
  keys.set(one, key);
  return key;
}

function keyOfWorld(world: World): string {
  return remembered(world, ({ order, setup, payment, capture }) =>
    [keyOfOrder(order), keyOfSetup(setup), keyOfPayment(payment), capture].join("/"),
  );
}

function keyOfRun(run: Run): string {
  return remembered(run, ({ asker, order, facts }) =>
    [asker, facts.isFresh, keyOfOrder(order), keyOfSetup(facts.setup), keyOfPayment(facts.payment)].join("/"),
  );
}

/** The parts of an order that any decision depends on. */
function keyOfOrder({ state, setupIntentId, paymentIntentId, verifiedAt, card }: World["order"]): string {
  return [state, setupIntentId, paymentIntentId, verifiedAt, card?.checks.postalCode].join();
}

function keyOfSetup(setup: Facts["setup"]): string {
  return typeof setup === "object" && setup !== null
    ? [setup.status, setup.card?.checks.postalCode, setup.createdAt].join()
    : String(setup);
}

function keyOfPayment(payment: Facts["payment"]): string {
  return typeof payment === "object" && payment !== null
    ? [
        payment.status,
        payment.checks?.postalCode,
        payment.declineCode,
        payment.createdAt,
        payment.amountCents,
      ].join()
    : String(payment);
}
