/** The list of payments: refreshed while it is visible, without closing what is open or losing what is being typed. */
import { poll } from "./polling.ts";
import { showLocalTimes } from "./times.ts";

const everyMilliseconds = 2000;
let lastDrawn = "";

/** Keeps the list in step with the stand-in. */
export function watchPayments(): void {
  const list = document.querySelector("[data-payments]");
  if (list) {
    poll(everyMilliseconds, async () => {
      if (!(document.activeElement?.matches("input, select") && list.contains(document.activeElement))) {
        await renewPayments();
      }
    });
  }
}

/** Redraws the list if it has changed. Does nothing on another page. */
export async function renewPayments(): Promise<void> {
  const list = document.querySelector("[data-payments]");
  if (!list) {
    return;
  }
  const response = await fetch(location.href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const renewed = page.querySelector("[data-payments]");
  if (!renewed || renewed.innerHTML === lastDrawn) {
    return;
  }
  lastDrawn = renewed.innerHTML;
  showLocalTimes(renewed);
  const focused = document.activeElement?.closest("[data-payment]")?.id;
  for (const before of list.querySelectorAll<HTMLDetailsElement>("[data-payment][open]")) {
    const after = renewed.querySelector<HTMLDetailsElement>(`#${CSS.escape(before.id)}`);
    if (after) {
      after.open = true;
      keepAnswer(before, after);
    }
  }
  list.replaceChildren(...renewed.childNodes);
  if (focused !== undefined) {
    list.querySelector<HTMLElement>(`#${CSS.escape(focused)} > summary`)?.focus();
  }
}

/** Keeps the result of a payment's last button readable. */
function keepAnswer(before: Element, after: Element): void {
  const [said, place] = [before.querySelector("output"), after.querySelector("output")];
  if (said && place) {
    place.replaceWith(said);
  }
}
