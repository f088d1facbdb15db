/** Disputes and what they mean for the books: https://docs.stripe.com/disputes/how-disputes-work */
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents, Currency } from "./money.ts";

/** What Stripe says of a dispute. `status` is Stripe's word, and it may find new ones. */
export type DisputeFacts = {
  id: string;
  status: string;
  reason: string;
  amountCents: Cents;
  /** The currency of `amountCents`; the order's own but in rare cases. */
  currency: string;
  /** What Stripe has taken out of the seller's balance for it and not put back, without its fee. */
  withdrawnCents: Cents;
  evidenceDueAt: Instant | null;
  /** How often evidence has been submitted. */
  submissions: number;
  openedAt: Instant;
};

export type Dispute = Omit<DisputeFacts, "currency"> & {
  accountId: AccountId;
  orderId: OrderId;
  knownAt: Instant;
};

/**
 * Where a dispute stands: only asked about (`inquiry`), over without ever having been one (`closed`), `open`, `won`,
 * `lost`, or before the bank once more (`appeal`).
 */
export type DisputeStage = "inquiry" | "closed" | "open" | "won" | "lost" | "appeal";

const STAGES: Readonly<Record<string, DisputeStage>> = {
  warning_needs_response: "inquiry",
  warning_under_review: "inquiry",
  warning_closed: "closed",
  prevented: "closed",
  needs_response: "open",
  under_review: "open",
  won: "won",
  lost: "lost",
  appeal_needs_response: "appeal",
  appeal_under_review: "appeal",
};

/** Where the dispute stands; a status never heard of counts as open, for somebody must look. */
export function stageOf({ status }: Pick<Dispute, "status">): DisputeStage {
  return STAGES[status] ?? (status.startsWith("warning_") ? "inquiry" : "open");
}

/**
 * Whether the disputed part of the order's credits is taken. An inquiry takes nothing. An appeal takes them exactly
 * while the money is out, for it may follow a dispute that was won as well as one that was lost; so does any status
 * never heard of.
 */
export function holdsCredits(dispute: Pick<Dispute, "status" | "withdrawnCents">): boolean {
  if (STAGES[dispute.status] === undefined || stageOf(dispute) === "appeal") {
    return dispute.withdrawnCents > 0;
  }
  return stageOf(dispute) === "open" || stageOf(dispute) === "lost";
}

/** What of an order is contested. In another currency than its own it cannot be set in proportion: then it is the whole order. */
export function contestedCents(
  order: { amountCents: Cents; currency: Currency },
  dispute: Pick<DisputeFacts, "amountCents" | "currency">,
): Cents {
  return dispute.currency === order.currency ? dispute.amountCents : order.amountCents;
}

/** Whether the bank has not spoken its last word: while one is, the account may be on hold. */
export function isContested(dispute: Pick<Dispute, "status">): boolean {
  const stage = stageOf(dispute);
  return stage === "open" || stage === "appeal";
}

/** Whether Stripe takes evidence now. */
export function isAnswerable({ status }: Pick<Dispute, "status">): boolean {
  return status.endsWith("needs_response");
}

/** What an operator lets go on while a dispute of the account is open. */
export type DuringDispute = "stop_buying" | "stop_all" | "nothing";

/** What an account may not do at present. */
export type Hold = { buying: boolean; spending: boolean };

/** What is stopped while any of the account's `disputes` is open, by the operator's setting. */
export function holdOf(disputes: readonly Pick<Dispute, "status">[], setting: DuringDispute): Hold {
  const isOn = setting !== "nothing" && disputes.some(isContested);
  return { buying: isOn, spending: isOn && setting === "stop_all" };
}
