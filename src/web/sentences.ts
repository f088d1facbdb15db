/** What customers read for every failure: what happened, whether anything was charged, and what to do next. */
import type { CheckedField } from "../domain/card.ts";
import { adviceFor, type DeclineAdvice } from "../domain/decline.ts";
import type { Failure, FailureKind } from "../domain/failure.ts";
import { moneyText } from "../amount-text.ts";

const NOT_CHARGED = "You have not been charged.";

/** The failures whose sentence is built from their facts, below. */
type WithFacts =
  | Extract<
      FailureKind,
      | "card_declined"
      | "card_check_failed"
      | "credits_below_minimum"
      | "credits_above_maximum"
      | "too_many_attempts"
      | "account_busy"
      | "refund_exceeds_rest"
      | "refund_not_in_steps"
      | "refund_quote_changed"
      | "price_changed"
    >
  | "misconfigured";

const SENTENCES = {
  invalid_request: "Something in this request is missing or not valid. Nothing was changed.",
  no_prices: `No credits are for sale at the moment. Please write to us. ${NOT_CHARGED}`,
  unusable_card_details: `These card details can no longer be used. ${NOT_CHARGED} Enter your card again.`,
  unknown_card: `This card is no longer saved. ${NOT_CHARGED} Choose another card or enter a new one.`,
  order_not_found: "We could not find this order on your account.",
  order_conflict:
    "This order was already placed with different details. Reload the page, then place a new order.",
  order_abandoned: `This order ended before it was paid. ${NOT_CHARGED} Please place a new one.`,
  payment_differs:
    "A payment for this order arrived, but not of its amount, so it brought no credits. Please do not pay again: write " +
    "to us, and we will put it right.",
  account_on_hold:
    "One of your payments is disputed with your bank, and you cannot buy credits until the bank decides. " +
    `${NOT_CHARGED} Please write to us.`,
  refund_conflict:
    "This refund was already requested with different details. Reload the page and check it first.",
  refund_not_offered: "This order can no longer be refunded here. Nothing was changed. Please write to us.",
  refund_refused:
    "Our payment provider did not accept this refund. No credits were taken. Please write to us.",
  nothing_to_refund: "There is nothing left to refund on this order. Nothing was changed.",
  order_disputed:
    "This payment is disputed, and the bank holds the money until it decides. We cannot refund it until then.",
  dispute_not_found: "We could not find this dispute on this account.",
  dispute_not_answerable:
    "The bank is not accepting evidence for this dispute at the moment. Nothing was submitted.",
  evidence_refused: "Stripe did not accept this evidence. Nothing was submitted.",
  difference_not_found: "This difference does not exist.",
  difference_not_open:
    "This difference was closed, resolved or changed after the page was shown. Nothing was done. Please look at it again.",
  stripe_unavailable:
    "We cannot reach our payment provider right now. We have your order and keep checking it: if it was paid, " +
    "the credits are added automatically. Please do not pay again.",
  sign_in_required: "Please sign in first.",
  forbidden_origin: "This request did not come from our own page, so we did nothing.",
  not_found: "We could not find this page. The link may be old or incomplete.",
  method_not_allowed: "This URL does not accept this kind of request.",
  unsupported_media_type: "This URL expects requests in another format. Nothing was changed.",
  body_too_large: "This request is too large. Nothing was changed.",
  invalid_signature: "The signature of this request is not valid. Nothing was changed.",
  internal_error:
    "Something went wrong on our side. If you were paying, do not pay again yet: check your account first, " +
    "because a payment that went through always brings its credits.",
} satisfies Record<Exclude<FailureKind, WithFacts>, string>;

const DECLINES = {
  use_another_card: `Your bank declined this card. ${NOT_CHARGED} Please use another card.`,
  call_bank: `Your bank declined this card without saying why. ${NOT_CHARGED} Ask your bank, or use another card.`,
  insufficient_funds: `There is not enough money on this card. ${NOT_CHARGED} Buy fewer credits, or use another card.`,
  expired: `This card has expired. ${NOT_CHARGED} Please use another card.`,
  wrong_number: `The card number is not correct. ${NOT_CHARGED} Check the digits and try again.`,
  wrong_expiry: `The expiry date is not correct. ${NOT_CHARGED} Check it on the card and try again.`,
  wrong_cvc: `The security code is not correct. ${NOT_CHARGED} Check the digits on the card and try again.`,
  wrong_postcode: `The postcode is not the one your bank has for this card. ${NOT_CHARGED} Check the billing address and try again.`,
  over_limit: `This card has reached its payment limit for now. ${NOT_CHARGED} Use another card, or try again later.`,
  not_supported: `This card cannot be used for this kind of purchase. ${NOT_CHARGED} Please use another card.`,
  authenticate: `Your bank could not confirm that it was you: its request was not answered, or was declined. ${NOT_CHARGED} Try again, or use another card.`,
  try_again: `Your bank could not process the payment just now. ${NOT_CHARGED} Wait a minute and try again.`,
  duplicate:
    "Your bank declined this as a duplicate of a recent payment. You have not been charged for this one. Check your " +
    "orders before you try again.",
} satisfies Record<DeclineAdvice, string>;

