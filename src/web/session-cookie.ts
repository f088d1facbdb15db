/** The cookie that holds the session's secret. Over https its `__Host-` name binds it to this host and to https. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Session } from "../operations/sign-in.ts";
import type { WebEnv } from "./web-env.ts";

/** The session secret sent with this request, if any. */
export function readSessionCookie<E extends WebEnv>(c: Context<E>): string | undefined {
  return getCookie(c, cookieOf(c).name);
}

/** Sets the session cookie, to expire with the session. */
export function setSessionCookie<E extends WebEnv>(c: Context<E>, session: Session): void {
  const { name, options } = cookieOf(c);
  setCookie(c, name, session.token, { ...options, expires: new Date(session.expiresAt) });
}

/** Deletes the session cookie. */
export function clearSessionCookie<E extends WebEnv>(c: Context<E>): void {
  const { name, options } = cookieOf(c);
  deleteCookie(c, name, options);
}

// Browsers accept a `__Host-` cookie only if it is secure, has no domain and covers every path.
function cookieOf<E extends WebEnv>(c: Context<E>) {
  const secure = c.var.deps.settings.publicUrl.startsWith("https:");
  return {
    name: secure ? "__Host-session" : "session",
    options: { secure, httpOnly: true, sameSite: "Lax", path: "/" },
  } as const;
}
