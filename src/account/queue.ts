/**
 * The account's queue: one change at a time. A Durable Object lets other calls in while it awaits D1, so being one
 * object is not yet a lock; this is. Bounded in length and in wait, so that a stall ends in "try again", not in a pile.
 */
import type { TakeTurn, Turn } from "../operations/account-deps.ts";

export type QueueBounds = {
  /** How many may wait at once. */
  maxWaiting: number;
  /** How long one waits before it gives up its place, in milliseconds. */
  maxWaitMilliseconds: number;
  /** How long one may work before the next begins all the same, in milliseconds. What it wrote may still land: D1's constraints are the fence. */
  maxWorkMilliseconds: number;
};

/** A queue of turns, first come, first served. */
export function createQueue(bounds: QueueBounds): TakeTurn {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  return async function takeTurn<T>(work: () => Promise<T>): Promise<Turn<T>> {
    if (waiting >= bounds.maxWaiting) {
      return { taken: false };
    }
    waiting += 1;
    const turn = Promise.withResolvers<void>();
    const before = last;
    last = turn.promise;
    const hasCome = await comesWithin(before, bounds.maxWaitMilliseconds);
    waiting -= 1;
    if (!hasCome) {
      // Its place is given up: whoever stands behind waits for those before.
      turn.resolve(before.then(() => undefined));
      return { taken: false };
    }
    try {
      return { taken: true, value: await finishesWithin(work(), bounds.maxWorkMilliseconds) };
    } finally {
      turn.resolve();
    }
  };
}

/** Whether `event` comes to pass within `milliseconds`. */
async function comesWithin(event: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = startTimer(milliseconds);
  try {
    return await Promise.race([event.then(() => true), timer.rings.then(() => false)]);
  } finally {
    timer.stop();
  }
}

/** What `work` comes to; rejects when it takes longer than `milliseconds`. */
async function finishesWithin<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const timer = startTimer(milliseconds);
  try {
    return await Promise.race([
      work,
      timer.rings.then(() => Promise.reject(new Error(`A turn took longer than ${milliseconds} ms`))),
    ]);
  } finally {
    timer.stop();
  }
}

function startTimer(milliseconds: number): { rings: Promise<void>; stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timeout = setTimeout(resolve, milliseconds);
  return { rings: promise, stop: () => clearTimeout(timeout) };
}
