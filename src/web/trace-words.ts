/** "Where is it?" in words: the steps of an order and where each stands. */
import type { TraceState, TraceStep, TraceStepName } from "../domain/trace.ts";
import { momentText } from "./moment-text.ts";

/** What each step is called. */
export const STEP_NAMES = {
  card_verified: "Card verified",
  authorised: "Payment agreed by your bank",
  checks: "Address and security code checked",
  charged: "Card charged",
  credited: "Credits added",
  confirmed: "Confirmed by Stripe",
} satisfies Record<TraceStepName, string>;

const STATE_WORDS = {
  done: "Done",
  not_yet: "Not yet",
  failed: "Failed",
  not_done: "Did not happen",
} satisfies Record<TraceState, string>;

/** Where a step stands, and since when, where that is known: `Done, 23 Nov 2026, 14:05 UTC`. */
export function stepText({ state, at }: Pick<TraceStep, "state" | "at">): string {
  return `${STATE_WORDS[state]}${at === null ? "" : `, ${momentText(at)}`}`;
}
