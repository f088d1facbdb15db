/** Checks the books against known refunds and disputes: each order must lose the credits its money back stands for. */
import type { Credits } from "../domain/credits.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { creditsFor, goneBack, toSources } from "../domain/money-back.ts";
import type { Cents } from "../domain/money.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { type DisputeRow, selectDisputesOfOrders, toDispute } from "./disputes.ts";
import { type RefundRow, selectRefundsOfOrders, toRefund } from "./refunds.ts";
import { rowsOf } from "./rows.ts";

type Row = { id: OrderId; account_id: AccountId; credits: Credits; amount_cents: Cents; taken: number };

/** Orders of the accounts after `after` up to `last` whose entries took more or fewer credits than they should have. */
export async function findWronglyTaken(
  db: D1Database,
  page: { after: string; last: string; at: Instant },
): Promise<Difference[]> {
  const { results: concerned } = await db
    .prepare("SELECT order_id FROM money_back WHERE account_id > ?1 AND account_id <= ?2")
    .bind(page.after, page.last)
    .all<{ order_id: OrderId }>();
  const ids = concerned.map((row) => row.order_id);
  if (ids.length === 0) {
    return [];
  }
  // One batch, because a refund may be posted between two queries. Orders whose ledger lags behind are left out.
  const [orders, refundRows, disputeRows] = await db.batch([
    db
      .prepare(
        `SELECT o.id, o.account_id, o.credits, o.amount_cents,
                (SELECT COALESCE(-SUM(e.credits), 0)
                 FROM ledger_entries AS e
                 WHERE e.order_id = o.id
                   AND e.kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')) AS taken
         FROM orders AS o
         JOIN money_back AS m ON m.order_id = o.id
         WHERE o.id IN (SELECT value FROM json_each(?1)) AND m.posted = m.known`,
      )
      .bind(JSON.stringify(ids)),
    selectRefundsOfOrders(db, ids),
    selectDisputesOfOrders(db, ids),
  ]);
  const refunds = Map.groupBy(rowsOf<RefundRow>(refundRows).map(toRefund), ({ orderId }) => orderId);
  const disputes = Map.groupBy(rowsOf<DisputeRow>(disputeRows).map(toDispute), ({ orderId }) => orderId);
  return rowsOf<Row>(orders).flatMap((row) => {
    const sold = { credits: row.credits, amountCents: row.amount_cents };
    const sources = toSources(refunds.get(row.id) ?? [], disputes.get(row.id) ?? []);
    const due = creditsFor(sold, goneBack(sold, sources));
    return due === row.taken ? [] : [toDifference(row, due, page.at)];
  });
}

function toDifference(row: Row, due: Credits, at: Instant): Difference {
  return {
    kind: "credits_taken_differ_from_money_back",
    subject: row.id,
    accountId: row.account_id,
    orderId: row.id,
    ours: { credits_taken: row.taken, credits_by_money_back: due },
    theirs: null,
    occurredAt: at,
  };
}
