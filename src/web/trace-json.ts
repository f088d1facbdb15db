/** "Where is it?", step by step, as JSON answers show it. */
import type { TraceState, TraceStep, TraceStepName } from "../domain/trace.ts";

/** One step of an order. `at` is ISO 8601 in UTC, null where the moment is not known. */
export type TraceStepJson = { step: TraceStepName; state: TraceState; at: string | null };

/** The steps as a JSON answer shows them. */
export function toTraceJson(trace: readonly TraceStep[]): TraceStepJson[] {
  return trace.map(({ step, state, at }) => ({
    step,
    state,
    at: at === null ? null : new Date(at).toISOString(),
  }));
}
