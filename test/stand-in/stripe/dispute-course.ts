/**
 * The course of a dispute (https://docs.stripe.com/disputes/how-disputes-work): opened or inquired about,
 * answered with evidence, decided; and the money that goes and comes with it.
 */
import type Stripe from "stripe";
import { recordBalanceTransaction } from "./balance-transactions.ts";
import { type EvidenceParams, mergeEvidence, noEvidence } from "./dispute-evidence.ts";
import { settleWarnings } from "./early-fraud-warnings.ts";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { plan } from "./jobs.ts";
import { find, idOf, load, save } from "./objects.ts";
import { mergeMetadata } from "./params.ts";
import { refuse } from "./refusals.ts";
import { type Sandbox, now } from "./sandbox.ts";

/** Stripe's fee for receiving a dispute in the United States; since 2025-06-17 it is never refunded. */
const disputeFee = 1500;

/** How long there is to answer, and how long the stand-in's bank takes to decide. */
const answerSeconds = 9 * 86_400;
const decisionSeconds = 3;

/** Stripe's statuses, except `prevented`, which never was a dispute. */
export type DisputeStatus =
  | "warning_needs_response"
  | "warning_under_review"
  | "warning_closed"
  | "needs_response"
  | "under_review"
  | "won"
  | "lost"
  | "appeal_needs_response"
  | "appeal_under_review";

const final = new Set<string>(["won", "lost", "warning_closed"]);
const answerable = new Set<string>(["needs_response", "warning_needs_response", "appeal_needs_response"]);

/** The cardholder disputes a payment, or part of it; an inquiry takes no money yet. */
export function openDispute(
  sandbox: Sandbox,
  charge: Stripe.Charge,
  given: { reason: string; inquiry: boolean; amount: number },
): Stripe.Dispute {
  const id = newId("du");
  const networkReason = given.reason === "fraudulent" ? "10.4" : "13.1";
  const opened = save(sandbox, "dispute", {
    id,
    object: "dispute",
    amount: given.amount,
    balance_transactions: [],
    charge: charge.id,
    created: now(sandbox),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {
      ...noEvidence,
      customer_email_address: charge.billing_details.email,
      customer_name: charge.billing_details.name,
    },
    evidence_details: {
      due_by: now(sandbox) + answerSeconds,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: given.inquiry,
    livemode: false,
    metadata: {},
    network_reason_code: networkReason,
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: charge.payment_method_details?.card?.brand ?? "visa",
        case_type: given.inquiry ? "inquiry" : "chargeback",
        network: charge.payment_method_details?.card?.network ?? "visa",
        network_reason_code: networkReason,
      },
      type: "card",
    },
    reason: given.reason,
    status: given.inquiry ? "warning_needs_response" : "needs_response",
  });
  save(sandbox, "charge", { ...charge, disputed: true });
  const taken = given.inquiry ? opened : withdraw(sandbox, opened);
  emit(sandbox, "charge.dispute.created", taken);
  if (!given.inquiry) {
    emit(sandbox, "charge.dispute.funds_withdrawn", taken);
  }
  plan(sandbox, "lapse_dispute", id, answerSeconds);
  settleWarnings(sandbox, charge.id);
  return taken;
}

function withdraw(sandbox: Sandbox, dispute: Stripe.Dispute): Stripe.Dispute {
  return moveFunds(sandbox, dispute, -dispute.amount, disputeFee, "Chargeback withdrawal", "dispute");
}

function moveFunds(
  sandbox: Sandbox,
  dispute: Stripe.Dispute,
  amount: number,
  fee: number,
  what: string,
  reportingCategory: string,
): Stripe.Dispute {
  const transaction = recordBalanceTransaction(sandbox, {
    amount,
    fee,
    currency: dispute.currency,
    type: "adjustment",
    reportingCategory,
    source: dispute.id,
    description: `${what} for ${idOf(dispute.charge) ?? ""}`,
    availableAtOnce: true,
  });
  return save(sandbox, "dispute", {
    ...dispute,
    balance_transactions: [...dispute.balance_transactions, transaction],
  });
}

/**
 * Moves a dispute to a status, whatever it was, and the money with it: out when an inquiry or an appeal turns against
 * us, back when it is won. The event `closed` is sent when it is final.
 */
export function moveDispute(sandbox: Sandbox, id: string, status: DisputeStatus): Stripe.Dispute {
  const before = load(sandbox, "dispute", id);
  const isInquiry = status.startsWith("warning_");
  const moved = save(sandbox, "dispute", {
    ...before,
    is_charge_refundable: isInquiry && status !== "warning_closed",
    status,
  });
  const isOut = netOf(moved) < 0;
  const shouldBeOut = !isInquiry && status !== "won" && !status.startsWith("appeal_");
  if (shouldBeOut && !isOut) {
    emit(sandbox, "charge.dispute.funds_withdrawn", withdraw(sandbox, moved));
  }
  if (status === "won" && isOut) {
    const back = moveFunds(sandbox, moved, moved.amount, 0, "Chargeback reversal", "dispute_reversal");
    emit(sandbox, "charge.dispute.funds_reinstated", back);
  }
  const after = load(sandbox, "dispute", id);
  emit(sandbox, final.has(status) ? "charge.dispute.closed" : "charge.dispute.updated", after, before);
  return after;
}

