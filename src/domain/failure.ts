/** Every way a request can fail, each with its own facts. The web folder turns them into responses. */
import type { CheckedField } from "./card.ts";
import type { Credits } from "./credits.ts";
import type { Cents, Currency } from "./money.ts";

/** A field of the request, and what is wrong with it, worded for the person who reads the answer. */
export type InvalidField = { field: string; problem: string };

export type Failure =
  | { kind: "invalid_request"; fields: InvalidField[] }
  | { kind: "credits_below_minimum"; minCredits: Credits }
  | { kind: "credits_above_maximum"; maxCredits: Credits }
  | { kind: "no_prices" }
  | { kind: "price_changed"; amountCents: Cents; currency: Currency }
  | { kind: "unusable_card_details" }
  | { kind: "unknown_card" }
  | { kind: "order_not_found" }
  | { kind: "order_conflict" }
  | { kind: "order_abandoned" }
  | { kind: "payment_differs" }
  | { kind: "card_declined"; declineCode: string }
  | { kind: "card_check_failed"; checkedFields: readonly CheckedField[] }
  | { kind: "too_many_attempts"; retryAfterSeconds: number }
  | { kind: "account_on_hold" }
  | { kind: "refund_conflict" }
  | { kind: "refund_exceeds_rest"; leftCents: Cents; currency: Currency }
  | { kind: "refund_not_in_steps"; stepCents: number; currency: Currency }
  | { kind: "refund_quote_changed"; creditsOwed: Credits }
  | { kind: "refund_not_offered" }
  | { kind: "refund_refused" }
  | { kind: "nothing_to_refund" }
  | { kind: "order_disputed" }
  | { kind: "dispute_not_found" }
  | { kind: "difference_not_found" }
  | { kind: "difference_not_open" }
  | { kind: "dispute_not_answerable" }
  | { kind: "evidence_refused" }
  | { kind: "stripe_unavailable" }
  | { kind: "account_busy"; retryAfterSeconds: number }
  | { kind: "sign_in_required" }
  | { kind: "forbidden_origin" }
  | { kind: "not_found" }
  | { kind: "method_not_allowed" }
  | { kind: "unsupported_media_type" }
  | { kind: "body_too_large"; limitBytes: number }
  | { kind: "invalid_signature" }
  | { kind: "misconfigured"; setting: string }
  | { kind: "internal_error" };

export type FailureKind = Failure["kind"];
