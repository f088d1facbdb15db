/** What the Account object answers about a refund or dispute: plain data, so that it crosses to the Worker intact. */
import type { Evidence } from "../domain/evidence.ts";
import type { Failure } from "../domain/failure.ts";
import type { Refund } from "../domain/refund.ts";
import type { RefundQuote } from "../domain/refund-quote.ts";
import type { RefundMade } from "../operations/refund-order.ts";

export type EvidenceAnswer = { ok: true; evidence: Evidence } | { ok: false; failure: Failure };

export type QuoteAnswer = { ok: true; quote: RefundQuote } | { ok: false; failure: Failure };

/** The refund as it stands, `requested` while Stripe's answer is not known; or the failure, with the refund if any. */
export type RefundAnswer =
  | { ok: true; refund: Refund }
  | { ok: false; failure: Failure; refund: Refund | null };

/** Maps the result of a refund to an answer. */
export function toRefundAnswer(made: RefundMade): RefundAnswer {
  if (!made.ok) {
    return { ...made, refund: null };
  }
  return made.refund.state === "refused"
    ? { ok: false, failure: { kind: "refund_refused" }, refund: made.refund }
    : made;
}
