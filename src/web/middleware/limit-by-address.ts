/** Rate limiting by client IP address, against floods. Its counts are approximate; exact limits per account are kept in D1. */
import { createMiddleware } from "hono/factory";
import { fail } from "../failure-response.ts";
import type { WebEnv } from "../web-env.ts";

/** The rate limits in wrangler.toml, and the period each counts over, in seconds. */
type Limit = "SIGN_IN_LIMIT" | "ORDER_LIMIT" | "SETTLE_LIMIT";
const PERIOD_SECONDS = 60;

/**
 * Refuses, with `too_many_attempts`, an IP address that sends more requests than `limit` in wrangler.toml allows.
 * Cloudflare counts per location and with some delay. A request without a client IP address is not counted.
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

/** What counts as one IP address: for IPv6 the first 64 bits, because a subscriber usually controls the whole /64. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) {
    return address;
  }
  const [before = [], after = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
