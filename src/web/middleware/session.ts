/** The guard before everything that belongs to one customer: whose session is it? */
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
 * Lets only the signed-in pass, and sets `account`. Others are sent to the sign-in page when they visit a page, from
 * where they come back to it, and told `sign_in_required` when they ask for anything else.
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

/** The page this request asks for, as far as one can come back to it. */
function wantedBy(c: Context): string | null {
  const { pathname, search } = new URL(c.req.url);
  return toNextPath(`${pathname}${search}`) ?? toNextPath(pathname);
}

/** The account whose session this request brings; null without one. One D1 query at most. */
export async function findSignedIn<E extends WebEnv>(c: Context<E>): Promise<Account | null> {
  const token = readSessionCookie(c);
  if (token === undefined) {
    return null;
  }
  const { db, now } = c.var.deps;
  return findAccountBySession(db, await hashOf(token), now());
}
