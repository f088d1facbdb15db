/** Refunds at Stripe: creates one, and reads them by payment, period or id. */
import Stripe from "stripe";
import { type AccountId, isRefundId, type OrderId, type RefundId } from "../domain/ids.ts";
import { type Cents, toCents } from "../domain/money.ts";
import type { RefundFacts, RefundReason } from "../domain/refund.ts";
import { type Answer, ask, askForOne, idOf } from "./ask.ts";
import { pageParams, type Period, type PeriodPage, toPeriodPage } from "./list-of-period.ts";

/** Stripe's word for why it will not make a refund. */
export type Refused = { refused: string };

/**
 * Refunds part of a payment, or returns why Stripe refuses. Repeating it with the same refund id and attempt is the same
 * call. `failed`: Stripe itself failed and repeats that answer for this key. Once a look at Stripe shows that the refund
 * does not exist, use the next attempt. https://docs.stripe.com/api/idempotent_requests
 */
export async function createRefund(
  stripe: Stripe,
  refund: {
    refundId: RefundId;
    orderId: OrderId;
    accountId: AccountId;
    paymentIntentId: string;
    amountCents: Cents;
    reason: RefundReason;
    attempt: number;
  },
): Promise<Answer<RefundFacts | Refused | "failed">> {
  const key = `${refund.refundId}:refund`;
  let hasFailed = false;
  const call = stripe.refunds
    .create(
      {
        payment_intent: refund.paymentIntentId,
        amount: refund.amountCents,
        reason: refund.reason,
        metadata: { account_id: refund.accountId, order_id: refund.orderId, refund_id: refund.refundId },
      },
      { idempotencyKey: refund.attempt === 1 ? key : `${key}:${refund.attempt}` },
    )
    .catch((error: unknown) => {
      hasFailed = error instanceof Stripe.errors.StripeAPIError && error.statusCode === 500;
      throw error;
    });
  try {
    const answer = await ask("refund", call);
    if (answer.answered) {
      return { answered: true, value: toRefundFacts(answer.value) };
    }
    return hasFailed ? { answered: true, value: "failed" } : answer;
  } catch (error) {
    // Disputed, already refunded, or more than is left: only Stripe knows which.
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return { answered: true, value: { refused: error.code ?? "invalid_request" } };
    }
    throw error;
  }
}

/**
 * Every refund of a payment, oldest first, except the release of money that was only authorised. The list is
 * read-after-write, unlike Search.
 */
export async function listRefundsAtStripe(
  stripe: Stripe,
  paymentIntentId: string,
): Promise<Answer<RefundFacts[]>> {
  const refunds: Stripe.Refund[] = [];
  let startingAfter: { starting_after?: string } = {};
  for (;;) {
    const answer = await ask(
      "list",
      stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100, ...startingAfter }),
    );
    if (!answer.answered) {
      return answer;
    }
    refunds.push(...answer.value.data);
    const last = answer.value.data.at(-1);
    if (!answer.value.has_more || last === undefined) {
      break;
    }
    startingAfter = { starting_after: last.id };
  }
  const ofMoney = refunds.filter((refund) => refund.reason !== "expired_uncaptured_charge");
  return { answered: true, value: ofMoney.toReversed().map(toRefundFacts) };
}

/** A refund, and the payment it refunds. */
export type RefundOfPayment = { facts: RefundFacts; paymentIntentId: string };

/** One page of the refunds created in the period, of all payments, newest first. */
export async function listRefundsOfPeriod(
  stripe: Stripe,
  period: Period,
): Promise<Answer<PeriodPage<RefundOfPayment>>> {
  const answer = await ask("list", stripe.refunds.list(pageParams(period)));
  return toPeriodPage(answer, toRefundOfPayment);
}

/** The refund with this id; null if Stripe does not have it, or it only released an authorisation. */
export async function lookUpRefund(stripe: Stripe, id: string): Promise<Answer<RefundOfPayment | null>> {
  const answer = await askForOne("refund", stripe.refunds.retrieve(id));
  return answer.answered
    ? { answered: true, value: answer.value === null ? null : toRefundOfPayment(answer.value) }
    : answer;
}

function toRefundOfPayment(refund: Stripe.Refund): RefundOfPayment | null {
  const paymentIntentId = idOf(refund.payment_intent);
  const isOfMoney = refund.reason !== "expired_uncaptured_charge" && paymentIntentId !== null;
  return isOfMoney ? { facts: toRefundFacts(refund), paymentIntentId } : null;
}

// `requires_action` waits for the customer and holds the money. An unknown status counts as pending: someone must look.
const STATES: Readonly<Record<string, RefundFacts["state"]>> = {
  pending: "pending",
  requires_action: "pending",
  succeeded: "succeeded",
  failed: "failed",
  canceled: "canceled",
};

/** A refund in our words. */
function toRefundFacts(refund: Stripe.Refund): RefundFacts {
  const named = refund.metadata?.["refund_id"];
  return {
    stripeRefundId: refund.id,
    refundId: named !== undefined && isRefundId(named) ? named : null,
    state: STATES[refund.status ?? "pending"] ?? "pending",
    amountCents: toCents(refund.amount),
    reason: refund.reason,
    failure: refund.failure_reason ?? null,
    createdAt: refund.created * 1000,
  };
}
