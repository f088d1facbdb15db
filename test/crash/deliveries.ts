/**
 * Stripe delivering its events. An event that was answered with 2xx never comes again, and right after such an answer
 * the account's object dies: an effect that is not in D1 by then is lost, as it would be if the machine had gone.
 */
import { exports } from "cloudflare:workers";
import * as z from "zod";
import { type AccountId, isAccountId } from "../../src/domain/ids.ts";
import { control } from "../stand-in/stripe/support.ts";
import { planOf } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";

/** Long enough for work that goes on after an answer to reach the dead object and give up. */
const DEAD_FOR_MILLISECONDS = 20;

export type WaitingEvent = {
  id: string;
  type: string;
  customer: string | null;
  paymentIntent: string | null;
  accountId: AccountId | null;
};

/** Delivers what is waiting: one customer's events one after another, different customers' at once. */
export async function deliverAll(concerns: (type: string) => boolean): Promise<void> {
  const waiting = await listWaiting(concerns);
  const byCustomer = Map.groupBy(waiting, ({ id, customer }) => customer ?? id);
  await inParallel([...byCustomer.values()], async (events) => {
    for (const event of events) {
      const isAcknowledged = await deliver(event.id);
      if (isAcknowledged && event.accountId !== null) {
        await loseWhatIsUnderWay(event.accountId);
      }
    }
  });
}

/** Delivers everything at once, so that two events of one customer may meet. */
export async function deliverAllAtOnce(concerns: (type: string) => boolean): Promise<void> {
  await inParallel(await listWaiting(concerns), ({ id }) => deliver(id));
}

/** Delivers one event, unless it was acknowledged before. Returns whether it was acknowledged. */
export async function deliver(id: string): Promise<boolean> {
  const { deliveries } = delivered.parse(await control("/stripe/events/deliver", { id }));
  return deliveries.every(({ status }) => status !== null && status >= 200 && status < 300);
}

const delivered = z.object({ deliveries: z.array(z.object({ status: z.nullable(z.number()) })) });

/** Makes everything the account's object still has under way die at its next step, along with all that reaches it for a moment. */
export async function loseWhatIsUnderWay(accountId: AccountId): Promise<void> {
  const plan = planOf(accountId);
  if (plan === null || plan.isDead) {
    return;
  }
  plan.isDead = true;
  await scheduler.wait(DEAD_FOR_MILLISECONDS);
  plan.isDead = false;
}

/** The events that were never acknowledged, oldest first, each with its owner. */
export async function listWaiting(concerns: (type: string) => boolean): Promise<WaitingEvent[]> {
  const response = await exports.default.fetch("http://localhost:8787/stand-in/stripe/events");
  const { events } = eventList.parse(await response.json());
  const owners = new Map<string, { customer: string | null; accountId: AccountId | null }>();
  for (const { object } of events) {
    const accountId = object.metadata?.["account_id"] ?? "";
    const payment = paymentOf(object);
    if (payment !== null && isAccountId(accountId)) {
      owners.set(payment, { customer: object.customer ?? null, accountId });
    }
  }
  return events
    .filter(({ type, deliveries }) => concerns(type) && deliveries.some(({ state }) => state === "pending"))
    .toReversed()
    .map(({ id, type, object }) => {
      const paymentIntent = paymentOf(object);
      const named = object.metadata?.["account_id"] ?? "";
      const owner = owners.get(paymentIntent ?? "");
      return {
        id,
        type,
        customer: object.customer ?? owner?.customer ?? null,
        paymentIntent,
        accountId: isAccountId(named) ? named : (owner?.accountId ?? null),
      };
    });
}

function paymentOf(object: z.infer<typeof eventObject>): string | null {
  return object.object === "payment_intent" ? (object.id ?? null) : (object.payment_intent ?? null);
}

const eventObject = z.object({
  object: z.string(),
  id: z.optional(z.string()),
  customer: z.nullish(z.string()),
  payment_intent: z.nullish(z.string()),
  metadata: z.nullish(z.record(z.string(), z.string())),
});

const eventList = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      object: eventObject,
      deliveries: z.array(z.object({ state: z.string() })),
    }),
  ),
});
