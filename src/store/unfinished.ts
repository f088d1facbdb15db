/** What recovery still has to look at, in one account and across all accounts. */
import type { AccountId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Order } from "../domain/order.ts";
import { MAILS_TRIED_FOR } from "./mails.ts";
import { type OrderRow, SELECT_ORDER, toOrder } from "./orders.ts";

/** The account's orders to recover, at most 50: open ones, then those paid after `paidSince` whose fee is unknown. */
export async function listOrdersToRecover(
  db: D1Database,
  accountId: AccountId,
  paidSince: Instant,
): Promise<Order[]> {
  const { results } = await db
    .prepare(
      `${SELECT_ORDER}
       WHERE o.account_id = ?1
         AND (o.state IN ('placed', 'verifying', 'paying')
           OR (o.state = 'paid' AND o.fee_cents IS NULL AND o.paid_at > ?2))
       ORDER BY o.state = 'paid', o.placed_at
       LIMIT 50`,
    )
    .bind(accountId, paidSince)
    .all<OrderRow>();
  return results.map(toOrder);
}

/**
 * Accounts with something unfinished, ordered by id. If it dates from before `placedBefore`: an open order, a requested
 * refund, an unhandled fraud warning, unsubmitted evidence, an unsent mail. Whatever its age: a card to detach, a contact
 * Stripe has not been told, money back that is not posted.
 */
export async function listUnfinishedAccounts(
  db: D1Database,
  page: { placedBefore: Instant; after: string; limit: number },
): Promise<AccountId[]> {
  const { results } = await db
    .prepare(
      `SELECT account_id
       FROM (
         SELECT account_id FROM orders WHERE state IN ('placed', 'verifying', 'paying') AND placed_at < ?1
         UNION
         SELECT account_id FROM cards WHERE detach_is_due = 1
         UNION
         SELECT id FROM accounts WHERE customer_is_stale = 1
         UNION
         -- D1 allows at most five SELECTs in one UNION, so the others are nested.
         SELECT account_id
         FROM (
           SELECT account_id FROM refunds WHERE state = 'requested' AND requested_at < ?1
           UNION
           SELECT account_id FROM money_back WHERE posted < known
           UNION
           SELECT account_id FROM fraud_warnings WHERE handled_at IS NULL AND known_at < ?1
           UNION
           SELECT account_id FROM mails WHERE sent_at IS NULL AND due_at BETWEEN ?1 - ?4 AND ?1
           UNION
           SELECT d.account_id
           FROM dispute_evidence AS e
           JOIN disputes AS d ON d.id = e.dispute_id
           WHERE e.submitted_at IS NULL AND e.refused_at IS NULL AND e.asked_at < ?1
         )
       )
       WHERE account_id > ?2
       ORDER BY account_id
       LIMIT ?3`,
    )
    .bind(page.placedBefore, page.after, page.limit, MAILS_TRIED_FOR)
    .all<{ account_id: AccountId }>();
  return results.map((row) => row.account_id);
}
