/** The steps that answer "Where is it?", in JSON responses. */
import type { TraceState, TraceStep, TraceStepName } from "../domain/trace.ts";
import { STEP_NAMES, stepText } from "./trace-words.ts";

/** One step of an order. `at` is ISO 8601 in UTC, or null if the time is not known; `name` and `text` are for display. */
export type TraceStepJson = {
  step: TraceStepName;
  state: TraceState;
  at: string | null;
  name: string;
  text: string;
};

/** The steps as they appear in a JSON response. */
export function toTraceJson(trace: readonly TraceStep[]): TraceStepJson[] {
  return trace.map((found) => ({
    step: found.step,
    state: found.state,
    at: found.at === null ? null : new Date(found.at).toISOString(),
    name: STEP_NAMES[found.step],
    text: stepText(found),
  }));
}
