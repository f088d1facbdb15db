/** The cookie that holds the session's secret. Over https its name binds it to this host and to https alone. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Session } from "../operations/sign-in.ts";
import type { WebEnv } from "./web-env.ts";

/** The secret this request brought, if any. */
export function readSessionCookie<E extends WebEnv>(c: Context<E>): string | undefined {
  return getCookie(c, cookieOf(c).name);
}

/** Hands the session to the browser, for as long as it lasts. */
export function setSessionCookie<E extends WebEnv>(c: Context<E>, session: Session): void {
  const { name, options } = cookieOf(c);
  setCookie(c, name, session.token, { ...options, expires: new Date(session.expiresAt) });
}

/** Takes the secret out of the browser. */
export function clearSessionCookie<E extends WebEnv>(c: Context<E>): void {
  const { name, options } = cookieOf(c);
  deleteCookie(c, name, options);
}

// Browsers take a `__Host-` cookie only over https, from this very host and for every path.
function cookieOf<E extends WebEnv>(c: Context<E>) {
  const secure = c.var.deps.settings.publicUrl.startsWith("https:");
  return {
    name: secure ? "__Host-session" : "session",
    options: { secure, httpOnly: true, sameSite: "Lax", path: "/" },
  } as const;
}
