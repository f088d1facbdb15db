/** Refunds in words for staff. */
import type { Refund, RefundReason, RefundState } from "../../domain/refund.ts";
import type { Tone } from "../money-back-words.ts";

/** Where a refund stands, in a word or two. */
export const REFUND_STATES = {
  requested: { word: "Waiting for Stripe", tone: "open" },
  pending: { word: "On its way", tone: "open" },
  succeeded: { word: "Refunded", tone: "quiet" },
  failed: { word: "Failed", tone: "bad" },
  canceled: { word: "Called off", tone: "bad" },
  refused: { word: "Not made", tone: "bad" },
} satisfies Record<RefundState, { word: string; tone: Tone }>;

/** Stripe's words for why, as staff choose among them. */
export const REFUND_REASONS = {
  requested_by_customer: "The customer asked for it",
  duplicate: "Paid twice",
  fraudulent: "Fraudulent",
} satisfies Record<RefundReason, string>;

/** Why a refund was made, in words. */
export function reasonText(reason: string | null): string {
  return reason === null ? "No reason given" : isReason(reason) ? REFUND_REASONS[reason] : plain(reason);
}

/** Who asked for a refund, where that was no member of staff. */
const ACTORS: Readonly<Record<string, string>> = {
  stripe: "Made at Stripe",
  customer: "The customer, by themselves",
  fraud_warning: "By itself, after a fraud warning",
};

/** Who asked for a refund, in words; staff by their address. */
export function actorText({ actor }: Pick<Refund, "actor">): string {
  return ACTORS[actor] ?? actor;
}

/** A word of Stripe's or ours without its underscores. */
export function plain(word: string): string {
  return word.replaceAll("_", " ");
}

/** The same with a capital, where it begins a line. */
export function titled(word: string): string {
  const words = plain(word);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isReason(word: string): word is RefundReason {
  return Object.hasOwn(REFUND_REASONS, word);
}
