/** The cards table: cards that were verified, which of them the customer keeps, and which are due to be detached. */
import type { BillingDetails, Card, CardFacts, CheckResult } from "../domain/card.ts";
import type { AccountId, CardId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

export type CardRow = {
  id: CardId;
  account_id: AccountId;
  payment_method_id: string;
  brand: string;
  last4: string;
  exp_month: number;
  exp_year: number;
  check_line1: CheckResult;
  check_postal_code: CheckResult;
  check_cvc: CheckResult;
  billing: string;
  saved: 0 | 1;
};

const CARD_COLUMNS = `id, account_id, payment_method_id, brand, last4, exp_month, exp_year,
  check_line1, check_postal_code, check_cvc, billing, saved`;

/** The account's saved cards, most recently used first. */
export async function listSavedCards(db: D1Database, accountId: AccountId): Promise<Card[]> {
  const { results } = await db
    .prepare(
      `SELECT ${CARD_COLUMNS}
       FROM cards
       WHERE account_id = ?1 AND saved = 1
       ORDER BY last_used_at DESC`,
    )
    .bind(accountId)
    .all<CardRow>();
  return results.map(toCard);
}

/** The query for one saved card of the account, for use in a batch. */
export function selectSavedCard(db: D1Database, accountId: AccountId, cardId: CardId): D1PreparedStatement {
  return db
    .prepare(`SELECT ${CARD_COLUMNS} FROM cards WHERE id = ?1 AND account_id = ?2 AND saved = 1`)
    .bind(cardId, accountId);
}

/** Records a card. A card that is already known stays unchanged. */
export function insertCard(
  db: D1Database,
  card: { id: CardId; accountId: AccountId; facts: CardFacts; createdAt: Instant },
): D1PreparedStatement {
  const { facts } = card;
  return db
    .prepare(
      `INSERT INTO cards (id, account_id, payment_method_id, brand, last4, exp_month, exp_year,
         check_line1, check_postal_code, check_cvc, billing, created_at, last_used_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
       ON CONFLICT DO NOTHING`,
    )
    .bind(
      card.id,
      card.accountId,
      facts.paymentMethodId,
      facts.brand,
      facts.last4,
      facts.expMonth,
      facts.expYear,
      facts.checks.line1,
      facts.checks.postalCode,
      facts.checks.cvc,
      JSON.stringify(facts.billing),
      card.createdAt,
    );
}

/**
 * Records that a paid order's card was used, and saves a new card if the customer asked for that. A card that is not
 * saved becomes due for detaching. Put this before the statement that makes the order paid: it saves a card only while
 * the order is `paying`, because an order that ended before it was paid has already given up its card.
 */
export function markCardUsed(
  db: D1Database,
  cardId: CardId,
  use: { orderId: OrderId; at: Instant; keep: boolean },
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE cards
       SET last_used_at = ?2,
           saved = MAX(saved, o.keeps),
           detach_is_due = CASE WHEN saved = 1 OR o.keeps = 1 THEN 0 ELSE 1 END
       FROM (SELECT (state = 'paying' AND ?3 = 1) AS keeps FROM orders WHERE id = ?4) AS o
       WHERE cards.id = ?1`,
    )
    .bind(cardId, use.at, use.keep ? 1 : 0, use.orderId);
}

/**
 * Marks a card for detaching at Stripe, because it failed a check or its order ended unpaid. It is never offered again.
 * Changes nothing unless the order is `refused`, `declined` or `abandoned`.
 */
export function markCardForDetaching(
  db: D1Database,
  orderId: OrderId,
  paymentMethodId: string,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE cards
       SET saved = 0, detach_is_due = 1
       WHERE payment_method_id = ?2
         AND EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND state IN ('refused', 'declined', 'abandoned'))`,
    )
    .bind(orderId, paymentMethodId);
}

/**
 * Marks a card for detaching at Stripe, because the charge that paid for the order came back with a failed check. It is
 * never offered again. Must run after the statement that sets the order to `paid`; changes nothing unless it was paid by
 * this payment.
 */
export function markChargedCardForDetaching(
  db: D1Database,
  charge: { orderId: OrderId; paymentIntentId: string; paymentMethodId: string },
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE cards
       SET saved = 0, detach_is_due = 1
       WHERE payment_method_id = ?3
         AND EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND state = 'paid' AND payment_intent_id = ?2)`,
    )
    .bind(charge.orderId, charge.paymentIntentId, charge.paymentMethodId);
}

/** The account's payment methods that Stripe has yet to detach. */
export async function listCardsToDetach(db: D1Database, accountId: AccountId): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT payment_method_id FROM cards WHERE account_id = ?1 AND detach_is_due = 1")
    .bind(accountId)
    .all<{ payment_method_id: string }>();
  return results.map((row) => row.payment_method_id);
}

/** Records that Stripe has detached the card. */
export async function markCardDetached(db: D1Database, paymentMethodId: string): Promise<void> {
  await db
    .prepare("UPDATE cards SET detach_is_due = 0 WHERE payment_method_id = ?1")
    .bind(paymentMethodId)
    .run();
}

/** Maps a row to a card. */
export function toCard(row: CardRow): Card {
  const billing: BillingDetails = JSON.parse(row.billing);
  return {
    id: row.id,
    accountId: row.account_id,
    paymentMethodId: row.payment_method_id,
    brand: row.brand,
    last4: row.last4,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    checks: { line1: row.check_line1, postalCode: row.check_postal_code, cvc: row.check_cvc },
    billing,
    saved: row.saved === 1,
  };
}
