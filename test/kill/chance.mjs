// A repeatable stream of numbers from 0 to 1 (mulberry32), so that a seed repeats the moments and the choices.
// @ts-check

/**
 * @param {number} seed
 * @returns {() => number}
 */
export function chance(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * One of `choices`.
 * @template T
 * @param {() => number} random
 * @param {readonly T[]} choices
 * @returns {T}
 */
export function oneOf(random, choices) {
  const [chosen] = choices.slice(Math.floor(random() * choices.length));
  if (chosen === undefined) {
    throw new Error("There is nothing to choose from");
  }
  return chosen;
}
