/** Disputes and early fraud warnings at Stripe: reads them, and submits evidence in a dispute. */
import Stripe from "stripe";
import type { AnswerableStage, DisputeFacts } from "../domain/dispute.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { FraudWarningFacts } from "../domain/fraud-warning.ts";
import { toCents } from "../domain/money.ts";
import { type Answer, ask, askForOne, idOf } from "./ask.ts";
import { pageParams, type Period, type PeriodPage, toPeriodPage } from "./list-of-period.ts";

/** Every dispute of a payment, oldest first. Networks allow only a handful, so one page holds them all. */
export async function listDisputesAtStripe(
  stripe: Stripe,
  paymentIntentId: string,
): Promise<Answer<DisputeFacts[]>> {
  const answer = await ask("list", stripe.disputes.list({ payment_intent: paymentIntentId, limit: 100 }));
  return answer.answered
    ? { answered: true, value: answer.value.data.toReversed().map(toDisputeFacts) }
    : answer;
}

/** A dispute, and the payment it is about. */
export type DisputeOfPayment = { facts: DisputeFacts; paymentIntentId: string };

/** One page of the disputes opened in the period, of all payments, newest first. */
export async function listDisputesOfPeriod(
  stripe: Stripe,
  period: Period,
): Promise<Answer<PeriodPage<DisputeOfPayment>>> {
  const answer = await ask("list", stripe.disputes.list(pageParams(period)));
  return toPeriodPage(answer, toDisputeOfPayment);
}

/** The dispute with this id; null if Stripe does not have it, or it names no payment intent. */
export async function lookUpDispute(stripe: Stripe, id: string): Promise<Answer<DisputeOfPayment | null>> {
  const answer = await askForOne("dispute", stripe.disputes.retrieve(id));
  return answer.answered
    ? { answered: true, value: answer.value === null ? null : toDisputeOfPayment(answer.value) }
    : answer;
}

function toDisputeOfPayment(dispute: Stripe.Dispute): DisputeOfPayment | null {
  const paymentIntentId = idOf(dispute.payment_intent);
  return paymentIntentId === null ? null : { facts: toDisputeFacts(dispute), paymentIntentId };
}

/** Every early fraud warning about a payment, oldest first. */
export async function listFraudWarningsAtStripe(
  stripe: Stripe,
  paymentIntentId: string,
): Promise<Answer<FraudWarningFacts[]>> {
  const answer = await ask(
    "list",
    stripe.radar.earlyFraudWarnings.list({ payment_intent: paymentIntentId, limit: 100 }),
  );
  return answer.answered
    ? { answered: true, value: answer.value.data.toReversed().map(toFraudWarningFacts) }
    : answer;
}

/** A fraud warning, and the payment it is about. */
export type FraudWarningOfPayment = { facts: FraudWarningFacts; paymentIntentId: string };

/** One page of the early fraud warnings created in the period, about all payments, newest first. */
export async function listFraudWarningsOfPeriod(
  stripe: Stripe,
  period: Period,
): Promise<Answer<PeriodPage<FraudWarningOfPayment>>> {
  const answer = await ask("list", stripe.radar.earlyFraudWarnings.list(pageParams(period)));
  return toPeriodPage(answer, (warning) => {
    const paymentIntentId = idOf(warning.payment_intent);
    return paymentIntentId === null ? null : { facts: toFraudWarningFacts(warning), paymentIntentId };
  });
}

function toFraudWarningFacts(warning: Stripe.Radar.EarlyFraudWarning): FraudWarningFacts {
  return {
    id: warning.id,
    fraudType: warning.fraud_type,
    isActionable: warning.actionable,
    warnedAt: warning.created * 1000,
  };
}

/**
 * Submits evidence to the bank, or returns why Stripe refuses it. It needs no key: Stripe refuses a second submission.
 * In an appeal, Stripe takes only the reason for filing it and no other text.
 * https://docs.stripe.com/disputes/api
 * https://docs.stripe.com/changelog/endive/2026-10-28/evidence-submission-appeal-dispute-decisions
 */
export async function submitEvidenceToStripe(
  stripe: Stripe,
  disputeId: string,
  { stage, evidence }: { stage: AnswerableStage; evidence: Evidence },
): Promise<Answer<DisputeFacts | { refused: string }>> {
  const given = stage === "appeal" ? appealOf(evidence) : fieldsOf(evidence);
  try {
    const answer = await ask("dispute", stripe.disputes.update(disputeId, { evidence: given, submit: true }));
    return answer.answered ? { answered: true, value: toDisputeFacts(answer.value) } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return { answered: true, value: { refused: error.code ?? "invalid_request" } };
    }
    throw error;
  }
}

function appealOf(evidence: Evidence): Stripe.DisputeUpdateParams.Evidence {
  return { appeal: { card: { reason_for_filing: evidence.uncategorizedText } } };
}

/** Stripe's evidence fields without the empty ones: an empty text would erase what was submitted before. */
function fieldsOf(evidence: Evidence): Stripe.DisputeUpdateParams.Evidence {
  const fields: Stripe.DisputeUpdateParams.Evidence = {
    access_activity_log: evidence.accessActivityLog,
    billing_address: evidence.billingAddress,
    customer_email_address: evidence.customerEmailAddress,
    customer_name: evidence.customerName,
    duplicate_charge_explanation: evidence.duplicateChargeExplanation,
    product_description: evidence.productDescription,
    service_date: evidence.serviceDate,
    uncategorized_text: evidence.uncategorizedText,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ""));
}

/** A dispute in our words. */
function toDisputeFacts(dispute: Stripe.Dispute): DisputeFacts {
  const moved = dispute.balance_transactions.reduce((sum, { amount }) => sum + amount, 0);
  const { due_by: dueBy, submission_count: submissions } = dispute.evidence_details;
  return {
    id: dispute.id,
    status: dispute.status,
    reason: dispute.reason,
    amountCents: toCents(dispute.amount),
    currency: dispute.currency,
    withdrawnCents: toCents(0 - moved),
    withdrawnCurrency: dispute.balance_transactions[0]?.currency ?? dispute.currency,
    evidenceDueAt: dueBy === null ? null : dueBy * 1000,
    submissions,
    openedAt: dispute.created * 1000,
  };
}
