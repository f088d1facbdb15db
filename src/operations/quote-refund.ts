/** Quotes a refund: what it would do, before it is made. */
import type { Failure } from "../domain/failure.ts";
import type { OrderId } from "../domain/ids.ts";
import type { Cents } from "../domain/money.ts";
import { quoteRefund, type RefundQuote } from "../domain/refund-quote.ts";
import type { AccountDeps } from "./account-deps.ts";
import { readRefundable } from "./read-refundable.ts";

/** The quote for refunding `amountCents` of an order, or all that is left of it if null. */
export async function quoteRefundOfOrder(
  deps: AccountDeps,
  orderId: OrderId,
  amountCents: Cents | null,
): Promise<{ ok: true; quote: RefundQuote } | { ok: false; failure: Failure }> {
  const read = await readRefundable(deps, orderId);
  return read === null
    ? { ok: false, failure: { kind: "order_not_found" } }
    : quoteRefund(read.refundable, amountCents);
}
