/** The lists of calls and events, refreshed while they are visible. */
import * as z from "zod/mini";
import { showArmedFaults } from "./armed-faults.ts";
import { poll } from "./polling.ts";
import { localTime } from "./times.ts";

const everyMilliseconds = 1500;

/** The answer of GET /stand-in/stripe/calls; times are Unix seconds, or milliseconds when they are that large. */
const calls = z.object({
  calls: z.array(
    z.object({
      time: z.number(),
      request_id: z.string(),
      method: z.string(),
      path: z.string(),
      params: z.unknown(),
      status: z.nullable(z.number()),
      error_code: z.nullable(z.string()),
      idempotency_key: z.nullable(z.string()),
      replayed: z.boolean(),
      fault: z.nullable(z.string()),
    }),
  ),
});

/** The answer of GET /stand-in/stripe/events. */
const events = z.object({
  delivery: z.string(),
  events: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      created: z.number(),
      object: z.unknown(),
      deliveries: z.array(
        z.object({ state: z.string(), attempts: z.array(z.object({ status: z.nullable(z.number()) })) }),
      ),
    }),
  ),
});

type Call = z.output<typeof calls>["calls"][number];
type Event = z.output<typeof events>["events"][number];

/** Fills both lists and the list of faults, and keeps them up to date. */
export function showStripeLog(): void {
  const callList = document.querySelector<HTMLElement>("[data-calls]");
  const eventList = document.querySelector<HTMLElement>("[data-events]");
  if (!callList || !eventList) {
    return;
  }
  showArmedFaults(everyMilliseconds);
  watch("/stand-in/stripe/calls", callList, (body) => {
    const entries = calls.parse(body).calls.map((call) => callEntry(call));
    return entries.length > 0 ? entries : [nothing("No calls yet. Buy something.")];
  });
  watch("/stand-in/stripe/events", eventList, (body) => {
    const { delivery, events: listed } = events.parse(body);
    showDelivery(delivery);
    const entries = listed.map((event) => eventEntry(event));
    return entries.length > 0 ? entries : [nothing("No events yet.")];
  });
}

/** Makes the switch show what is in force, unless it is just being changed. */
function showDelivery(delivery: string): void {
  const choice = document.querySelector<HTMLSelectElement>("select[name=delivery]");
  if (choice && choice !== document.activeElement) {
    choice.value = delivery;
  }
}

function watch(url: string, list: HTMLElement, draw: (body: unknown) => Element[]): void {
  let last = "";
  poll(everyMilliseconds, async () => {
    const response = await fetch(url);
    const text = await response.text();
    if (text !== last) {
      last = text;
      const open = new Set([...list.querySelectorAll<HTMLElement>("details[open]")].map(({ id }) => id));
      list.replaceChildren(...draw(JSON.parse(text)));
      for (const details of list.querySelectorAll("details")) {
        details.open = open.has(details.id);
      }
    }
  });
}

function callEntry(call: Call): Element {
  const notes = [call.error_code, call.fault && `fault: ${call.fault}`, call.replayed ? "replayed" : null];
  const isFault = call.status === null || call.status >= 400;
  return entry(`call-${call.request_id}`, {
    time: call.time,
    head: `${call.method} ${call.path.replace(/^\/v1/, "")}`,
    mark: call.status === null ? "no answer" : String(call.status),
    isFault,
    notes: [...notes, call.idempotency_key && `key ${call.idempotency_key}`],
    body: call.params,
  });
}

function eventEntry(event: Event): Element {
  const states = event.deliveries.map(({ state, attempts }) => {
    const answers = attempts.map(({ status }) => status ?? "unreachable").join(", ");
    return answers === "" ? state : `${state}: ${answers}`;
  });
  const about = z.object({ id: z.string() }).safeParse(event.object);
  const drawn = entry(`event-${event.id}`, {
    time: event.created,
    head: event.type,
    mark: states[0] ?? "nobody asked",
    isFault: event.deliveries.some(({ state }) => state === "failed"),
    notes: [about.success ? about.data.id : null, ...states.slice(1)],
    body: event.object,
  });
  const button = document.createElement("button");
  button.className = "quiet";
  button.textContent = "Deliver now";
  button.addEventListener("click", () => void deliver(event.id, button));
  drawn.querySelector("details")?.append(button);
  return drawn;
}

async function deliver(id: string, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  await fetch("/stand-in/stripe/events/deliver", { method: "POST", body: JSON.stringify({ id }) });
  button.disabled = false;
}

type Entry = {
  time: number;
  head: string;
  mark: string;
  isFault: boolean;
  notes: (string | null)[];
  body: unknown;
};

function entry(id: string, { time, head, mark, isFault, notes, body }: Entry): Element {
  const item = document.createElement("li");
  const details = document.createElement("details");
  details.id = id;
  const summary = document.createElement("summary");
  const written = notes.filter((note) => note !== null && note !== "").join(" · ");
  summary.append(
    piece("span", "entry-head", head),
    piece("span", isFault ? "entry-mark is-fault" : "entry-mark", mark),
    piece("span", "entry-notes", written),
    piece("span", "entry-time", localTime(new Date(time < 1e11 ? time * 1000 : time))),
  );
  details.append(summary, piece("pre", "", JSON.stringify(body, null, 2)));
  item.append(details);
  return item;
}

function nothing(text: string): Element {
  return piece("li", "empty", text);
}

function piece(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
