/** JSON responses for staff. Times are ISO 8601 in UTC; money is in the currency's minor unit. */
import type { Dispute } from "../../domain/dispute.ts";
import { isAnswerable, stageOf } from "../../domain/dispute.ts";
import type { FraudWarning } from "../../domain/fraud-warning.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Refund } from "../../domain/refund.ts";
import { creditsOwed, type RefundQuote } from "../../domain/refund-quote.ts";
import type { CronRun } from "../../store/cron-runs.ts";
import type { KnownOrder } from "../../store/known-orders.ts";
import type { OrderEntry } from "../../store/order-history.ts";
import type { FoundDifference } from "../../store/reconciliation-differences.ts";
import type { Reconciliation } from "../../store/reconciliations.ts";
import { toOrderJson } from "../order-json.ts";

export function toStaffOrderJson({ order, email }: KnownOrder) {
  return {
    ...toOrderJson(order),
    account: { id: order.accountId, email },
    setup_intent_id: order.setupIntentId,
    payment_intent_id: order.paymentIntentId,
    fee_cents: order.state === "paid" ? (order.fee?.feeCents ?? null) : null,
    fee_currency: order.state === "paid" ? (order.fee?.currency ?? null) : null,
  };
}

export function toStaffRefundJson(refund: Refund) {
  return {
    id: refund.id,
    order_id: refund.orderId,
    state: refund.state,
    amount_cents: refund.amountCents,
    reason: refund.reason,
    actor: refund.actor,
    note: refund.note,
    failure: refund.failure,
    stripe_refund_id: refund.stripeRefundId,
    requested_at: iso(refund.requestedAt),
  };
}

/** `decidedAt` is null until the dispute is decided, and if Stripe's event about the decision never arrived. */
export function toDisputeJson(dispute: Dispute, decidedAt: Instant | null = null) {
  return {
    id: dispute.id,
    order_id: dispute.orderId,
    status: dispute.status,
    stage: stageOf(dispute),
    reason: dispute.reason,
    amount_cents: dispute.amountCents,
    withdrawn_cents: dispute.withdrawnCents,
    withdrawn_currency: dispute.withdrawnCurrency,
    needs_evidence: isAnswerable(dispute),
    evidence_due_at: isoOrNull(dispute.evidenceDueAt),
    submissions: dispute.submissions,
    opened_at: iso(dispute.openedAt),
    decided_at: isoOrNull(decidedAt),
  };
}

export function toWarningJson(warning: FraudWarning) {
  return {
    id: warning.id,
    order_id: warning.orderId,
    fraud_type: warning.fraudType,
    is_actionable: warning.isActionable,
    warned_at: iso(warning.warnedAt),
  };
}

export function toReconciliationJson(reconciliation: Reconciliation) {
  return {
    id: reconciliation.id,
    stage: reconciliation.stage,
    failures: reconciliation.failures,
    skipped_stages: reconciliation.skipped,
    from: iso(reconciliation.fromAt),
    until: iso(reconciliation.untilAt),
    payments: reconciliation.payments,
    settled: reconciliation.settled,
    accounts: reconciliation.accounts,
    differences: reconciliation.differences,
    started_at: iso(reconciliation.startedAt),
    finished_at: isoOrNull(reconciliation.finishedAt),
  };
}

export function toDifferenceJson(difference: FoundDifference) {
  const { closing, version } = difference;
  return {
    kind: difference.kind,
    subject: difference.subject,
    account_id: difference.accountId,
    order_id: difference.orderId,
    ours: difference.ours,
    theirs: difference.theirs,
    version,
    occurred_at: iso(difference.occurredAt),
    found_at: iso(difference.foundAt),
    last_found_at: iso(difference.lastFoundAt),
    resolved_at: isoOrNull(difference.resolvedAt),
    /** The last closing; the difference is open again if it was of an earlier version. */
    closing: closing && {
      version: closing.version,
      closed_at: iso(closing.closedAt),
      closed_by: closing.closedBy,
      note: closing.note,
    },
  };
}

export function toCronRunJson(run: CronRun) {
  return {
    started_at: iso(run.startedAt),
    finished_at: isoOrNull(run.finishedAt),
    accounts_looked_at: run.accountsLookedAt,
    accounts_failed: run.accountsFailed,
    orders_looked_at: run.ordersLookedAt,
    orders_settled: run.ordersSettled,
    orders_waiting: run.ordersWaiting,
    orders_failed: run.ordersFailed,
    is_complete: run.finishedAt !== null && run.stoppedAfter === null,
  };
}

export function toEntryJson(entry: OrderEntry) {
  return {
    id: entry.id,
    seq: entry.seq,
    kind: entry.kind,
    credits: entry.credits,
    balance_after: entry.balanceAfter,
    source_id: entry.sourceId,
    actor: entry.actor,
    note: entry.note,
    created_at: iso(entry.createdAt),
  };
}

export function toQuoteJson(quote: RefundQuote) {
  return {
    amount_cents: quote.amountCents,
    left_cents: quote.leftCents,
    currency: quote.currency,
    credits_brought: quote.creditsBrought,
    credits_taken_before: quote.creditsTakenBefore,
    credits_expired: quote.creditsExpired,
    credits_used: quote.creditsUsed,
    credits_left: quote.creditsLeft,
    credits_to_take: quote.creditsToTake,
    balance_after: quote.balanceAfter,
    credits_owed: creditsOwed(quote),
    fee_kept_cents: quote.feeKeptCents,
  };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}

/** A time in ISO 8601, or null. */
export function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : iso(at);
}
