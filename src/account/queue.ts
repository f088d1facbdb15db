/**
 * The account's queue: one change at a time. A Durable Object lets other calls in while it awaits D1, so it is not a
 * lock by being a single object; this queue is the lock. Its length and wait are bounded, so that a stall ends in "try
 * again" and not in a growing backlog.
 */
import type { TakeTurn, Turn } from "../operations/account-deps.ts";

export type QueueBounds = {
  /** How many callers may wait at once. */
  maxWaiting: number;
  /** How long a caller waits before it gives up its place, in milliseconds. */
  maxWaitMilliseconds: number;
  /**
   * How long a turn may take before the next begins anyway, in milliseconds. Its writes may still land: D1's constraints
   * are the fence.
   */
  maxWorkMilliseconds: number;
};

/** Creates a queue of turns, first come, first served. */
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
      // This caller gives up its place. Callers behind it still wait for those ahead of it.
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

/** Whether `event` resolves within `milliseconds`. */
async function comesWithin(event: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = startTimer(milliseconds);
  try {
    return await Promise.race([event.then(() => true), timer.rings.then(() => false)]);
  } finally {
    timer.stop();
  }
}

/** The result of `work`. Rejects if it takes longer than `milliseconds`. */
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
