/** The steps of an order as a list: the state of each in words, with a mark beside it. */
import type { TraceStep } from "../../domain/trace.ts";
import { STEP_NAMES, stepText } from "../trace-words.ts";

/** The list. The script builds the same markup (browser/trace-list.ts) when it finds something newer. */
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
