/** What recovery still has to look at, in one account and in all. */
import type { AccountId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Order } from "../domain/order.ts";
import { MAILS_TRIED_FOR } from "./mails.ts";
import { type OrderRow, SELECT_ORDER, toOrder } from "./orders.ts";

/** The account's orders that recovery still has to look at: those without an end, and then paid ones without their fee. */
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
 * Accounts with something unfinished, in the order of their ids: an order that has been without an end since before
 * `placedBefore`, a card that Stripe is to forget, a contact that Stripe is to be told; a refund whose outcome is not
 * known since then, money that went back and is not posted, a mail about it that is not sent.
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
         -- D1 takes five of these in a row and no more, so the rest stand for themselves.
         SELECT account_id
         FROM (
           SELECT account_id FROM refunds WHERE state = 'requested' AND requested_at < ?1
           UNION
           SELECT account_id FROM money_back WHERE posted < known
           UNION
           SELECT account_id FROM fraud_warnings WHERE handled_at IS NULL AND known_at < ?1
           UNION
           SELECT account_id FROM mails WHERE sent_at IS NULL AND due_at BETWEEN ?1 - ?4 AND ?1
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
