/**
 * Concurrent requests, interleaved in any order of their steps: a double click, the page's return, the webhook and the
 * alarm, all on one order, each call to Stripe or D1 let through one at a time in an order that a seed repeats.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, inject, it } from "vitest";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { alarms, planFor, recover } from "./faults.ts";
import { choicesFrom, closeGate } from "./gate.ts";
import { inParallel } from "./in-parallel.ts";
import { ask, buy, KINDS, prepareAll, type Purchase } from "./purchases.ts";
import { leftOpen, readStanding, wrongMoney } from "./standing.ts";

const { isWhole } = inject("crashes");
const ORDERS_OF_STEPS = isWhole ? 300 : 6;
const TIMEOUT_MILLISECONDS = 30 * 60_000;

const kinds = KINDS.filter(({ name }) => isWhole || /^(new|saved) card$/.test(name));

it.each(kinds)(
  `a purchase of the kind “$name” leaves the money right when two clicks, the page's return, the webhook and the alarm meet, in ${ORDERS_OF_STEPS} orders of their steps`,
  async (kind) => {
    await control("/reset");
    const seeds = Array.from({ length: ORDERS_OF_STEPS }, (_, index) => index + 1);

    const purchases = await prepareAll(seeds.map(() => kind));
    await inParallel([...purchases.entries()], ([index, purchase]) => meet(purchase, seeds[index] ?? 0));
    await inParallel(purchases, ask);

    const standing = await readStanding(purchases);
    const wrong = purchases.flatMap((purchase, index) =>
      // A challenge that nobody answers waits for an hour.
      [
        ...wrongMoney(purchase, standing),
        ...(kind.ends === "abandoned" ? [] : leftOpen(purchase, standing)),
      ].map((what) => `seed ${index + 1}: ${what}`),
    );
    expect(wrong).toEqual([]);
  },
  TIMEOUT_MILLISECONDS,
);

/** One purchase, with everything that may work on it working on it at once. */
async function meet(purchase: Purchase, seed: number): Promise<void> {
  const plan = planFor(purchase.accountId, null);
  plan.gate = closeGate(choicesFrom(seed));
  alarms.ring = true;
  await Promise.all([
    buy(purchase),
    buy({ ...purchase, answersLeft: [] }),
    ask({ ...purchase, answersLeft: [] }),
    ring(purchase),
    deliverEventsOf(purchase),
    ring(purchase),
    deliverEventsOf(purchase),
  ]);
  alarms.ring = false;
  recover(plan);
}

async function ring({ accountId }: Purchase): Promise<void> {
  await runDurableObjectAlarm(env.ACCOUNT.getByName(accountId)).catch(() => false);
}

/** Delivers Stripe's events for this purchase as soon as there are any. */
async function deliverEventsOf({ accountId }: Purchase): Promise<void> {
  for (let looked = 0; looked < 5; looked += 1) {
    const { data } = await stripe.paymentIntents.list({ limit: 100 });
    const own = data.filter(({ metadata }) => metadata["account_id"] === accountId);
    for (const { id } of own) {
      await control("/stripe/events/deliver", { payment_intent: id });
    }
    await scheduler.wait(20);
  }
}
