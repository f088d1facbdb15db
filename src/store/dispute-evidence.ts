/** The dispute_evidence table, and what a pack is read from: sign-ins, the use of an order's credits, other orders. */
import type { Evidence, UseOfCredits } from "../domain/evidence.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";

/** Evidence as it was put before the bank; `submittedAt` is null while Stripe is not known to have it. */
export type SubmittedEvidence = {
  disputeId: string;
  round: number;
  evidence: Evidence;
  actor: string;
  submittedAt: Instant | null;
};

/** Writes what is to be submitted, once a round; answers what stands, which may be what somebody else wrote first. */
export async function keepEvidence(
  db: D1Database,
  given: { disputeId: string; round: number; evidence: Evidence; actor: string; askedAt: Instant },
): Promise<SubmittedEvidence> {
  const { disputeId, round, evidence, actor, askedAt } = given;
  const [, found] = await db.batch<EvidenceRow>([
    db
      .prepare(
        `INSERT INTO dispute_evidence (dispute_id, round, evidence, actor, asked_at)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING`,
      )
      .bind(disputeId, round, JSON.stringify(evidence), actor, askedAt),
    db.prepare(`${SELECT_EVIDENCE} WHERE dispute_id = ?1 AND round = ?2`).bind(disputeId, round),
  ]);
  const row = found?.results[0];
  if (row === undefined) {
    throw new Error("Evidence just written could not be read");
  }
  return toSubmitted(row);
}

/** What was put before the bank in a dispute, the last first. */
export async function listEvidence(db: D1Database, disputeId: string): Promise<SubmittedEvidence[]> {
  const { results } = await db
    .prepare(`${SELECT_EVIDENCE} WHERE dispute_id = ?1 ORDER BY round DESC`)
    .bind(disputeId)
    .all<EvidenceRow>();
  return results.map(toSubmitted);
}

/** Notes that Stripe has it. */
export async function markEvidenceSubmitted(
  db: D1Database,
  submitted: Pick<SubmittedEvidence, "disputeId" | "round">,
  at: Instant,
): Promise<void> {
  await db
    .prepare(
      `UPDATE dispute_evidence
       SET submitted_at = COALESCE(submitted_at, ?3)
       WHERE dispute_id = ?1 AND round = ?2`,
    )
    .bind(submitted.disputeId, submitted.round, at)
    .run();
}

/** Evidence of the account's disputes that Stripe is not known to have, asked for since `since`. */
export async function listEvidenceToSubmit(
  db: D1Database,
  accountId: AccountId,
  since: Instant,
): Promise<SubmittedEvidence[]> {
  const { results } = await db
    .prepare(
      `${SELECT_EVIDENCE}
       WHERE submitted_at IS NULL
         AND asked_at > ?2
         AND dispute_id IN (SELECT id FROM disputes WHERE account_id = ?1)
       ORDER BY asked_at`,
    )
    .bind(accountId, since)
    .all<EvidenceRow>();
  return results.map(toSubmitted);
}

const SELECT_EVIDENCE = "SELECT dispute_id, round, evidence, actor, submitted_at FROM dispute_evidence";

type EvidenceRow = {
  dispute_id: string;
  round: number;
  evidence: string;
  actor: string;
  submitted_at: number | null;
};

function toSubmitted(row: EvidenceRow): SubmittedEvidence {
  const evidence: Evidence = JSON.parse(row.evidence);
  return {
    disputeId: row.dispute_id,
    round: row.round,
    evidence,
    actor: row.actor,
    submittedAt: row.submitted_at,
  };
}

/** What a pack tells beside the order itself. */
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
           SELECT signed_in_at AS at FROM sign_ins WHERE account_id = ?1 ORDER BY signed_in_at DESC LIMIT 200
         )
         ORDER BY at`,
      )
      .bind(accountId),
    db
      .prepare(
        `SELECT date(created_at / 1000, 'unixepoch') AS day, COUNT(DISTINCT source_id) AS spends, -SUM(credits) AS credits
         FROM ledger_entries
         WHERE account_id = ?1
           AND grant_id = (SELECT id FROM grants WHERE order_id = ?2)
           AND kind = 'spend'
         GROUP BY day
         ORDER BY day
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
    uses: (uses?.results ?? []).map(({ day, spends, credits }) => ({ day, spends, credits })),
    otherOrders: (others?.results ?? []).map((row) => ({
      id: row.id,
      paidAt: row.paid_at,
      amountCents: row.amount_cents,
      currency: row.currency,
    })),
  };
}
