/** The sentences of failures as staff read them, where those for customers would address the wrong person. */
import type { Failure, FailureKind } from "../../domain/failure.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import { sentenceFor } from "../sentences.ts";
import { disputedSentence } from "./dispute-words.ts";

const SENTENCES: Partial<Record<FailureKind, string>> = {
  order_not_found: "There is no such order, or it is not paid.",
  refund_conflict:
    "This refund was made before with another order or amount. Look at the order and begin again. Nothing was changed.",
  refund_refused: "Stripe would not make this refund. No credits were taken.",
  nothing_to_refund: "Nothing of this order is left to be refunded.",
  order_disputed:
    "This payment is contested, and the bank has its money until that is decided. Stripe makes no refund meanwhile.",
  dispute_not_found: "There is no such dispute.",
  stripe_unavailable: "Stripe does not answer. What was asked for stands, and is finished by itself.",
  account_busy:
    "The account did not answer in time. Look at the order before you try again: the same refund is never made twice.",
  internal_error: "Something went wrong on our side. Look at the order before you try again.",
};

/** The same of a refund that cannot be made, by where the order's disputes stand. */
export function refundSentence(failure: Failure, { disputes }: MoneyBack): string {
  const decided = failure.kind === "order_disputed" ? disputedSentence(disputes) : null;
  return decided ?? sentenceForStaff(failure);
}

/** What to tell staff about `failure`. */
export function sentenceForStaff(failure: Failure): string {
  return SENTENCES[failure.kind] ?? sentenceFor(failure);
}
