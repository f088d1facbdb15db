/** The steps of an order as a list: where each stands is said in words, and drawn as a mark beside it. */
import type { TraceStep } from "../../domain/trace.ts";
import { STEP_NAMES, stepText } from "../trace-words.ts";

/** The list. The script makes the same (browser/trace-list.ts) when it has found something newer. */
export function Trace({ trace }: { trace: readonly TraceStep[] }) {
  return (
    <ol class="trace">
      {trace.map((step) => (
        <li class={step.state}>
          <span>{STEP_NAMES[step.step]}</span>
          <span class="fine">{stepText(step)}</span>
        </li>
      ))}
    </ol>
  );
}
