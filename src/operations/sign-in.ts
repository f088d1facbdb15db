/** Turns an e-mailed link into a session, once, and opens an account if the address is new. */
import type { Deps } from "../deps.ts";
import { DAY, type Instant } from "../domain/instant.ts";
import { insertAccount } from "../store/accounts.ts";
import { insertSession } from "../store/sessions.ts";
import { readToken, useUpToken } from "../store/sign-in-tokens.ts";
import { hashOf, newSecretToken } from "./secret-token.ts";

const SESSION_LIFETIME = 30 * DAY;

/** A session as it is given to its browser; only a hash of `token` is stored. */
export type Session = { token: string; expiresAt: Instant };

/** A new session, and the path its link leads on to, if any. */
export type SignedIn = Session & { next: string | null };

/** Uses up `signInToken` and opens a session; null if the token is unknown, used or too old. */
export async function signIn(deps: Deps, signInToken: string): Promise<SignedIn | null> {
  const now = deps.now();
  const signInTokenHash = await hashOf(signInToken);
  const read = await readToken(deps.db, signInTokenHash, now);
  if (read.state !== "usable") {
    return null;
  }
  const { email, next } = read;
  const token = newSecretToken();
  const tokenHash = await hashOf(token);
  const expiresAt = now + SESSION_LIFETIME;
  // One batch, decided by its last statement: of two requests with the same token, only one finds it unused.
  const results = await deps.db.batch([
    insertAccount(deps.db, { id: deps.newId("acc"), email, createdAt: now }),
    insertSession(deps.db, { tokenHash, email, signInTokenHash, createdAt: now, expiresAt }),
    useUpToken(deps.db, signInTokenHash, now),
  ]);
  return results.at(-1)?.results.length === 1 ? { token, expiresAt, next } : null;
}
