/** What Cloudflare does at the edge: whoever has signed in as staff has each request under /admin signed. */
import { parse } from "hono/utils/cookie";
import * as z from "zod";
import { isBesideLiveKey } from "../stripe/keys.ts";
import { staffState } from "./state.ts";

/** Holds the address of whoever pressed "sign in as staff". Anybody may: this is the local Worker. */
export const COOKIE = "stand_in_staff";

/** The request as the product gets it. Without the cookie, and outside /admin, it passes as it is. */
export async function withStaffHeader(request: Request, env: Env): Promise<Request> {
  const { pathname } = new URL(request.url);
  const email = signedInStaff(request);
  if (email === null || !/^\/admin(?:\/|$)/.test(pathname) || isBesideLiveKey(env)) {
    return request;
  }
  const signed = new Request(request);
  signed.headers.set("Cf-Access-Jwt-Assertion", await staffState(env).sign(email));
  return signed;
}

/** Who has signed in as staff in this browser; null for nobody. */
export function signedInStaff(request: Request): string | null {
  const { [COOKIE]: value } = parse(request.headers.get("Cookie") ?? "", COOKIE);
  const email = z.email().safeParse(value);
  return email.success ? email.data : null;
}
