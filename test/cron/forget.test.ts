/** What the cron forgets: Stripe's events about what others sell, a month after the last delivery; ours are kept for good. */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { DAY } from "../../src/domain/instant.ts";
import { control } from "../stand-in/stripe/support.ts";
import worker from "../stand-in/worker.ts";
import { rows } from "../support/books.ts";
import { signedInCustomer } from "../support/customer.ts";
import { chargesAtStripe } from "../support/stripe.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** How many events are kept, by what came of them. */
async function eventsKept(): Promise<Record<string, number>> {
  const kept = await rows("SELECT outcome, COUNT(*) AS events FROM stripe_events GROUP BY outcome");
  return Object.fromEntries(kept.map(({ outcome, events }) => [String(outcome), Number(events)]));
}

it("events about what others sell through the same Stripe account go after a month, ours stay", async () => {
  const customer = await signedInCustomer();
  await customer.buys();
  await chargesAtStripe({ amount: 777 });
  await control("/stripe/events/deliver", {});
  const before = await eventsKept();
  expect(before).toMatchObject({ settled: expect.any(Number), not_ours: expect.any(Number) });

  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: now + 29 * DAY });
  await worker.scheduled(createScheduledController(), env);
  expect(await eventsKept()).toEqual(before);

  vi.setSystemTime(now + 31 * DAY);
  await worker.scheduled(createScheduledController(), env);
  const { not_ours: _, ...ours } = before;
  expect(await eventsKept()).toEqual(ours);
});
