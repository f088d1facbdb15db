/** Deletes links and sessions that nobody can use any more: they identify people who may never come back. */
import { DAY, type Instant } from "../domain/instant.ts";
import { deleteExpiredSessions } from "../store/sessions.ts";
import { deleteExpiredTokens } from "../store/sign-in-tokens.ts";

/** For a day after it expires, a link can still say why it no longer works. */
const LINK_KEPT_FOR = DAY;

/** Deletes all expired sessions, and all links that expired more than a day ago. */
export async function forgetSignIns(db: D1Database, now: Instant): Promise<void> {
  await db.batch([deleteExpiredTokens(db, now - LINK_KEPT_FOR), deleteExpiredSessions(db, now)]);
}
