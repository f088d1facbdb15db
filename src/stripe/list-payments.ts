/** Stripe's payments of a period, page by page, for comparing with our books. */
import Stripe from "stripe";
import { isAccountId, isOrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { StripePayment } from "../domain/reconciliation.ts";
import { type Answer, ask } from "./ask.ts";
import { PAYMENT_EXPANSIONS, toPaymentFacts } from "./payment-intents.ts";

/** One page of succeeded payments; `next` is where the following page begins, null after the last. */
export type PaymentsPage = { payments: StripePayment[]; next: string | null };

/** The succeeded payments made from `from` to `until`, newest first, after the intent `after`; a hundred looked at a page. */
export async function listPayments(
  stripe: Stripe,
  period: { from: Instant; until: Instant; after: string | null },
): Promise<Answer<PaymentsPage>> {
  const answer = await ask(
    "list",
    stripe.paymentIntents.list({
      created: { gte: Math.floor(period.from / 1000), lte: Math.ceil(period.until / 1000) },
      limit: 100,
      ...(period.after !== null && { starting_after: period.after }),
      expand: PAYMENT_EXPANSIONS.map((field) => `data.${field}`),
    }),
  );
  if (!answer.answered) {
    return answer;
  }
  const { data, has_more: hasMore } = answer.value;
  return {
    answered: true,
    value: {
      payments: data.filter((intent) => intent.status === "succeeded").map(toStripePayment),
      next: hasMore ? (data.at(-1)?.id ?? null) : null,
    },
  };
}

/** The payment with this id; null where Stripe has no such. */
export async function lookUpPayment(stripe: Stripe, id: string): Promise<Answer<StripePayment | null>> {
  try {
    const answer = await ask(
      "payment_intent",
      stripe.paymentIntents.retrieve(id, { expand: PAYMENT_EXPANSIONS }),
    );
    return answer.answered ? { answered: true, value: toStripePayment(answer.value) } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === "resource_missing") {
      return { answered: true, value: null };
    }
    throw error;
  }
}

function toStripePayment(intent: Stripe.PaymentIntent): StripePayment {
  const { account_id: accountId = "", order_id: orderId = "" } = intent.metadata;
  return {
    facts: toPaymentFacts(intent),
    accountId: isAccountId(accountId) ? accountId : null,
    orderId: isOrderId(orderId) ? orderId : null,
  };
}
