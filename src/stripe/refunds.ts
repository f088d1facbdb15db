/** Refunds at Stripe: making one, and reading all of a payment. */
import Stripe from "stripe";
import { type AccountId, isRefundId, type OrderId, type RefundId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type Cents, toCents } from "../domain/money.ts";
import type { RefundFacts, RefundReason } from "../domain/refund.ts";
import { type Answer, ask, idOf } from "./ask.ts";

/** Stripe's word for why it will not make a refund. */
export type Refused = { refused: string };

/**
 * Refunds part of a payment, or answers why Stripe will not. Repeating it with the same refund id and attempt is the
 * same call. `failed`: Stripe itself failed at it and answers this key so from now on; once it is looked up and not
 * there, it may be asked with the next attempt. https://docs.stripe.com/api/idempotent_requests
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
    // Disputed, refunded already, or more than is left: it is Stripe that knows.
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return { answered: true, value: { refused: error.code ?? "invalid_request" } };
    }
    throw error;
  }
}

/**
 * Every refund of a payment, oldest first, but for the release of money that was only set aside. A list is
 * read-after-write where Search is not.
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

/** One page of refunds and the payments they are of; `next` is where the following page begins, null after the last. */
type RefundsPage = { found: { facts: RefundFacts; paymentIntentId: string }[]; next: string | null };

/** The refunds of all payments made from `from` to `until`, newest first, after the refund `after`. */
export async function listRefundsOfPeriod(
  stripe: Stripe,
  period: { from: Instant; until: Instant; after: string | null },
): Promise<Answer<RefundsPage>> {
  const answer = await ask(
    "list",
    stripe.refunds.list({
      created: { gte: Math.floor(period.from / 1000), lte: Math.ceil(period.until / 1000) },
      limit: 100,
      ...(period.after !== null && { starting_after: period.after }),
    }),
  );
  if (!answer.answered) {
    return answer;
  }
  const { data, has_more: hasMore } = answer.value;
  const found = data.flatMap((refund) => {
    const paymentIntentId = idOf(refund.payment_intent);
    const isOfMoney = refund.reason !== "expired_uncaptured_charge" && paymentIntentId !== null;
    return isOfMoney ? [{ facts: toRefundFacts(refund), paymentIntentId }] : [];
  });
  return { answered: true, value: { found, next: hasMore ? (data.at(-1)?.id ?? null) : null } };
}

// `requires_action` waits for the customer and holds the money; a status never heard of does so too, for somebody must look.
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
  };
}
