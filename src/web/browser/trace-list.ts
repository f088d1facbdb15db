/** The steps of an order in the page, brought up to date as they are found. */

/** One step as the server words it; `state` is the name of its mark in the stylesheet. */
export type FoundStep = { state: string; name: string; text: string };

/** Shows `trace` in the list at the head of `place`, which gets one where it has none; nothing found leaves what is there. */
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

/** The list as it is to be read aloud: its steps as they stand in it, as far as the first that is not done. */
export function traceText(trace: readonly FoundStep[]): string {
  const next = trace.findIndex(({ state }) => state !== "done" && state !== "unanswered");
  const told = next === -1 ? trace : trace.slice(0, next + 1);
  return told.map(({ name, text }) => `${name}: ${text}.`).join(" ");
}
