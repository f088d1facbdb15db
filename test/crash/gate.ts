/**
 * A gate before everything outside the object: it lets one call through at a time, and chooses which of those waiting
 * goes next. So requests under way at once can be made to meet in any order of their steps, and again in the same.
 */

export type Gate = {
  /** Does `act` when its turn has come. */
  pass: <T>(act: () => Promise<T>) => Promise<T>;
  /** Whoever waits, and whoever comes, goes through at once. */
  open: () => void;
};

/** Long enough for whoever goes on after a call to come to the gate again, before the next is chosen. */
const SETTLING_MILLISECONDS = 2;
/** Whoever takes longer than this has died on the other side, with their object. */
const LONGEST_MILLISECONDS = 250;

/**
 * A gate that takes its choices from `choose`: which of so many that wait is next. Whoever waits looks again and again
 * by themselves, for no promise may be kept by another object than the one it was given in.
 */
export function closeGate(choose: (waiting: number) => number): Gate {
  const waiting: object[] = [];
  let inside: object | null = null;
  let since = performance.now();
  const gate = { isOpen: false };

  function letNextIn(): void {
    const isFree =
      inside === null
        ? performance.now() - since >= SETTLING_MILLISECONDS
        : performance.now() - since >= LONGEST_MILLISECONDS;
    if (isFree && waiting.length > 0) {
      const [next = null] = waiting.splice(choose(waiting.length) % waiting.length, 1);
      inside = next;
      since = performance.now();
    }
  }

  return {
    async pass(act) {
      const ticket = {};
      waiting.push(ticket);
      while (!gate.isOpen && inside !== ticket) {
        await scheduler.wait(1);
        letNextIn();
      }
      try {
        return await act();
      } finally {
        if (inside === ticket) {
          inside = null;
          since = performance.now();
        }
      }
    },
    open() {
      gate.isOpen = true;
    },
  };
}

/** A repeatable stream of choices (mulberry32). */
export function choicesFrom(seed: number): (among: number) => number {
  let state = seed | 0;
  return (among) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(among, 1);
  };
}
