/** Where a visitor was going before they had to sign in. Only paths of our own are accepted, so no link can redirect elsewhere. */

/**
 * Matches a customer's own pages using only characters that every browser reads the same way: single slashes, no
 * backslash, dot, colon or percent sign. So it can match neither another site nor any other page of ours.
 */
const OWN_PAGE = /^\/(?:account|orders)(?:\/\w+)*(?:\?[\w=&-]+)?$/;

const LONGEST = 200;

/** `text` if it is the path of a customer's own page; otherwise null. */
export function toNextPath(text: unknown): string | null {
  return typeof text === "string" && text.length <= LONGEST && OWN_PAGE.test(text) ? text : null;
}

/** The path of the sign-in page that continues to `next`. */
export function signInPath(next: string | null): string {
  return next === null || next === "/account" ? "/" : `/?next=${encodeURIComponent(next)}`;
}
