/** Stripe's payments for a period, page by page, for comparison with our books. */
import type Stripe from "stripe";
import { isAccountId, isOrderId } from "../domain/ids.ts";
import type { StripePayment } from "../domain/reconciliation.ts";
import { type Answer, ask, askForOne } from "./ask.ts";
import { pageParams, type Period, type PeriodPage, toPeriodPage } from "./list-of-period.ts";
import { PAYMENT_EXPANSIONS, toPaymentFacts } from "./payment-intents.ts";

/** One page of the succeeded payments made in the period, newest first. */
export async function listPayments(
  stripe: Stripe,
  period: Period,
): Promise<Answer<PeriodPage<StripePayment>>> {
  const expand = PAYMENT_EXPANSIONS.map((field) => `data.${field}`);
  const answer = await ask("list", stripe.paymentIntents.list({ ...pageParams(period), expand }));
  return toPeriodPage(answer, (intent) => (intent.status === "succeeded" ? toStripePayment(intent) : null));
}

/** The payment with this id; null if Stripe does not have it. */
export async function lookUpPayment(stripe: Stripe, id: string): Promise<Answer<StripePayment | null>> {
  const answer = await askForOne(
    "payment_intent",
    stripe.paymentIntents.retrieve(id, { expand: PAYMENT_EXPANSIONS }),
  );
  return answer.answered
    ? { answered: true, value: answer.value === null ? null : toStripePayment(answer.value) }
    : answer;
}

function toStripePayment(intent: Stripe.PaymentIntent): StripePayment {
  const { account_id: accountId = "", order_id: orderId = "" } = intent.metadata;
  return {
    facts: toPaymentFacts(intent),
    accountId: isAccountId(accountId) ? accountId : null,
    orderId: isOrderId(orderId) ? orderId : null,
  };
}
