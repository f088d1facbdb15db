/** The shield against floods from one address. What it counts is near the truth, no more: the books have limits of their own. */
import { createMiddleware } from "hono/factory";
import { fail } from "../failure-response.ts";
import type { WebEnv } from "../web-env.ts";

/** The limits in wrangler.toml; each counts over this long, in seconds. */
type Limit = "SIGN_IN_LIMIT" | "ORDER_LIMIT" | "SETTLE_LIMIT";
const PERIOD_SECONDS = 60;

/**
 * Refuses, with `too_many_attempts`, an address that asks more often than `limit` in wrangler.toml allows. Cloudflare
 * counts in each of its places by itself, and eventually; where nobody says the address, nothing is counted.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
export function limitByAddress(limit: Limit) {
  return createMiddleware<WebEnv>(async (c, next) => {
    const address = c.req.header("CF-Connecting-IP");
    if (address !== undefined && !(await c.env[limit].limit({ key: networkOf(address) })).success) {
      return fail(c, { kind: "too_many_attempts", retryAfterSeconds: PERIOD_SECONDS });
    }
    await next();
    return undefined;
  });
}

/** What counts as one address: of IPv6 the first 64 bits, for whoever has one address there has all that begin so. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) {
    return address;
  }
  const [before = [], after = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
