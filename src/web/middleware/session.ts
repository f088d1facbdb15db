/** The guard on everything that belongs to one customer: only the signed-in account passes. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { hashOf } from "../../operations/secret-token.ts";
import type { Account } from "../../store/accounts.ts";
import { findAccountBySession } from "../../store/sessions.ts";
import { fail, wantsPage } from "../failure-response.ts";
import { signInPath, toNextPath } from "../next-path.ts";
import { readSessionCookie } from "../session-cookie.ts";
import type { SignedInEnv, WebEnv } from "../web-env.ts";

/**
 * Lets only signed-in customers pass, and sets `account`. Anyone else is redirected to sign in if they were visiting a
 * page, and returned to that page afterwards; any other request gets `sign_in_required`.
 */
export const requireSession = createMiddleware<SignedInEnv>(async (c, next) => {
  const account = await findSignedIn(c);
  if (account === null) {
    return c.req.method === "GET" && wantsPage(c)
      ? c.redirect(signInPath(wantedBy(c)), 303)
      : fail(c, { kind: "sign_in_required" });
  }
  c.set("account", account);
  await next();
  return undefined;
});

/** The page this request asks for, if it is one that signing in can return to. */
function wantedBy(c: Context): string | null {
  const { pathname, search } = new URL(c.req.url);
  return toNextPath(`${pathname}${search}`) ?? toNextPath(pathname);
}

/** The account whose session cookie this request carries; null without one. At most one D1 query. */
export async function findSignedIn<E extends WebEnv>(c: Context<E>): Promise<Account | null> {
  const token = readSessionCookie(c);
  if (token === undefined) {
    return null;
  }
  const { db, now } = c.var.deps;
  return findAccountBySession(db, await hashOf(token), now());
}
