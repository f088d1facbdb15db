/** The answer to "Where is it?" in words: the steps of an order and the state of each. */
import type { CheckedField } from "../domain/card.ts";
import type { TraceState, TraceStep, TraceStepName } from "../domain/trace.ts";
import { momentText } from "./moment-text.ts";

/** The display name of each step. */
export const STEP_NAMES = {
  card_verified: "Card verified",
  checks: "Address and security code checked",
  authorised: "Payment approved by your bank",
  charged: "Card charged",
  credited: "Credits added",
  confirmed: "Confirmed by Stripe",
} satisfies Record<TraceStepName, string>;

const STATE_WORDS = {
  done: "Done",
  not_yet: "Not yet",
  failed: "Failed",
  not_done: "Did not happen",
} satisfies Record<Exclude<TraceState, "unanswered">, string>;

/** A step's state, and when it was reached if that is known: `Done, 23 Nov 2026, 14:05 UTC`. */
export function stepText(step: TraceStep): string {
  const words = step.state === "unanswered" ? unansweredText(step.unanswered) : STATE_WORDS[step.state];
  return `${words}${step.at === null ? "" : `, ${momentText(step.at)}`}`;
}

function unansweredText(fields: readonly CheckedField[]): string {
  const names = new Set(fields.map((field) => (field === "cvc" ? "security code" : "address")));
  return `Your bank could not check the ${[...names].join(" and ")}`;
}
