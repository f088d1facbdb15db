/** Counts an account's recent attempts to buy, for the limits that stop people from testing stolen cards. */
import type { AccountId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** An account reaches the limit with `count` orders of one kind within `within` milliseconds. */
export type AttemptLimit = { count: number; within: number };

/** For each limit the account has reached: when the oldest of its newest `count` orders was placed. Otherwise null. */
export type AttemptsRow = { unpaid_began_at: number | null; new_cards_began_at: number | null };

/**
 * The query that checks an account against two limits: on unpaid orders, and on orders by a new card, whatever their
 * outcome. Open orders count as unpaid, because someone testing stolen cards would place many at once.
 */
export function selectAttempts(
  db: D1Database,
  accountId: AccountId,
  now: Instant,
  limits: { unpaid: AttemptLimit; newCards: AttemptLimit },
): D1PreparedStatement {
  const { unpaid, newCards } = limits;
  return db
    .prepare(
      `SELECT
         (SELECT placed_at FROM orders
          WHERE account_id = ?1 AND placed_at > ?2 AND state <> 'paid'
          ORDER BY placed_at DESC LIMIT 1 OFFSET ?3) AS unpaid_began_at,
         (SELECT placed_at FROM orders
          WHERE account_id = ?1 AND placed_at > ?4 AND confirmation_token IS NOT NULL
          ORDER BY placed_at DESC LIMIT 1 OFFSET ?5) AS new_cards_began_at`,
    )
    .bind(accountId, now - unpaid.within, unpaid.count - 1, now - newCards.within, newCards.count - 1);
}
