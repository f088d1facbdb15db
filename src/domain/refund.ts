/** Refunds: money that goes back to the card, requested here or made at Stripe. A refund may still fail afterwards. */
import type { AccountId, OrderId, RefundId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents } from "./money.ts";

/**
 * `requested`: written here, Stripe's answer not known. `refused`: not made, because Stripe would not or we no longer
 * ask for it. The others are Stripe's own; its `requires_action` is `pending` here.
 */
export type RefundState = "requested" | "pending" | "succeeded" | "failed" | "canceled" | "refused";

/** Our own codes for why a refund was not made, besides Stripe's: it never reached Stripe in time, or its credits were used first. */
export const NOT_REACHED = "not_reached";
export const CREDITS_USED = "credits_used";

/** Stripe's words for why a refund is made. */
export type RefundReason = "duplicate" | "fraudulent" | "requested_by_customer";

export type Refund = {
  id: RefundId;
  accountId: AccountId;
  orderId: OrderId;
  state: RefundState;
  amountCents: Cents;
  reason: string | null;
  /** Who requested it; `stripe` if it was made there. */
  actor: string;
  note: string | null;
  stripeRefundId: string | null;
  failure: string | null;
  requestedAt: Instant;
  /** Numbers the idempotency keys of its requests to Stripe. */
  attempt: number;
  /** When we first knew that Stripe has it. */
  knownAt: Instant | null;
};

/** A refund as Stripe reports it, in our words. `refundId` is our id if it was requested here. */
export type RefundFacts = {
  stripeRefundId: string;
  refundId: RefundId | null;
  state: Extract<RefundState, "pending" | "succeeded" | "failed" | "canceled">;
  amountCents: Cents;
  reason: string | null;
  failure: string | null;
  createdAt: Instant;
};

/** A request for a refund. */
export type RefundRequest = {
  refundId: RefundId;
  orderId: OrderId;
  amountCents: Cents;
  reason: RefundReason;
  actor: string;
  note: string | null;
};

/** Whether the refund takes its credits: Stripe has it, and its money has gone or is going back. */
export function takesCredits(refund: Pick<Refund, "state">): boolean {
  return refund.state === "pending" || refund.state === "succeeded";
}

/** Whether the refund has a claim on its money, which then cannot be refunded a second time. */
export function isLive(refund: Pick<Refund, "state">): boolean {
  return refund.state === "requested" || takesCredits(refund);
}
