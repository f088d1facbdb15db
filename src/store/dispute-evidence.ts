/** The dispute_evidence table, and the facts that evidence is built from: sign-ins, spends, other orders. */
import type { AnswerableStage } from "../domain/dispute.ts";
import type { Evidence, UseOfCredits } from "../domain/evidence.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** What the evidence answers, how often evidence was submitted before (`round`), and which attempt at that it is. */
type EvidenceKey = { disputeId: string; stage: AnswerableStage; round: number; attempt: number };

/** Evidence as submitted to the bank. Until it is submitted or refused, Stripe is not known to have it. */
export type SubmittedEvidence = EvidenceKey & {
  evidence: Evidence;
  actor: string;
  submittedAt: Instant | null;
  refusedAt: Instant | null;
  /** Stripe's code for why it was refused, or `too_late`. */
  refusal: string | null;
};

/**
 * Stores the evidence to submit, unless evidence for the same round is waiting or was taken. Returns what is stored,
 * which someone else may have stored first, and whether this call stored it.
 */
export async function keepEvidence(
  db: D1Database,
  given: Omit<EvidenceKey, "attempt"> & { evidence: Evidence; actor: string; askedAt: Instant },
): Promise<{ kept: SubmittedEvidence; isFresh: boolean }> {
  const { disputeId, stage, round, evidence, actor, askedAt } = given;
  const [inserted, found] = await db.batch<EvidenceRow>([
    db
      .prepare(
        `INSERT INTO dispute_evidence (dispute_id, stage, round, attempt, evidence, actor, asked_at)
         SELECT ?1, ?2, ?3, COUNT(*) + 1, ?4, ?5, ?6
         FROM dispute_evidence
         WHERE dispute_id = ?1 AND stage = ?2 AND round = ?3
         HAVING COUNT(*) = COUNT(refused_at)`,
      )
      .bind(disputeId, stage, round, JSON.stringify(evidence), actor, askedAt),
    db
      .prepare(
        `${SELECT_EVIDENCE} WHERE dispute_id = ?1 AND stage = ?2 AND round = ?3 ORDER BY attempt DESC LIMIT 1`,
      )
      .bind(disputeId, stage, round),
  ]);
  const row = found?.results[0];
  if (row === undefined) {
    throw new Error("Evidence just written could not be read");
  }
  return { kept: toSubmitted(row), isFresh: (inserted?.meta.changes ?? 0) > 0 };
}

/** A dispute's evidence, whatever became of it, newest first. */
export async function listEvidence(db: D1Database, disputeId: string): Promise<SubmittedEvidence[]> {
  const { results } = await db
    .prepare(`${SELECT_EVIDENCE} WHERE dispute_id = ?1 ORDER BY asked_at DESC, attempt DESC`)
    .bind(disputeId)
    .all<EvidenceRow>();
  return results.map(toSubmitted);
}

/** Records that Stripe has the evidence. The first time stands. */
export async function markEvidenceSubmitted(db: D1Database, key: EvidenceKey, at: Instant): Promise<void> {
  await db
    .prepare(`UPDATE dispute_evidence SET submitted_at = ?5 ${WAITING_WITH_KEY}`)
    .bind(key.disputeId, key.stage, key.round, key.attempt, at)
    .run();
}

/** Records that the evidence was refused, and why. Staff may submit again while the bank waits for an answer. */
export async function markEvidenceRefused(
  db: D1Database,
  key: EvidenceKey,
  refusal: string,
  at: Instant,
): Promise<void> {
  await db
    .prepare(`UPDATE dispute_evidence SET refused_at = ?5, refusal = ?6 ${WAITING_WITH_KEY}`)
    .bind(key.disputeId, key.stage, key.round, key.attempt, at, refusal)
    .run();
}

/** The account's evidence that Stripe is not known to have and has not refused, oldest first. */
export async function listEvidenceToSubmit(
  db: D1Database,
  accountId: AccountId,
): Promise<SubmittedEvidence[]> {
  const { results } = await db
    .prepare(
      `${SELECT_EVIDENCE}
       WHERE submitted_at IS NULL
         AND refused_at IS NULL
         AND dispute_id IN (SELECT id FROM disputes WHERE account_id = ?1)
       ORDER BY asked_at`,
    )
    .bind(accountId)
    .all<EvidenceRow>();
  return results.map(toSubmitted);
}

const SELECT_EVIDENCE = `SELECT dispute_id, stage, round, attempt, evidence, actor, submitted_at, refused_at, refusal
  FROM dispute_evidence`;

const WAITING_WITH_KEY = `WHERE dispute_id = ?1 AND stage = ?2 AND round = ?3 AND attempt = ?4
  AND submitted_at IS NULL AND refused_at IS NULL`;

type EvidenceRow = {
  dispute_id: string;
  stage: AnswerableStage;
  round: number;
  attempt: number;
  evidence: string;
  actor: string;
  submitted_at: number | null;
  refused_at: number | null;
  refusal: string | null;
};

function toSubmitted(row: EvidenceRow): SubmittedEvidence {
  const evidence: Evidence = JSON.parse(row.evidence);
  return {
    disputeId: row.dispute_id,
    stage: row.stage,
    round: row.round,
    attempt: row.attempt,
    evidence,
    actor: row.actor,
    submittedAt: row.submitted_at,
    refusedAt: row.refused_at,
    refusal: row.refusal,
  };
}

/** The facts that evidence states besides the order itself. */
export async function readEvidenceFacts(
  db: D1Database,
  accountId: AccountId,
  orderId: OrderId,
): Promise<{
  signIns: Instant[];
  uses: UseOfCredits[];
  otherOrders: { id: string; paidAt: Instant; amountCents: number; currency: string }[];
}> {
  const [signIns, uses, others] = await db.batch<
    { at: number } & UseOfCredits & { id: string; paid_at: number; amount_cents: number; currency: string }
  >([
    db
      .prepare(
        `SELECT at
         FROM (
           SELECT signed_in_at AS at
           FROM sign_ins
           WHERE account_id = ?1
           -- Those around the purchase say the most about it.
           ORDER BY ABS(signed_in_at - (SELECT placed_at FROM orders WHERE id = ?2))
           LIMIT 200
         )
         ORDER BY at`,
      )
      .bind(accountId, orderId),
    db
      .prepare(
        `SELECT date(created_at / 1000, 'unixepoch') AS day, note AS what, COUNT(DISTINCT source_id) AS spends,
                -SUM(credits) AS credits
         FROM ledger_entries
         WHERE account_id = ?1
           AND grant_id = (SELECT id FROM grants WHERE order_id = ?2)
           AND kind = 'spend'
         GROUP BY day, what
         ORDER BY day, what
         LIMIT 300`,
      )
      .bind(accountId, orderId),
    db
      .prepare(
        `SELECT id, paid_at, amount_cents, currency
         FROM orders
         WHERE account_id = ?1 AND state = 'paid' AND id <> ?2
         ORDER BY paid_at DESC
         LIMIT 50`,
      )
      .bind(accountId, orderId),
  ]);
  return {
    signIns: (signIns?.results ?? []).map(({ at }) => at),
    uses: (uses?.results ?? []).map(({ day, what, spends, credits }) => ({ day, what, spends, credits })),
    otherOrders: (others?.results ?? []).map((row) => ({
      id: row.id,
      paidAt: row.paid_at,
      amountCents: row.amount_cents,
      currency: row.currency,
    })),
  };
}
