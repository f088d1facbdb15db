/** The e-mails to customers about money that went back, and the facts each one is written from. */
import type { Credits } from "./credits.ts";
import { type Dispute, type DisputeStage, stageOf } from "./dispute.ts";
import type { Order } from "./order.ts";
import { type Refund, takesCredits } from "./refund.ts";

export type RefundMailKind = "refunded" | "refund_failed" | "refund_refused";
export type DisputeMailKind = "dispute_opened" | "dispute_appealed" | "dispute_won" | "dispute_lost";
export type MailKind = RefundMailKind | DisputeMailKind;

/** The facts of one e-mail; the web folder words it. `credits` is what the refund or dispute takes now, or has given back. */
export type MailFacts = { order: Order; balance: Credits; credits: Credits } & (
  | { kind: RefundMailKind; refund: Refund }
  | { kind: DisputeMailKind; dispute: Dispute }
);

/**
 * The e-mail for the refund's current state; null if there is nothing to tell. Only a customer who asked for a refund is
 * e-mailed when it is not made; staff see that on their page.
 */
export function mailAboutRefund(refund: Refund): RefundMailKind | null {
  if (takesCredits(refund)) {
    return "refunded";
  }
  if (refund.state === "failed" || refund.state === "canceled") {
    return "refund_failed";
  }
  return refund.state === "refused" && refund.actor === "customer" ? "refund_refused" : null;
}

const ABOUT_DISPUTE = {
  inquiry: null,
  closed: null,
  open: "dispute_opened",
  appeal: "dispute_appealed",
  won: "dispute_won",
  lost: "dispute_lost",
} as const satisfies Record<DisputeStage, DisputeMailKind | null>;

/** The mail that tells how the dispute now stands; null for an inquiry, of which customers are told nothing. */
export function mailAboutDispute(dispute: Dispute): DisputeMailKind | null {
  return ABOUT_DISPUTE[stageOf(dispute)];
}