/** What each checked field is called in a sentence. */
const FIELD_NAMES = {
  line1: "street address",
  postal_code: "postcode (ZIP)",
  cvc: "security code",
} satisfies Record<CheckedField, string>;

/** What to tell the customer about `failure`, in a few plain sentences. Reveals nothing a thief could use. */
export function sentenceFor(failure: Failure): string {
  switch (failure.kind) {
    case "card_declined": {
      return DECLINES[adviceFor(failure.declineCode)];
    }
    case "card_check_failed": {
      return sentenceForChecks(failure.checkedFields);
    }
    case "credits_below_minimum": {
      return `The minimum order is ${counted(failure.minCredits, "credit")}. ${NOT_CHARGED}`;
    }
    case "credits_above_maximum": {
      return `The maximum order is ${counted(failure.maxCredits, "credit")}. ${NOT_CHARGED} For more, place several orders or write to us.`;
    }
    case "price_changed": {
      const price = moneyText(failure.amountCents, failure.currency);
      return `The price has changed to ${price} since this page was opened. ${NOT_CHARGED} If you accept the new price, order again.`;
    }
    case "too_many_attempts": {
      return `Too many attempts. For your protection, please wait ${waiting(failure.retryAfterSeconds)} and try again.`;
    }
    case "misconfigured": {
      return `This site is not fully set up: the setting ${failure.setting} is missing or malformed. Nothing was changed.`;
    }
    case "account_busy": {
      return (
        `Your account is busy with other orders. Try again in ${waiting(failure.retryAfterSeconds)}: ` +
        "the same order is never charged twice."
      );
    }
    case "refund_exceeds_rest": {
      return `Only ${moneyText(failure.leftCents, failure.currency)} of this order is left to refund. Nothing was changed.`;
    }
    case "refund_not_in_steps": {
      return `Refunds in this currency must be a multiple of ${moneyText(failure.stepCents, failure.currency)}. Nothing was changed.`;
    }
    case "refund_quote_changed": {
      return `The effect of this refund has changed since you reviewed it: it would now leave ${counted(failure.creditsOwed, "credit")} owed. Nothing was changed.`;
    }
    case "invalid_request":
    case "no_prices":
    case "unusable_card_details":
    case "unknown_card":
    case "order_not_found":
    case "order_conflict":
    case "order_abandoned":
    case "payment_differs":
    case "account_on_hold":
    case "refund_conflict":
    case "refund_not_offered":
    case "refund_refused":
    case "nothing_to_refund":
    case "order_disputed":
    case "dispute_not_found":
    case "dispute_not_answerable":
    case "evidence_refused":
    case "difference_not_found":
    case "difference_not_open":
    case "stripe_unavailable":
    case "sign_in_required":
    case "forbidden_origin":
    case "not_found":
    case "method_not_allowed":
    case "unsupported_media_type":
    case "body_too_large":
    case "invalid_signature":
    case "internal_error": {
      return SENTENCES[failure.kind];
    }
  }
}

function sentenceForChecks(fields: readonly CheckedField[]): string {
  const names = fields.map((field) => FIELD_NAMES[field]);
  const [first, ...others] = names;
  if (first === undefined) {
    return `Your bank could not confirm the details of this card. ${NOT_CHARGED} Check them and try again.`;
  }
  const source = fields.includes("cvc") ? "the card" : "the billing address of your card";
  return others.length === 0
    ? `The ${first} does not match what your bank has for this card. ${NOT_CHARGED} Check it against ${source} and try again.`
    : `The ${listed(names)} do not match what your bank has for this card. ${NOT_CHARGED} Check them against your card and its billing address, and try again.`;
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat("en").format(names);
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** A wait in words: in seconds below a minute and a half, otherwise in minutes, rounded up. */
function waiting(seconds: number): string {
  return seconds < 90
    ? counted(Math.max(1, Math.ceil(seconds)), "second")
    : counted(Math.ceil(seconds / 60), "minute");
}
