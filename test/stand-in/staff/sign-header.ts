/** Does what Cloudflare does at the edge: signs each /admin request of anyone signed in as staff. */
import { parse } from "hono/utils/cookie";
import * as z from "zod";
import { isBesideLiveKey } from "../stripe/keys.ts";
import { staffState } from "./state.ts";

/** The cookie with the e-mail address signed in as staff. Anyone may sign in: this is the local Worker. */
export const COOKIE = "stand_in_staff";

/** The request as the product receives it. Without the cookie, or outside /admin, it is passed on unchanged. */
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

/** The e-mail address signed in as staff in this browser; null if none. */
export function signedInStaff(request: Request): string | null {
  const { [COOKIE]: value } = parse(request.headers.get("Cookie") ?? "", COOKIE);
  const email = z.email().safeParse(value);
  return email.success ? email.data : null;
}
