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

/** The whole of it in one sentence, to be read aloud: what is done, and what comes next. */
export function traceText(trace: readonly FoundStep[]): string {
  const done = trace.filter(({ state }) => state === "done").map(({ name }) => name);
  const next = trace.find(({ state }) => state !== "done");
  return `Found: ${done.join(", ") || "nothing"}. ${next === undefined ? "" : `${next.name}: ${next.text}.`}`;
}
