/** Recovery by each path: what happens by itself, or because the customer asks, as time passes. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import * as z from "zod";
import { reconcileNow } from "../../src/account/reconcile-books.ts";
import { recoverAll } from "../../src/account/recover-all.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import { control } from "../stand-in/stripe/support.ts";
import { alarms } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { ask, type Purchase } from "./purchases.ts";

/** A way for cut-off purchases to be finished. */
export type Path = "webhook" | "alarm" | "cron" | "button" | "reconciliation" | "all";

/** When recovery has its turn, counted from the purchases. The last looks are beyond every bound the product keeps. */
export const TURNS: Readonly<Record<Path, readonly number[]>> = {
  // Stripe comes back after minutes, then hours, until it is answered.
  webhook: [SECOND, 5 * MINUTE, 35 * MINUTE, 3 * HOUR],
  alarm: [30 * SECOND, 3 * MINUTE, 13 * MINUTE, 75 * MINUTE, 8 * HOUR, 33 * HOUR],
  cron: [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 3 * HOUR, 26 * HOUR],
  button: [10 * SECOND, MINUTE, 16 * MINUTE, 62 * MINUTE, 3 * HOUR],
  reconciliation: [DAY],
  all: [10 * SECOND, 5 * MINUTE, 20 * MINUTE, 26 * HOUR],
};

/** One turn of a path, for all the purchases at once. */
export async function takeTurn(path: Path, purchases: readonly Purchase[]): Promise<void> {
  switch (path) {
    case "webhook": {
      return deliverEvents();
    }
    case "alarm": {
      return ringAlarms(purchases);
    }
    case "cron": {
      await recoverAll(env);
      return;
    }
    case "button": {
      await inParallel(purchases, ask);
      return;
    }
    case "reconciliation": {
      await reconcileNow(env);
      return;
    }
    case "all": {
      await Promise.all([
        deliverEventsAtOnce(),
        deliverEventsAtOnce(),
        ringAlarms(purchases),
        recoverAll(env),
        inParallel(purchases, ask),
        reconcileNow(env),
      ]);
    }
  }
}

/** What a path alone need not do: the cron runs, and a day goes by. */
export async function takeLastTurns(from: number, moveTo: (time: number) => void): Promise<void> {
  for (const turn of [5 * MINUTE, 20 * MINUTE, 3 * HOUR, 26 * HOUR]) {
    moveTo(from + turn);
    await recoverAll(env);
  }
}

/** Stripe delivers what is waiting: of one customer one after another, of many at once. */
async function deliverEvents(): Promise<void> {
  const waiting = await pendingEvents();
  const byCustomer = Map.groupBy(waiting, ({ object }) => object.customer ?? "");
  await inParallel([...byCustomer.values()], async (events) => {
    for (const { id } of events) {
      await control("/stripe/events/deliver", { id });
    }
  });
}

/** The same, whosever they are: two events of one customer may meet. */
async function deliverEventsAtOnce(): Promise<void> {
  await inParallel(await pendingEvents(), ({ id }) => control("/stripe/events/deliver", { id }));
}

async function pendingEvents(): Promise<z.infer<typeof eventList>["events"]> {
  const response = await exports.default.fetch("http://localhost:8787/stand-in/stripe/events");
  const { events } = eventList.parse(await response.json());
  return events
    .filter(
      ({ type, deliveries }) => OF_ORDERS.test(type) && deliveries.some(({ state }) => state === "pending"),
    )
    .toReversed();
}

// The others are only noted, whatever has happened.
const OF_ORDERS = /^(setup_intent|payment_intent|charge)\./;

const eventList = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      object: z.object({ customer: z.string().nullish() }),
      deliveries: z.array(z.object({ state: z.string() })),
    }),
  ),
});

async function ringAlarms(purchases: readonly Purchase[]): Promise<void> {
  alarms.ring = true;
  await inParallel(purchases, ({ accountId }) =>
    runDurableObjectAlarm(env.ACCOUNT.getByName(accountId)).catch(() => false),
  );
  alarms.ring = false;
}
