/** The list of an order's steps, updated as they are found. */

/** One step, worded by the server; `state` is also the CSS class of its mark. */
export type FoundStep = { state: string; name: string; text: string };

/** Shows `trace` in the list at the start of `place`, creating it if needed; an empty `trace` changes nothing. */
export function showTrace(place: Element, trace: readonly FoundStep[]): void {
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

function toItem({ state, name, text }: FoundStep): HTMLElement {
  const item = document.createElement("li");
  item.className = state;
  item.append(toSpan(name, ""), toSpan(text, "fine"));
  return item;
}

function toSpan(text: string, className: string): HTMLElement {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/** The list as text to be read aloud, up to and including the first step that is not done. */
export function traceText(trace: readonly FoundStep[]): string {
  const next = trace.findIndex(({ state }) => state !== "done" && state !== "unanswered");
  const told = next === -1 ? trace : trace.slice(0, next + 1);
  return told.map(({ name, text }) => `${name}: ${text}.`).join(" ");
}
