/** Refunds, in words for staff. */
import type { Refund, RefundReason, RefundState } from "../../domain/refund.ts";
import type { Tone } from "../money-back-words.ts";

/** A refund's state as a short label. */
export const REFUND_STATES = {
  requested: { word: "Waiting for Stripe", tone: "open" },
  pending: { word: "On its way", tone: "open" },
  succeeded: { word: "Refunded", tone: "quiet" },
  failed: { word: "Failed", tone: "bad" },
  canceled: { word: "Canceled", tone: "bad" },
  refused: { word: "Not refunded", tone: "bad" },
} satisfies Record<RefundState, { word: string; tone: Tone }>;

/** Stripe's refund reasons, as staff choose among them. */
export const REFUND_REASONS = {
  requested_by_customer: "Requested by the customer",
  duplicate: "Paid twice",
  fraudulent: "Fraudulent",
} satisfies Record<RefundReason, string>;

/** Why a refund was made, in words. */
export function reasonText(reason: string | null): string {
  return reason === null ? "No reason given" : isReason(reason) ? REFUND_REASONS[reason] : plain(reason);
}

/** Who made a refund, if it was not a member of staff. */
const ACTORS: Readonly<Record<string, string>> = {
  stripe: "Made at Stripe",
  customer: "Customer (self-service)",
  fraud_warning: "Automatic, after a fraud warning",
};

/** Who made a refund, in words; staff by their e-mail address. */
export function actorText({ actor }: Pick<Refund, "actor">): string {
  return ACTORS[actor] ?? actor;
}

/** A code of Stripe's or ours without its underscores. */
export function plain(word: string): string {
  return word.replaceAll("_", " ");
}

/** The same with a capital first letter. */
export function titled(word: string): string {
  const words = plain(word);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isReason(word: string): word is RefundReason {
  return Object.hasOwn(REFUND_REASONS, word);
}
