/** How often an account has tried to buy, for the limits that stop whoever tries stolen cards. */
import type { AccountId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** How many orders of a kind an account may place within what time. */
export type AttemptLimit = { count: number; within: number };

/** Where an account has reached a limit: when the newest so many orders of that kind began; null where it has not. */
export type AttemptsRow = { unpaid_began_at: number | null; new_cards_began_at: number | null };

/**
 * The question whether the account has reached its limits of orders that have not been paid, and of orders by a new
 * card whatever came of them. Open ones count as unpaid: whoever tries stolen cards would place many at once.
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
