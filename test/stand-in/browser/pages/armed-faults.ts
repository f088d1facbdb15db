/** The faults that are still armed, so that none is forgotten, and the button that disarms them. */
import * as z from "zod/mini";
import { poll } from "./polling.ts";

const url = "/stand-in/stripe/faults";

/** As GET /stand-in/stripe/faults answers. */
const armed = z.object({
  faults: z.array(z.object({ match: z.string(), kind: z.string(), times: z.number(), delay_ms: z.number() })),
});

type Fault = z.output<typeof armed>["faults"][number];

/** Shows the faults while there are any, fetched again every so many milliseconds. */
export function showArmedFaults(everyMilliseconds: number): void {
  const section = document.querySelector<HTMLElement>("[data-armed]");
  const list = section?.querySelector("[data-faults]");
  const button = section?.querySelector<HTMLButtonElement>("[data-disarm]");
  if (!section || !list || !button) {
    return;
  }
  const draw = async () => {
    const { faults } = armed.parse(await (await fetch(url)).json());
    section.hidden = faults.length === 0;
    list.replaceChildren(...faults.map((fault) => faultEntry(fault)));
  };
  const disarm = async () => {
    button.disabled = true;
    try {
      await fetch(url, { method: "DELETE" });
      await draw();
    } finally {
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => void disarm());
  poll(everyMilliseconds, draw);
}

function faultEntry({ match, kind, times, delay_ms: delay }: Fault): Element {
  const entry = document.createElement("li");
  const calls = document.createElement("code");
  calls.textContent = match;
  const delayed = delay > 0 ? `, ${delay} ms` : "";
  const often = times === 1 ? "once" : `${times} times`;
  entry.append(calls, ` ${kind}, ${often}${delayed}`);
  return entry;
}
