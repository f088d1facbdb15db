/** A sentence for every failure: what happened, what to do, and whether anything was charged. For customers to read. */
import type { CheckedField } from "../domain/card.ts";
import { adviceFor, type DeclineAdvice } from "../domain/decline.ts";
import type { Failure, FailureKind } from "../domain/failure.ts";
import { moneyText } from "./amount-text.ts";

const NOT_CHARGED = "You have not been charged.";

/** The failures whose sentence is put together from their facts, below. */
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
  invalid_request: "Something in this request is missing or not as it should be. Nothing was changed.",
  no_prices: `Nothing is for sale here at the moment. Please write to us. ${NOT_CHARGED}`,
  unusable_card_details: `These card details can no longer be used. Enter the card again. ${NOT_CHARGED}`,
  unknown_card: `This card is no longer saved here. Choose or enter another card. ${NOT_CHARGED}`,
  order_not_found: "There is no such order on your account.",
  order_conflict: "This order was placed before with other content. Reload the page and order again.",
  order_abandoned: `This order was given up before it was paid. ${NOT_CHARGED} Place a new one.`,
  account_on_hold:
    "A payment of yours is contested at your bank. Until that is decided, nothing can be bought here. " +
    `Please write to us. ${NOT_CHARGED}`,
  refund_conflict:
    "This refund was asked for before with other content. Reload the page and look at it first.",
  refund_not_offered: "This order can no longer be refunded here. Please write to us. Nothing was changed.",
  refund_refused:
    "Our payment provider would not make this refund. Please write to us. No credits were taken.",
  nothing_to_refund: "There is nothing left of this order to be refunded. Nothing was changed.",
  order_disputed:
    "This payment is contested at the bank, which has its money until that is decided. It cannot be refunded meanwhile.",
  dispute_not_found: "There is no such dispute on this account.",
  dispute_not_answerable: "The bank takes no evidence in this dispute at present. Nothing was submitted.",
  evidence_refused: "Stripe would not take this evidence. Nothing was submitted.",
  stripe_unavailable:
    "We cannot reach our payment provider right now. Your order stands and we keep looking: if it was paid, " +
    "the credits come by themselves. Please do not pay a second time.",
  sign_in_required: "Please sign in first.",
  forbidden_origin: "This request did not come from our own page, so nothing was done.",
  not_found: "There is nothing at this address. The link may be old or incomplete.",
  method_not_allowed: "This address does not answer requests of this kind.",
  unsupported_media_type: "This address takes requests in another format. Nothing was changed.",
  body_too_large: "This request is too large. Nothing was changed.",
  invalid_signature: "The signature of this request does not hold. Nothing was changed.",
  internal_error:
    "Something went wrong on our side. If you were paying, do not pay again: look at your account first, " +
    "for a payment that went through always brings its credits.",
} satisfies Record<Exclude<FailureKind, WithFacts>, string>;

const DECLINES = {
  use_another_card: `Your bank declined this card. ${NOT_CHARGED} Please use another card.`,
  call_bank: `Your bank declined this card without saying why. ${NOT_CHARGED} Your bank can tell you, or use another card.`,
  insufficient_funds: `There is not enough money on this card. ${NOT_CHARGED} Buy fewer credits, or use another card.`,
  expired: `This card has expired. ${NOT_CHARGED} Use a card that is still valid.`,
  wrong_number: `The card number is not right. ${NOT_CHARGED} Check its digits and try again.`,
  wrong_expiry: `The expiry date is not right. ${NOT_CHARGED} Check it on the card and try again.`,
  wrong_cvc: `The security code is not right. ${NOT_CHARGED} Check the digits on the card and try again.`,
  wrong_postcode: `The postcode is not the one your bank has for this card. ${NOT_CHARGED} Check the billing address and try again.`,
  over_limit: `This card has reached its limit of payments for now. ${NOT_CHARGED} Use another card, or try later.`,
  not_supported: `This card cannot be used for a purchase of this kind. ${NOT_CHARGED} Please use another card.`,
  authenticate: `Your bank could not confirm that it is you: its question was not answered, or was declined. ${NOT_CHARGED} Try again, or use another card.`,
  try_again: `Your bank could not process the payment just now. ${NOT_CHARGED} Wait a minute and try again.`,
  duplicate:
    "Your bank declined this as a repeat of a payment made just before. Look at your orders below before trying " +
    "again. You have not been charged for this one.",
} satisfies Record<DeclineAdvice, string>;

/** What a checked field is called on the form. */
const FIELD_NAMES = {
  line1: "street address",
  postal_code: "postcode (ZIP)",
  cvc: "security code",
} satisfies Record<CheckedField, string>;

/** What to tell the customer about `failure`, in one or a few plain sentences. Says nothing a thief could use. */
export function sentenceFor(failure: Failure): string {
  switch (failure.kind) {
    case "card_declined": {
      return DECLINES[adviceFor(failure.declineCode)];
    }
    case "card_check_failed": {
      return sentenceForChecks(failure.checkedFields);
    }
    case "credits_below_minimum": {
      return `The smallest order is ${counted(failure.minCredits, "credit")}. ${NOT_CHARGED}`;
    }
    case "credits_above_maximum": {
      return `The largest order is ${counted(failure.maxCredits, "credit")}. For more, place several orders or write to us. ${NOT_CHARGED}`;
    }
    case "price_changed": {
      const price = moneyText(failure.amountCents, failure.currency);
      return `The price has changed to ${price} since this page was opened. ${NOT_CHARGED} Order again if you agree to it.`;
    }
    case "too_many_attempts": {
      return `Too many attempts. For your protection, please wait ${waiting(failure.retryAfterSeconds)} and try again.`;
    }
    case "misconfigured": {
      return `This site is not set up completely: its setting ${failure.setting} is missing or malformed. Nothing was changed.`;
    }
    case "account_busy": {
      return (
        `Your account is busy with other orders. Try again in ${waiting(failure.retryAfterSeconds)}: ` +
        "the same order is never charged twice."
      );
    }
    case "refund_exceeds_rest": {
      return `No more than ${moneyText(failure.leftCents, failure.currency)} of this order is left to be refunded. Nothing was changed.`;
    }
    case "refund_not_in_steps": {
      return `An amount in this currency is refunded in steps of ${moneyText(failure.stepCents, failure.currency)}. Nothing was changed.`;
    }
    case "refund_quote_changed": {
      return `What this refund does has changed since it was shown: it would leave ${counted(failure.creditsOwed, "credit")} owed. Nothing was changed.`;
    }
    case "invalid_request":
    case "no_prices":
    case "unusable_card_details":
    case "unknown_card":
    case "order_not_found":
    case "order_conflict":
    case "order_abandoned":
    case "account_on_hold":
    case "refund_conflict":
    case "refund_not_offered":
    case "refund_refused":
    case "nothing_to_refund":
    case "order_disputed":
    case "dispute_not_found":
    case "dispute_not_answerable":
    case "evidence_refused":
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

/** A wait as people say it: seconds below a minute and a half, else minutes rounded up. */
function waiting(seconds: number): string {
  return seconds < 90
    ? counted(Math.max(1, Math.ceil(seconds)), "second")
    : counted(Math.ceil(seconds / 60), "minute");
}
