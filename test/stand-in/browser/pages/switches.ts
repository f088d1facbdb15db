/** Forms that set one of the stand-in's switches: sent as JSON, with the answer shown beside the button. */
import * as z from "zod/mini";
import { renewPayments } from "./payments.ts";
import { localTime } from "./times.ts";

const refusal = z.object({ error: z.object({ message: z.string() }) });

/** Wires up every `form[data-switch]`, including those that are drawn later. */
export function wireSwitches(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-switch]")) {
      return;
    }
    event.preventDefault();
    const { question } = form.dataset;
    if (question === undefined || confirm(question)) {
      void send(form);
    }
  });
}

async function send(form: HTMLFormElement): Promise<void> {
  const output = (form.closest("[data-payment]") ?? form).querySelector("output");
  const say = (text: string, isFault: boolean) => {
    output?.classList.toggle("is-fault", isFault);
    output?.replaceChildren(text);
    if (isFault) {
      output?.scrollIntoView({ block: "nearest" });
    }
  };
  try {
    const response = await fetch(form.dataset["switch"] ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(valuesOf(form)),
    });
    const body: unknown = await response.json();
    const refused = refusal.safeParse(body);
    say(response.ok ? done(body) : refused.success ? refused.data.error.message : "Refused.", !response.ok);
    await renewPayments();
  } catch {
    say("The Worker did not answer.", true);
  }
}

/** The clock's answer is its new time, in Unix seconds. */
function done(body: unknown): string {
  const clock = z.object({ now: z.number() }).safeParse(body);
  return clock.success ? `Now ${localTime(new Date(clock.data.now * 1000))}.` : "Done.";
}

function valuesOf(form: HTMLFormElement): Record<string, string | number | boolean> {
  const controls = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select")];
  return Object.fromEntries(
    controls.map(({ name, value, dataset }) => [
      name,
      dataset["number"] !== undefined
        ? Number(value)
        : dataset["flag"] !== undefined
          ? value === "true"
          : value,
    ]),
  );
}
