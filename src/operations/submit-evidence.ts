/** Puts evidence before the bank: written here first, so that a repeat says the same, then submitted to Stripe. */
import { type Dispute, isAnswerable } from "../domain/dispute.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Failure } from "../domain/failure.ts";
import { DAY } from "../domain/instant.ts";
import {
  keepEvidence,
  listEvidenceToSubmit,
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

/** Recovery submits for this long what staff asked for; banks give a week or two. */
const SUBMITTING_FOR = 7 * DAY;

/** What staff want said: the pack as it is made from the books, but for what they worded themselves. */
export type EvidenceAsk = { disputeId: string; actor: string; changes: Partial<Evidence> };

/** `isSubmitted: false`: Stripe could not be reached; it stands, and is submitted by the alarm. */
export type EvidenceMade =
  | { ok: true; evidence: Evidence; isSubmitted: boolean }
  | { ok: false; failure: Failure };

/** Submits the account's evidence in one dispute. The bank takes it once a round; asking again is the same submission. */
export async function submitEvidence(deps: AccountDeps, ask: EvidenceAsk): Promise<EvidenceMade> {
  const dispute = await findDispute(deps.db, deps.accountId, ask.disputeId);
  if (dispute === null) {
    return { ok: false, failure: { kind: "dispute_not_found" } };
  }
  if (!isAnswerable(dispute)) {
    return { ok: false, failure: { kind: "dispute_not_answerable" } };
  }
  const built = await buildEvidence(deps, dispute.id);
  if (!built.ok) {
    return built;
  }
  const kept = await keepEvidence(deps.db, {
    disputeId: dispute.id,
    round: dispute.submissions,
    evidence: { ...built.evidence, ...ask.changes },
    actor: ask.actor,
    askedAt: deps.now(),
  });
  const outcome = await finishEvidence(deps, dispute, kept);
  return outcome === "refused"
    ? { ok: false, failure: { kind: "evidence_refused" } }
    : { ok: true, evidence: kept.evidence, isSubmitted: outcome === "submitted" };
}

/** Submits what was asked for and cut off. True when nothing is left. */
export async function recoverEvidence(deps: AccountDeps): Promise<boolean> {
  let isDone = true;
  for (const kept of await listEvidenceToSubmit(deps.db, deps.accountId, deps.now() - SUBMITTING_FOR)) {
    const dispute = await findDispute(deps.db, deps.accountId, kept.disputeId);
    if (dispute !== null && (await finishEvidence(deps, dispute, kept)) === "unanswered") {
      isDone = false;
    }
  }
  return isDone;
}

async function finishEvidence(
  deps: AccountDeps,
  dispute: Dispute,
  kept: SubmittedEvidence,
): Promise<"submitted" | "refused" | "unanswered"> {
  const order = await findOrder(deps.db, dispute.orderId);
  if (order?.state !== "paid") {
    return "refused";
  }
  const asked = await nextAsking(deps.db, deps.accountId, order.id);
  const answer = await submitEvidenceToStripe(deps.stripe, dispute.id, kept.evidence);
  if (!answer.answered) {
    return "unanswered";
  }
  if ("refused" in answer.value) {
    // Taken already, with the answer lost; or the bank waits no longer. What the dispute is now tells which.
    await recordMoneyBack(deps, order.id);
  } else {
    await recordDispute(deps, order, answer.value, asked);
  }
  const now = await findDispute(deps.db, deps.accountId, dispute.id);
  if (now === null || now.submissions <= kept.round) {
    return "refused";
  }
  await markEvidenceSubmitted(deps.db, kept, deps.now());
  return "submitted";
}
