/**
 * A gate in front of everything outside the object: it lets one call through at a time, and chooses which of those
 * waiting goes next. So concurrent requests can be made to interleave in any order of their steps, repeatably.
 */

export type Gate = {
  /** Runs `act` when its turn has come. */
  pass: <T>(act: () => Promise<T>) => Promise<T>;
  /** Lets every waiting call and every later one through at once. */
  open: () => void;
};

/** A call's place at the gate. Once chosen it goes through, even if a slow machine let another one in before it noticed. */
type Ticket = { isChosen: boolean };

/** Long enough for a caller that goes on after its call to reach the gate again before the next is chosen. */
const SETTLING_MILLISECONDS = 2;
/** A call that takes longer than this has died on the other side, with its object. */
const LONGEST_MILLISECONDS = 250;

/**
 * A gate that asks `choose` which of the waiting calls is next. Each waiting call polls by itself, because a promise
 * must not be resolved by another object than the one that created it.
 */
export function closeGate(choose: (waiting: number) => number): Gate {
  const waiting: Ticket[] = [];
  let inside: Ticket | null = null;
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
      if (next !== null) {
        next.isChosen = true;
      }
    }
  }

  return {
    async pass(act) {
      const ticket: Ticket = { isChosen: false };
      waiting.push(ticket);
      while (!gate.isOpen && !ticket.isChosen) {
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
