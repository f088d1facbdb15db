/** "Where is it?", step by step, as JSON answers show it. */
import type { TraceState, TraceStep, TraceStepName } from "../domain/trace.ts";
import { STEP_NAMES, stepText } from "./trace-words.ts";

/** One step of an order. `at` is ISO 8601 in UTC, null where the moment is not known; `name` and `text` are to be shown. */
export type TraceStepJson = {
  step: TraceStepName;
  state: TraceState;
  at: string | null;
  name: string;
  text: string;
};

/** The steps as a JSON answer shows them. */
export function toTraceJson(trace: readonly TraceStep[]): TraceStepJson[] {
  return trace.map((found) => ({
    step: found.step,
    state: found.state,
    at: found.at === null ? null : new Date(found.at).toISOString(),
    name: STEP_NAMES[found.step],
    text: stepText(found),
  }));
}
