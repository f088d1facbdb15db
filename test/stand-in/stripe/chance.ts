/** Repeatable randomness: the same seed gives the same numbers (mulberry32). */

/** A number from 0 to 1, and the state that gives the next one. */
export function nextChance(seed: number): { value: number; state: number } {
  const state = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32, state };
}

/** The items in a shuffled order that is the same for the same seed. */
export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed;
  return items
    .map((item) => {
      const next = nextChance(state);
      state = next.state;
      return { item, place: next.value };
    })
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
