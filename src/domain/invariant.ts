/** What must be true whatever happens outside. A broken invariant is a bug: it throws, and money stays where it is. */

/** Throws unless `condition` holds. The message says what was expected; it never carries personal data. */
export function invariant(condition: boolean, expected: string): asserts condition {
  if (!condition) {
    throw new Error(`Broken invariant: ${expected}`);
  }
}
