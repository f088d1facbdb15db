/** Forgets links and sessions that nobody can use any more: they name people who may never come back. */
import { DAY, type Instant } from "../domain/instant.ts";
import { deleteExpiredSessions } from "../store/sessions.ts";
import { deleteExpiredTokens } from "../store/sign-in-tokens.ts";

/** For a day, a link that opens nothing any more can still say why. */
const LINK_KEPT_FOR = DAY;

/** Forgets everybody's sessions that are over, and links that have been for a day. */
export async function forgetSignIns(db: D1Database, now: Instant): Promise<void> {
  await db.batch([deleteExpiredTokens(db, now - LINK_KEPT_FOR), deleteExpiredSessions(db, now)]);
}
