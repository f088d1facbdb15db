/** The steps of an order in the page, brought up to date as they are found. */
import type { TraceStep } from "../../domain/trace.ts";
import { STEP_NAMES, stepText } from "../trace-words.ts";

/** Shows `trace` in the list at the head of `place`, which gets one where it has none; nothing found leaves what is there. */
export function showTrace(place: Element, trace: readonly TraceStep[]): void {
  if (trace.length === 0) {
    return;
  }
  let list = place.querySelector("ol.trace");
  if (list === null) {
    list = document.createElement("ol");
    list.className = "trace";
    place.prepend(list);
  }
  list.replaceChildren(...trace.map(toItem));
}

function toItem(step: TraceStep): HTMLElement {
  const item = document.createElement("li");
  item.className = step.state;
  item.append(toSpan(STEP_NAMES[step.step]), toSpan(stepText(step), "fine"));
  return item;
}

function toSpan(text: string, className = ""): HTMLElement {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}
