/** Reads an order with everything its refund depends on. */
import { type Credits, toCredits } from "../domain/credits.ts";
import type { OrderId } from "../domain/ids.ts";
import { creditsNotYetTaken, type RefundableOrder } from "../domain/refund-quote.ts";
import { type AccountRow, selectAccount } from "../store/accounts.ts";
import { type DisputeRow, selectDisputes, toDispute } from "../store/disputes.ts";
import { listKnownOrders } from "../store/known-orders.ts";
import { listMoneyBack, type OwnGrantRow, selectOwnGrant } from "../store/money-back.ts";
import { type OrderRow, selectOrder, toOrder } from "../store/orders.ts";
import { type RefundRow, selectOrdersBeingRefunded, selectRefunds, toRefund } from "../store/refunds.ts";
import { rowsOf } from "../store/rows.ts";
import type { AccountDeps } from "./account-deps.ts";
import type { PaidOrder } from "./record-money-back.ts";

/** The paid order and what its refund depends on; null if the account does not have the order, or it is not paid. */
export async function readRefundable(
  deps: Pick<AccountDeps, "db" | "accountId" | "now">,
  orderId: OrderId,
): Promise<{ order: PaidOrder; refundable: RefundableOrder } | null> {
  const { db, accountId } = deps;
  const [orders, accounts, grants, refunds, disputes, requested] = await db.batch([
    selectOrder(db, orderId),
    selectAccount(db, accountId),
    selectOwnGrant(db, orderId),
    selectRefunds(db, orderId),
    selectDisputes(db, orderId),
    selectOrdersBeingRefunded(db, accountId),
  ]);
  const orderRow = rowsOf<OrderRow>(orders)[0];
  const account = rowsOf<AccountRow>(accounts)[0];
  const grant = rowsOf<OwnGrantRow>(grants)[0];
  if (orderRow?.account_id !== accountId || account === undefined || grant === undefined) {
    return null;
  }
  const order = toOrder(orderRow);
  if (order.state !== "paid") {
    return null;
  }
  // Expired credits cannot be refunded, whether or not their expiry has been posted yet.
  const hasExpired = grant.expires_at !== null && grant.expires_at <= deps.now();
  const lapsed = hasExpired ? Math.max(grant.remaining, 0) : 0;
  const refundable: RefundableOrder = {
    credits: order.credits,
    amountCents: order.amountCents,
    currency: order.currency,
    feeCents: order.fee?.feeCents ?? null,
    feeCurrency: order.fee?.currency ?? order.currency,
    refunds: rowsOf<RefundRow>(refunds).map(toRefund),
    disputes: rowsOf<DisputeRow>(disputes).map(toDispute),
    remaining: toCredits(grant.remaining - lapsed),
    expired: toCredits(grant.expired + lapsed),
    balance: toCredits(account.balance),
    requestedElsewhere: await readRequestedCredits(
      db,
      rowsOf<{ order_id: OrderId }>(requested)
        .map((row) => row.order_id)
        .filter((id) => id !== orderId),
    ),
  };
  return { order, refundable };
}

/** The credits that requested refunds of these orders will take once Stripe has them. Mostly there are none to look at. */
async function readRequestedCredits(db: D1Database, orderIds: readonly OrderId[]): Promise<Credits> {
  const [orders, back] = await Promise.all([listKnownOrders(db, orderIds), listMoneyBack(db, orderIds)]);
  let credits = 0;
  for (const [id, { order }] of orders) {
    const { refunds, disputes } = back.get(id) ?? { refunds: [], disputes: [] };
    const { amountCents } = order;
    credits += creditsNotYetTaken({ credits: order.credits, amountCents, refunds, disputes });
  }
  return toCredits(credits);
}