function netOf(dispute: Stripe.Dispute): number {
  return dispute.balance_transactions.reduce((sum, { amount }) => sum + amount, 0);
}

/** Keeps evidence and, by default, submits it, after which the bank decides. */
export function submitEvidence(
  sandbox: Sandbox,
  dispute: Stripe.Dispute,
  params: {
    evidence?: EvidenceParams | undefined;
    metadata?: Record<string, string> | null | undefined;
    submit?: boolean | undefined;
  },
): Stripe.Dispute {
  const described = save(sandbox, "dispute", {
    ...dispute,
    metadata: mergeMetadata(dispute.metadata, params.metadata),
  });
  if (params.evidence === undefined) {
    return described;
  }
  if (!answerable.has(dispute.status) || dispute.evidence_details.past_due) {
    return refuseAnswer(dispute);
  }
  refuseOtherStage(dispute, params.evidence);
  const submits = params.submit !== false;
  const details = described.evidence_details;
  const answered = save(sandbox, "dispute", {
    ...described,
    evidence: mergeEvidence(described.evidence, params.evidence),
    evidence_details: {
      ...details,
      has_evidence: true,
      submission_count: details.submission_count + (submits ? 1 : 0),
      submission_method: submits ? "manual" : details.submission_method,
    },
    status: submits ? reviewOf(dispute.status) : dispute.status,
  });
  emit(sandbox, "charge.dispute.updated", answered, dispute);
  if (submits) {
    plan(sandbox, "decide_dispute", dispute.id, decisionSeconds);
  }
  return answered;
}

/**
 * An appeal takes its own evidence and no other; before one, there is nothing to file it for.
 * https://docs.stripe.com/changelog/endive/2026-10-28/evidence-submission-appeal-dispute-decisions
 */
function refuseOtherStage(dispute: Stripe.Dispute, { appeal, ...others }: EvidenceParams): void {
  const isAppeal = dispute.status === "appeal_needs_response";
  const hasOthers = Object.values(others).some((piece) => piece !== undefined);
  if (isAppeal ? hasOthers : appeal !== undefined) {
    refuse(
      400,
      {
        type: "invalid_request_error",
        message: isAppeal
          ? "In the appeal stage only `evidence[appeal]` can be updated."
          : "`evidence[appeal]` can only be updated in the appeal stage.",
        param: "evidence",
      },
      true,
    );
  }
}

function reviewOf(status: string): DisputeStatus {
  if (status === "warning_needs_response") {
    return "warning_under_review";
  }
  return status === "appeal_needs_response" ? "appeal_under_review" : "under_review";
}

function refuseAnswer(dispute: Stripe.Dispute): never {
  return refuse(
    400,
    {
      type: "invalid_request_error",
      message: dispute.evidence_details.past_due
        ? "The evidence is past due and can no longer be submitted."
        : `This dispute is already ${dispute.status} and no longer takes evidence.`,
    },
    true,
  );
}

/**
 * The bank decides as the evidence's `uncategorized_text`, in an appeal its reason, says (https://docs.stripe.com/testing#evidence):
 * `winning_evidence` wins or closes an inquiry, `losing_evidence` loses. With anything else it stays undecided.
 */
export function decideDispute(sandbox: Sandbox, id: string): void {
  const dispute = find(sandbox, "dispute", id);
  if (dispute === null || !dispute.status.endsWith("under_review")) {
    return;
  }
  const words = dispute.evidence.appeal?.card?.reason_for_filing ?? dispute.evidence.uncategorized_text;
  const inquiry = dispute.status === "warning_under_review";
  if (words === "winning_evidence") {
    moveDispute(sandbox, id, inquiry ? "warning_closed" : "won");
  } else if (words === "losing_evidence") {
    moveDispute(sandbox, id, inquiry ? "needs_response" : "lost");
  }
}

/** If nobody answered in time, a dispute is lost and an inquiry is closed. */
export function lapseDispute(sandbox: Sandbox, id: string): void {
  const dispute = find(sandbox, "dispute", id);
  if (dispute === null || !answerable.has(dispute.status)) {
    return;
  }
  save(sandbox, "dispute", {
    ...dispute,
    evidence_details: { ...dispute.evidence_details, past_due: true },
  });
  moveDispute(sandbox, id, dispute.status === "warning_needs_response" ? "warning_closed" : "lost");
}

/** The dispute is accepted, and so lost irreversibly. */
export function closeDispute(sandbox: Sandbox, dispute: Stripe.Dispute): Stripe.Dispute {
  if (final.has(dispute.status)) {
    return refuse(400, { type: "invalid_request_error", message: "This dispute is already closed." }, true);
  }
  return moveDispute(sandbox, dispute.id, dispute.status.startsWith("warning_") ? "warning_closed" : "lost");
}
