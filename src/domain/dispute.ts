/** Disputes and what they mean for the books: https://docs.stripe.com/disputes/how-disputes-work */
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents, Currency } from "./money.ts";

/** A dispute as Stripe reports it. `status` is Stripe's own value, and Stripe may add new ones. */
export type DisputeFacts = {
  id: string;
  status: string;
  reason: string;
  amountCents: Cents;
  /** The currency of `amountCents`; rarely different from the order's. */
  currency: string;
  /** What Stripe has withdrawn from the seller's balance and not returned, excluding the dispute fee. */
  withdrawnCents: Cents;
  /** The currency of `withdrawnCents`, which is the one that Stripe settles in. */
  withdrawnCurrency: Currency;
  evidenceDueAt: Instant | null;
  /** How many times evidence has been submitted. */
  submissions: number;
  openedAt: Instant;
};

export type Dispute = Omit<DisputeFacts, "currency"> & {
  accountId: AccountId;
  orderId: OrderId;
  knownAt: Instant;
};

/**
 * Where a dispute stands: only a question from the bank (`inquiry`), over without becoming a dispute (`closed`),
 * `open`, `won`, `lost`, or before the bank again (`appeal`).
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

/** Where the dispute stands. An unknown status counts as `open`, or as `inquiry` if it starts with `warning_`. */
export function stageOf({ status }: Pick<Dispute, "status">): DisputeStage {
  return STAGES[status] ?? (status.startsWith("warning_") ? "inquiry" : "open");
}

/**
 * Whether the dispute takes its part of the order's credits. An inquiry takes none. An appeal can follow a win or a
 * loss, so it takes them only while the money is withdrawn. So does an unknown status.
 */
export function holdsCredits(dispute: Pick<Dispute, "status" | "withdrawnCents">): boolean {
  if (STAGES[dispute.status] === undefined || stageOf(dispute) === "appeal") {
    return dispute.withdrawnCents > 0;
  }
  return stageOf(dispute) === "open" || stageOf(dispute) === "lost";
}

/** How much of an order is contested. An amount in another currency cannot be put in proportion, so it counts as the whole order. */
export function contestedCents(
  order: { amountCents: Cents; currency: Currency },
  dispute: Pick<DisputeFacts, "amountCents" | "currency">,
): Cents {
  return dispute.currency === order.currency ? dispute.amountCents : order.amountCents;
}

/** Every known status in which the bank has nothing to decide, or has decided. Unknown `warning_` statuses are uncontested too. */
export const UNCONTESTED_STATUSES: readonly string[] = Object.keys(STAGES).filter(
  (status) => !isContested({ status }),
);

/** Whether the dispute is under way and undecided. While any is, the account may be on hold. An inquiry does not count. */
export function isContested(dispute: Pick<Dispute, "status">): boolean {
  const stage = stageOf(dispute);
  return stage === "open" || stage === "appeal";
}

/** The stages in which the bank may ask for evidence. */
export type AnswerableStage = Extract<DisputeStage, "inquiry" | "open" | "appeal">;

/** The stage in which Stripe accepts evidence now; null if it accepts none. */
export function answerableStageOf(dispute: Pick<Dispute, "status">): AnswerableStage | null {
  const stage = stageOf(dispute);
  const mayBeAnswered = stage === "inquiry" || stage === "open" || stage === "appeal";
  return mayBeAnswered && dispute.status.endsWith("needs_response") ? stage : null;
}

/** Whether Stripe accepts evidence now. */
export function isAnswerable(dispute: Pick<Dispute, "status">): boolean {
  return answerableStageOf(dispute) !== null;
}

/**
 * Where evidence stands that staff submitted in `stage`, after `round` earlier submissions. `taken`: the bank has it.
 * `waiting`: it still has to be submitted. `too_late`: the dispute has moved to another stage.
 */
export function evidenceStanding(
  dispute: Pick<Dispute, "status" | "submissions">,
  asked: { stage: AnswerableStage; round: number },
): "taken" | "waiting" | "too_late" {
  if (dispute.submissions > asked.round) {
    return "taken";
  }
  if (stageOf(dispute) !== asked.stage) {
    return "too_late";
  }
  return isAnswerable(dispute) ? "waiting" : "taken";
}

/** What the operator stops while a dispute of the account is open. */
export type DuringDispute = "stop_buying" | "stop_all" | "nothing";

/** What an account may not do now. */
export type Hold = { buying: boolean; spending: boolean };

/** What the operator's `setting` puts on hold, given the account's `disputes`. */
export function holdOf(disputes: readonly Pick<Dispute, "status">[], setting: DuringDispute): Hold {
  const isOn = setting !== "nothing" && disputes.some(isContested);
  return { buying: isOn, spending: isOn && setting === "stop_all" };
}
