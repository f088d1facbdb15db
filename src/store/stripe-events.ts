/** The stripe_events table: what Stripe told us and what came of it, for the operator to see. */
import type { OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { StripeEvent } from "../domain/stripe-event.ts";

/**
 * What came of an event. `settled`: its effect is in the books. `noted`: it holds nothing for the books. `not_ours`: it
 * is about something we did not start. `unfinished`: the work is not done, so Stripe must deliver it again.
 */
export type EventOutcome = "settled" | "noted" | "not_ours" | "unfinished";

/** Records a delivery of an event. A repeated delivery is counted, and its outcome replaces the earlier one. */
export function recordEvent(
  db: D1Database,
  event: StripeEvent,
  delivery: { orderId: OrderId | null; outcome: EventOutcome; at: Instant },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO stripe_events (id, type, object_id, order_id, outcome, created_at, first_seen_at, last_seen_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
       ON CONFLICT (id) DO UPDATE
       SET deliveries = deliveries + 1,
           order_id = COALESCE(order_id, excluded.order_id),
           outcome = excluded.outcome,
           last_seen_at = excluded.last_seen_at`,
    )
    .bind(
      event.id,
      event.type,
      event.objectId,
      delivery.orderId,
      delivery.outcome,
      event.createdAt,
      delivery.at,
    );
}

/** Deletes the events about nothing of ours that were last delivered before `before`. Those about our orders are kept. */
export function deleteEventsOfOthers(db: D1Database, before: Instant): D1PreparedStatement {
  return db
    .prepare(
      "DELETE FROM stripe_events WHERE outcome = 'not_ours' AND order_id IS NULL AND last_seen_at < ?1",
    )
    .bind(before);
}
