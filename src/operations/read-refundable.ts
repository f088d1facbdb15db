/** Reads an order with everything that a refund of it depends on. */
import { toCredits } from "../domain/credits.ts";
import type { OrderId } from "../domain/ids.ts";
import type { RefundableOrder } from "../domain/refund-quote.ts";
import { type AccountRow, selectAccount } from "../store/accounts.ts";
import { type DisputeRow, selectDisputes, toDispute } from "../store/disputes.ts";
import { type OwnGrantRow, selectOwnGrant } from "../store/money-back.ts";
import { type OrderRow, selectOrder, toOrder } from "../store/orders.ts";
import { type RefundRow, selectRefunds, toRefund } from "../store/refunds.ts";
import { rowsOf } from "../store/rows.ts";
import type { AccountDeps } from "./account-deps.ts";
import type { PaidOrder } from "./record-money-back.ts";

/** The paid order and what its refund depends on; null where the account has no such order, or it is not paid. */
export async function readRefundable(
  deps: Pick<AccountDeps, "db" | "accountId" | "now">,
  orderId: OrderId,
): Promise<{ order: PaidOrder; refundable: RefundableOrder } | null> {
  const { db, accountId } = deps;
  const [orders, accounts, grants, refunds, disputes] = await db.batch([
    selectOrder(db, orderId),
    selectAccount(db, accountId),
    selectOwnGrant(db, orderId),
    selectRefunds(db, orderId),
    selectDisputes(db, orderId),
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
  // Credits past their day are not there to be given back, whether or not their expiry is posted yet.
  const hasExpired = grant.expires_at !== null && grant.expires_at <= deps.now();
  const lapsed = hasExpired ? Math.max(grant.remaining, 0) : 0;
  const refundable: RefundableOrder = {
    credits: order.credits,
    amountCents: order.amountCents,
    currency: order.currency,
    feeCents: order.fee?.feeCents ?? null,
    refunds: rowsOf<RefundRow>(refunds).map(toRefund),
    disputes: rowsOf<DisputeRow>(disputes).map(toDispute),
    remaining: toCredits(grant.remaining - lapsed),
    expired: toCredits(grant.expired + lapsed),
    balance: toCredits(account.balance),
  };
  return { order, refundable };
}
