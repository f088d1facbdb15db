/** What staff read for a failure, if the customer's sentence would not suit them. */
import type { Failure, FailureKind } from "../../domain/failure.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import { sentenceFor } from "../sentences.ts";
import { disputedSentence } from "./dispute-words.ts";

const SENTENCES: Partial<Record<FailureKind, string>> = {
  order_not_found: "This order does not exist, or it has not been paid.",
  refund_conflict:
    "This refund was already made with a different order or amount. Check the order and start again. Nothing was changed.",
  refund_refused: "Stripe did not accept this refund. No credits were taken.",
  nothing_to_refund: "There is nothing left to refund on this order.",
  order_disputed:
    "This payment is disputed, and the bank holds the money until it decides. Stripe makes no refund until then.",
  dispute_not_found: "This dispute does not exist.",
  stripe_unavailable:
    "Stripe is not responding. Your request is recorded and will be finished automatically.",
  account_busy:
    "The account did not respond in time. Check the order before you try again: the same refund is never made twice.",
  internal_error: "Something went wrong on our side. Check the order before you try again.",
};

/** The sentence for a refund that cannot be made; if a lost dispute is the reason, it says so. */
export function refundSentence(failure: Failure, { disputes }: MoneyBack): string {
  const decided = failure.kind === "order_disputed" ? disputedSentence(disputes) : null;
  return decided ?? sentenceForStaff(failure);
}

/** What to tell staff about `failure`. */
export function sentenceForStaff(failure: Failure): string {
  return SENTENCES[failure.kind] ?? sentenceFor(failure);
}
