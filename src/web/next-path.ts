/** Where somebody wanted to go before they had to sign in. A path of our own, and nothing that leads elsewhere. */

/**
 * Pages of a customer, by letters that mean the same to every browser: one slash at a time, no backslash, dot, colon or
 * percent sign, so that no other site, and no page but these, can be named.
 */
const OWN_PAGE = /^\/(?:account|orders)(?:\/\w+)*(?:\?[\w=&-]+)?$/;

const LONGEST = 200;

/** `text` as the path of a customer's own page; null where it is none. */
export function toNextPath(text: unknown): string | null {
  return typeof text === "string" && text.length <= LONGEST && OWN_PAGE.test(text) ? text : null;
}

/** The address of the sign-in page that leads on to `next`. */
export function signInPath(next: string | null): string {
  return next === null || next === "/account" ? "/" : `/?next=${encodeURIComponent(next)}`;
}
