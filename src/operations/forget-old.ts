/** Deletes what nobody needs any more: expired links and sessions, and Stripe's events about what others sell. */
import { DAY, type Instant } from "../domain/instant.ts";
import { deleteExpiredSessions } from "../store/sessions.ts";
import { deleteExpiredTokens } from "../store/sign-in-tokens.ts";
import { deleteEventsOfOthers } from "../store/stripe-events.ts";

/** For a day after it expires, a link can still say why it no longer works. */
const LINK_KEPT_FOR = DAY;
/** Stripe delivers an event for three days; for this long the operator can still see that it came. */
const EVENT_OF_OTHERS_KEPT_FOR = 30 * DAY;

/** Deletes all expired sessions, all links that expired more than a day ago, and old events that are not ours. */
export async function forgetOld(db: D1Database, now: Instant): Promise<void> {
  await db.batch([
    deleteExpiredTokens(db, now - LINK_KEPT_FOR),
    deleteExpiredSessions(db, now),
    deleteEventsOfOthers(db, now - EVENT_OF_OTHERS_KEPT_FOR),
  ]);
}
