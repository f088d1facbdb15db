/** "Where is it?" in words: the steps of an order and where each stands. Used by the page's own script too. */
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

/** What each state is called. */
const STATE_WORDS = {
  done: "Done",
  not_yet: "Not yet",
  failed: "Failed",
  not_done: "Did not happen",
} satisfies Record<TraceState, string>;

/** Whether `text` names a step. */
export function isStepName(text: string): text is TraceStepName {
  return Object.hasOwn(STEP_NAMES, text);
}

/** Whether `text` names a state. */
export function isStepState(text: string): text is TraceState {
  return Object.hasOwn(STATE_WORDS, text);
}

/** Where a step stands, and since when, where that is known: `Done, 23 Nov 2026, 14:05 UTC`. */
export function stepText({ state, at }: Pick<TraceStep, "state" | "at">): string {
  return `${STATE_WORDS[state]}${at === null ? "" : `, ${momentText(at)}`}`;
}

/** The whole of it in one sentence, to be read aloud. */
export function traceText(trace: readonly TraceStep[]): string {
  const done = trace.filter(({ state }) => state === "done").map(({ step }) => STEP_NAMES[step]);
  const next = trace.find(({ state }) => state !== "done");
  const rest =
    next === undefined ? "" : ` ${STEP_NAMES[next.step]}: ${STATE_WORDS[next.state].toLowerCase()}.`;
  return `${done.length === 0 ? "Nothing found yet." : `So far: ${done.join(", ")}.`}${rest}`;
}
