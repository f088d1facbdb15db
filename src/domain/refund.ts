/** Refunds: money that goes back to the card, asked for here or made at Stripe, and which may still fail afterwards. */
import type { AccountId, OrderId, RefundId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents } from "./money.ts";

/**
 * `requested`: written here, Stripe's answer not known. `refused`: Stripe would not make it. The others are Stripe's
 * own; what it calls `requires_action` is `pending` here.
 */
export type RefundState = "requested" | "pending" | "succeeded" | "failed" | "canceled" | "refused";

/** Stripe's words for why a refund is made. */
export type RefundReason = "duplicate" | "fraudulent" | "requested_by_customer";

export type Refund = {
  id: RefundId;
  accountId: AccountId;
  orderId: OrderId;
  state: RefundState;
  amountCents: Cents;
  reason: string | null;
  /** Who asked for it; `stripe` where it was made there. */
  actor: string;
  note: string | null;
  stripeRefundId: string | null;
  failure: string | null;
  requestedAt: Instant;
  /** Numbers the keys Stripe is asked with. */
  attempt: number;
  /** When Stripe was first known to have it. */
  knownAt: Instant | null;
};

/** What Stripe says of a refund, in our words. `refundId` is ours, where it was asked for here. */
export type RefundFacts = {
  stripeRefundId: string;
  refundId: RefundId | null;
  state: Extract<RefundState, "pending" | "succeeded" | "failed" | "canceled">;
  amountCents: Cents;
  reason: string | null;
  failure: string | null;
};

/** A refund as it is asked for. */
export type RefundRequest = {
  refundId: RefundId;
  orderId: OrderId;
  amountCents: Cents;
  reason: RefundReason;
  actor: string;
  note: string | null;
};

/** Whether Stripe has the refund and its money is gone or going: then its credits are taken. */
export function takesCredits(refund: Pick<Refund, "state">): boolean {
  return refund.state === "pending" || refund.state === "succeeded";
}

/** Whether the refund's money is spoken for: it cannot be refunded a second time. */
export function isLive(refund: Pick<Refund, "state">): boolean {
  return refund.state === "requested" || takesCredits(refund);
}
