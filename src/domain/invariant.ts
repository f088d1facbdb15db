/** Conditions that hold whatever the outside world does. A broken invariant is a bug: it throws, and no money moves. */

/** Throws unless `condition` holds. The message says what was expected; it never carries personal data. */
export function invariant(condition: boolean, expected: string): asserts condition {
  if (!condition) {
    throw new Error(`Broken invariant: ${expected}`);
  }
}
