/** Sends a sign-in link to an e-mail address, whether or not it has an account. */
import type { Deps, SendMail } from "../deps.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import { deleteToken, insertToken } from "../store/sign-in-tokens.ts";
import { hashOf, newSecretToken } from "./secret-token.ts";

/** How long a link is valid. */
const LINK_LIFETIME = 15 * MINUTE;
const LIMIT = { count: 5, within: 15 * MINUTE };

/** Writes the e-mail around a link; the wording lives in the web folder. */
export type WriteMail = (link: string) => Promise<Omit<Parameters<SendMail>[0], "to">>;

export type SignInRequested =
  | { ok: true }
  | { ok: false; failure: { kind: "too_many_attempts"; retryAfterSeconds: number } }
  | { ok: false; failure: { kind: "mail_not_sent"; cause: unknown } };

/**
 * Sends one link to `email`, which must be a well-formed address; it leads on to `next`, a path on this site. Sends at
 * most five in 15 minutes to one address, so that nobody can flood a stranger's mailbox.
 */
export async function requestSignIn(
  deps: Deps,
  { email, next }: { email: string; next: string | null },
  writeMail: WriteMail,
): Promise<SignInRequested> {
  const now = deps.now();
  const token = newSecretToken();
  const hash = await hashOf(token);
  const inserted = await insertToken(
    deps.db,
    { hash, email, next, createdAt: now, expiresAt: now + LINK_LIFETIME },
    LIMIT,
  );
  if (!inserted.ok) {
    const retryAfterSeconds = Math.max(1, Math.ceil((inserted.allowedFrom - now) / SECOND));
    return { ok: false, failure: { kind: "too_many_attempts", retryAfterSeconds } };
  }
  try {
    await deps.sendMail({ to: email, ...(await writeMail(`${deps.settings.publicUrl}/sign-in/${token}`)) });
    return { ok: true };
  } catch (cause) {
    await deleteToken(deps.db, hash);
    return { ok: false, failure: { kind: "mail_not_sent", cause } };
  }
}
