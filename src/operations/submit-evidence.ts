/** Submits evidence to the bank: stores it here first, so that a retry says the same, then submits it to Stripe. */
import { answerableStageOf, type Dispute, evidenceStanding } from "../domain/dispute.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Failure } from "../domain/failure.ts";
import { invariant } from "../domain/invariant.ts";
import {
  keepEvidence,
  listEvidenceToSubmit,
  markEvidenceRefused,
  markEvidenceSubmitted,
  type SubmittedEvidence,
} from "../store/dispute-evidence.ts";
import { findDispute } from "../store/disputes.ts";
import { nextAsking } from "../store/money-back.ts";
import { findOrder } from "../store/orders.ts";
import { submitEvidenceToStripe } from "../stripe/disputes.ts";
import type { AccountDeps } from "./account-deps.ts";
import { buildEvidence } from "./build-evidence.ts";
import { recordDispute, recordMoneyBack } from "./record-money-back.ts";

/** What staff want to submit: the pack built from the books, with the fields they reworded in `changes`. */
export type EvidenceAsk = { disputeId: string; actor: string; changes: Partial<Evidence> };

/** `isSubmitted: false`: Stripe did not answer. The evidence stands, and the alarm submits it. */
export type EvidenceMade =
  | { ok: true; evidence: Evidence; isSubmitted: boolean }
  | { ok: false; failure: Failure };

/** Submits the account's evidence in one dispute. The bank accepts it once per round; asking again is the same submission. */
export async function submitEvidence(deps: AccountDeps, ask: EvidenceAsk): Promise<EvidenceMade> {
  const dispute = await findDispute(deps.db, deps.accountId, ask.disputeId);
  if (dispute === null) {
    return { ok: false, failure: { kind: "dispute_not_found" } };
  }
  const stage = answerableStageOf(dispute);
  if (stage === null) {
    return { ok: false, failure: { kind: "dispute_not_answerable" } };
  }
  const built = await buildEvidence(deps, dispute.id);
  if (!built.ok) {
    return built;
  }
  const { kept, isFresh } = await keepEvidence(deps.db, {
    disputeId: dispute.id,
    stage,
    round: dispute.submissions,
    evidence: { ...built.evidence, ...ask.changes },
    actor: ask.actor,
    askedAt: deps.now(),
  });
  const outcome = isFresh
    ? await putBeforeBank(deps, dispute, kept)
    : await finishEvidence(deps, dispute, kept);
  return outcome === "refused"
    ? { ok: false, failure: { kind: "evidence_refused" } }
    : { ok: true, evidence: kept.evidence, isSubmitted: outcome === "submitted" };
}

/** Submits evidence whose submission was interrupted. True when nothing is left. */
export async function recoverEvidence(deps: AccountDeps): Promise<boolean> {
  let isDone = true;
  for (const kept of await listEvidenceToSubmit(deps.db, deps.accountId)) {
    const dispute = await findDispute(deps.db, deps.accountId, kept.disputeId);
    if (dispute !== null && (await finishEvidence(deps, dispute, kept)) === "unanswered") {
      isDone = false;
    }
  }
  return isDone;
}

type Outcome = "submitted" | "refused" | "unanswered";

/**
 * Finishes evidence that was stored earlier. Reads the dispute first: the bank may already have the evidence, with the
 * answer lost, or the dispute may have moved to another stage.
 */
async function finishEvidence(
  deps: AccountDeps,
  dispute: Dispute,
  kept: SubmittedEvidence,
): Promise<Outcome> {
  const standing = await lookAtStripe(deps, dispute, kept);
  return standing === "waiting" ? putBeforeBank(deps, dispute, kept) : note(deps, kept, standing);
}

async function putBeforeBank(deps: AccountDeps, dispute: Dispute, kept: SubmittedEvidence): Promise<Outcome> {
  const order = await findOrder(deps.db, dispute.orderId);
  invariant(order?.state === "paid", "a dispute is of a paid order");
  const asked = await nextAsking(deps.db, deps.accountId, order.id);
  const answer = await submitEvidenceToStripe(deps.stripe, dispute.id, kept);
  if (!answer.answered) {
    return "unanswered";
  }
  if (!("refused" in answer.value)) {
    await recordDispute(deps, order, answer.value, asked);
    return note(deps, kept, "taken");
  }
  // Either Stripe already has it and its answer was lost, or the bank does not accept it. The dispute tells which.
  const standing = await lookAtStripe(deps, dispute, kept);
  return note(deps, kept, standing === "waiting" ? answer.value.refused : standing);
}

/** Where the evidence stands, judged by the dispute as Stripe now reports it. */
async function lookAtStripe(
  deps: AccountDeps,
  dispute: Dispute,
  kept: SubmittedEvidence,
): Promise<ReturnType<typeof evidenceStanding> | "unanswered"> {
  const recorded = await recordMoneyBack(deps, dispute.orderId);
  const now = await findDispute(deps.db, deps.accountId, dispute.id);
  return recorded.outcome === "posted" && now !== null ? evidenceStanding(now, kept) : "unanswered";
}

/** Records that the bank has the evidence, or the code for why it does not accept it. */
async function note(deps: AccountDeps, kept: SubmittedEvidence, standing: string): Promise<Outcome> {
  if (standing === "unanswered") {
    return "unanswered";
  }
  if (standing === "taken") {
    await markEvidenceSubmitted(deps.db, kept, deps.now());
    return "submitted";
  }
  await markEvidenceRefused(deps.db, kept, standing, deps.now());
  return "refused";
}
