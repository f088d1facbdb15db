/** The money_back table and the reads that posting needs: what is known from Stripe, and how far the ledger follows. */
import { toCredits } from "../domain/credits.ts";
import type { AccountId, GrantId, OrderId } from "../domain/ids.ts";
import { type MoneyBack, type Posted, sourceIdOf } from "../domain/money-back.ts";
import type { Holding } from "../domain/post-money-back.ts";
import { type DisputeRow, selectDisputesOfOrders, toDispute } from "./disputes.ts";
import { type RefundRow, selectRefundsOfOrders, toRefund } from "./refunds.ts";
import { rowsOf } from "./rows.ts";

/** Numbers the next request to Stripe about an order's money back. The higher number has the newer answer. */
export async function nextAsking(db: D1Database, accountId: AccountId, orderId: OrderId): Promise<number> {
  const row = await db
    .prepare(
      `INSERT INTO money_back (order_id, account_id, asked)
       VALUES (?1, ?2, 1)
       ON CONFLICT (order_id) DO UPDATE SET asked = asked + 1
       RETURNING asked`,
    )
    .bind(orderId, accountId)
    .first<{ asked: number }>();
  if (row === null) {
    throw new Error("Asking what went back of an order could not be numbered");
  }
  return row.asked;
}

/** Counts one write of refunds or disputes, which the ledger then has to follow. */
export function countKnown(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db.prepare("UPDATE money_back SET known = known + 1 WHERE order_id = ?1").bind(orderId);
}

/** The query for how many writes of refunds or disputes an order has had. */
export function selectKnown(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db.prepare("SELECT known FROM money_back WHERE order_id = ?1").bind(orderId);
}

/** Records that the ledger follows the first `known` writes. The database refuses this if there are more by now. */
export function markPosted(db: D1Database, orderId: OrderId, known: number): D1PreparedStatement {
  return db.prepare("UPDATE money_back SET posted = ?2 WHERE order_id = ?1").bind(orderId, known);
}

/** The account's orders whose ledger lags behind what is known, because a commit was interrupted. */
export async function listOrdersToPost(db: D1Database, accountId: AccountId): Promise<OrderId[]> {
  const { results } = await db
    .prepare("SELECT order_id FROM money_back WHERE account_id = ?1 AND posted < known")
    .bind(accountId)
    .all<{ order_id: OrderId }>();
  return results.map((row) => row.order_id);
}

export type HoldingRow = {
  id: GrantId;
  order_id: OrderId | null;
  remaining: number;
  created_at: number;
  expires_at: number | null;
};

/** The query for the grants that matter when an order's money goes back: all that are not at zero, and its own. */
export function selectHoldings(db: D1Database, accountId: AccountId, orderId: OrderId): D1PreparedStatement {
  return db
    .prepare(
      `SELECT id, order_id, remaining, created_at, expires_at FROM grants WHERE account_id = ?1 AND remaining <> 0
       UNION ALL
       SELECT id, order_id, remaining, created_at, expires_at FROM grants WHERE order_id = ?2 AND remaining = 0`,
    )
    .bind(accountId, orderId);
}

/** Maps a row to a grant that may hold credits or owe them. */
export function toHolding(row: HoldingRow): Holding {
  return {
    grantId: row.id,
    remaining: toCredits(row.remaining),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

export type PostedRow = { source_id: string; credits: number };

/** The query for the entries by which an order's refunds and disputes took credits or gave them back. */
export function selectPosted(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db
    .prepare(
      `SELECT source_id, credits
       FROM ledger_entries
       WHERE order_id = ?1 AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')`,
    )
    .bind(orderId);
}

/** Groups those entries by source: the net credits each took, and how many entries it has in each direction. */
export function toPosted(rows: readonly PostedRow[]): Map<string, Posted> {
  const posted = new Map<string, Posted>();
  for (const row of rows) {
    const id = sourceIdOf(row.source_id);
    const before = posted.get(id) ?? { credits: toCredits(0), takings: 0, returns: 0 };
    posted.set(id, {
      credits: toCredits(before.credits - row.credits),
      takings: before.takings + (row.credits < 0 ? 1 : 0),
      returns: before.returns + (row.credits > 0 ? 1 : 0),
    });
  }
  return posted;
}

/** The query for what remains of an order's grant, and how much of it expired unused. */
export function selectOwnGrant(db: D1Database, orderId: OrderId): D1PreparedStatement {
  return db
    .prepare(
      `SELECT remaining, expires_at,
              (SELECT COALESCE(-SUM(credits), 0) FROM ledger_entries WHERE kind = 'expiry' AND grant_id = g.id) AS expired
       FROM grants AS g
       WHERE order_id = ?1`,
    )
    .bind(orderId);
}

export type OwnGrantRow = { remaining: number; expires_at: number | null; expired: number };

/** The refunds and disputes of several orders. An order with neither is absent from the map. */
export async function listMoneyBack(
  db: D1Database,
  orderIds: readonly OrderId[],
): Promise<Map<OrderId, MoneyBack>> {
  const found = new Map<OrderId, MoneyBack>();
  if (orderIds.length === 0) {
    return found;
  }
  const [refunds, disputes] = await db.batch([
    selectRefundsOfOrders(db, orderIds),
    selectDisputesOfOrders(db, orderIds),
  ]);
  const of = (orderId: OrderId): MoneyBack => found.get(orderId) ?? { refunds: [], disputes: [] };
  for (const refund of rowsOf<RefundRow>(refunds).map(toRefund)) {
    const before = of(refund.orderId);
    found.set(refund.orderId, { ...before, refunds: [...before.refunds, refund] });
  }
  for (const dispute of rowsOf<DisputeRow>(disputes).map(toDispute)) {
    const before = of(dispute.orderId);
    found.set(dispute.orderId, { ...before, disputes: [...before.disputes, dispute] });
  }
  return found;
}
