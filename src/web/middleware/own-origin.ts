/** CSRF protection: a request that changes anything must come from our own pages, or not from a browser page at all. */
import { createMiddleware } from "hono/factory";
import { fail } from "../failure-response.ts";
import type { WebEnv } from "../web-env.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

// The content types a page may send to another site without a CORS preflight, including none at all.
// https://fetch.spec.whatwg.org/#cors-safelisted-request-header
const SENT_UNASKED = /^\s*(?:$|application\/x-www-form-urlencoded|multipart\/form-data|text\/)/i;

/**
 * Refuses, with `forbidden_origin` and whatever the content type, a request that may change something and that a
 * browser sent from another site. Browsers say so in `Sec-Fetch-Site` or `Origin`. Programs send neither header, and
 * need not, unless the content type is one that an old browser could send cross-site without a preflight.
 */
export const requireOwnOrigin = createMiddleware<WebEnv>(async (c, next) => {
  if (!SAFE_METHODS.has(c.req.method) && !isOurs(c.req.raw)) {
    return fail(c, { kind: "forbidden_origin" });
  }
  await next();
  return undefined;
});

function isOurs({ url, headers }: Request): boolean {
  const site = headers.get("Sec-Fetch-Site");
  const origin = headers.get("Origin");
  if (site === null && origin === null) {
    return !SENT_UNASKED.test(headers.get("Content-Type") ?? "");
  }
  return (
    (site === null || site === "same-origin" || site === "none") &&
    (origin === null || origin === new URL(url).origin)
  );
}
