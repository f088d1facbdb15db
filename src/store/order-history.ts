/** What staff see beside an order or an account: its ledger entries, and Stripe's events about the order. */
import { type Credits, toCredits } from "../domain/credits.ts";
import type { AccountId, EntryId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { EventOutcome } from "./stripe-events.ts";

/** One ledger entry, as staff see it. */
export type OrderEntry = {
  id: EntryId;
  seq: number;
  kind: string;
  credits: Credits;
  balanceAfter: Credits;
  sourceId: string;
  actor: string;
  note: string | null;
  createdAt: Instant;
};

/** The entries of an order's grant, newest first, at most `limit`. */
export async function listEntriesOfOrder(
  db: D1Database,
  of: { accountId: AccountId; orderId: OrderId },
  limit: number,
): Promise<OrderEntry[]> {
  const { results } = await db
    .prepare(
      `SELECT ${ENTRY_COLUMNS}
       FROM ledger_entries
       WHERE account_id = ?1 AND grant_id = (SELECT id FROM grants WHERE order_id = ?2)
       ORDER BY seq DESC
       LIMIT ?3`,
    )
    .bind(of.accountId, of.orderId, limit)
    .all<EntryRow>();
  return results.map(toEntry);
}

/** The entries of an account, newest first, at most `limit`. */
export async function listEntriesOfAccount(
  db: D1Database,
  accountId: AccountId,
  limit: number,
): Promise<OrderEntry[]> {
  const { results } = await db
    .prepare(`SELECT ${ENTRY_COLUMNS} FROM ledger_entries WHERE account_id = ?1 ORDER BY seq DESC LIMIT ?2`)
    .bind(accountId, limit)
    .all<EntryRow>();
  return results.map(toEntry);
}

const ENTRY_COLUMNS = "id, seq, kind, credits, balance_after, source_id, actor, note, created_at";

type EntryRow = {
  id: EntryId;
  seq: number;
  kind: string;
  credits: number;
  balance_after: number;
  source_id: string;
  actor: string;
  note: string | null;
  created_at: number;
};

function toEntry(row: EntryRow): OrderEntry {
  return {
    id: row.id,
    seq: row.seq,
    kind: row.kind,
    credits: toCredits(row.credits),
    balanceAfter: toCredits(row.balance_after),
    sourceId: row.source_id,
    actor: row.actor,
    note: row.note,
    createdAt: row.created_at,
  };
}

/** One of Stripe's events about an order, as delivered. */
export type OrderEvent = {
  id: string;
  type: string;
  outcome: EventOutcome;
  deliveries: number;
  createdAt: Instant;
  lastSeenAt: Instant;
};

/** Stripe's events about an order, newest first, at most `limit`. */
export async function listEventsOfOrder(
  db: D1Database,
  orderId: OrderId,
  limit: number,
): Promise<OrderEvent[]> {
  const { results } = await db
    .prepare(
      `SELECT id, type, outcome, deliveries, created_at, last_seen_at
       FROM stripe_events
       WHERE order_id = ?1
       ORDER BY created_at DESC, id
       LIMIT ?2`,
    )
    .bind(orderId, limit)
    .all<EventRow>();
  return results.map((row) => ({
    id: row.id,
    type: row.type,
    outcome: row.outcome,
    deliveries: row.deliveries,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  }));
}

type EventRow = {
  id: string;
  type: string;
  outcome: EventOutcome;
  deliveries: number;
  created_at: number;
  last_seen_at: number;
};
