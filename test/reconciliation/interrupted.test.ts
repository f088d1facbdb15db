/** A comparison of several pages: interrupted at each of them, while payments go on, and while Stripe asks it to slow down. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import {
  findLastReconciliation,
  findUnfinishedReconciliation,
  type Reconciliation,
} from "../../src/store/reconciliations.ts";
import { control } from "../stand-in/stripe/support.ts";
import { brokenRules } from "../support/books.ts";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { callsMade, nextCall } from "../support/stripe.ts";
import { begins, kindsListed, othersPay } from "./support.ts";

beforeEach(begins);
afterEach(() => {
  vi.restoreAllMocks();
});

/** Skips waiting, and returns how long each wait would have been. */
function waits(): number[] {
  const waited: number[] = [];
  vi.spyOn(scheduler, "wait").mockImplementation(async (milliseconds) => {
    waited.push(milliseconds);
  });
  return waited;
}

/** The stage and cursor of the comparison under way. */
async function place(): Promise<string> {
  const standing = await findUnfinishedReconciliation(env.DB);
  return `${standing?.stage ?? "none"} ${standing?.cursor ?? ""}`;
}

/** A D1 for a comparison that dies at each page: first before anything of it is written, then right after. */
function deadlyAtEachPage(): { db: D1Database; deaths: string[] } {
  const deaths: string[] = [];
  const db = new Proxy(env.DB, {
    get(target, key) {
      if (key === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          const before = await place();
          if (!deaths.includes(before)) {
            deaths.push(before);
            throw new Error("Died before the page was written");
          }
          const results = await target.batch(statements);
          if ((await place()) !== before) {
            deaths.push(`after ${before}`);
            throw new Error("Died when the page was written");
          }
          return results;
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { db, deaths };
}

/** Continues one comparison, however often it dies, until it is done. */
async function finishes(bindings: typeof env): Promise<Reconciliation | null> {
  const before = await findLastReconciliation(env.DB);
  for (let run = 0; run < 200; run += 1) {
    await reconcileNow(bindings).catch(() => null);
    const last = await findLastReconciliation(env.DB);
    if (last?.id !== before?.id) {
      return last;
    }
  }
  return null;
}

/** A purchase that was charged although our books do not know, and no event will tell them. */
async function cutOffAfterTheCharge() {
  const customer = await signedInCustomer();
  await nextCall("POST /v1/payment_intents", "lose_answer", 2);
  await customer.buys({ orderId: newOrderId() });
  expect(await customer.balance()).toBe(0);
  return customer;
}

describe("a comparison of several pages", () => {
  it("ends the same even if it dies before and after each of them", { timeout: 120_000 }, async () => {
    const first = await signedInCustomer();
    await first.buys();
    await othersPay(105);
    const unnoticed = await cutOffAfterTheCharge();
    await othersPay(105);
    const last = await signedInCustomer();
    await last.buys({ credits: 500 });
    const { db, deaths } = deadlyAtEachPage();

    const done = await finishes({ ...env, DB: db });

    expect(done).toMatchObject({ stage: "done", payments: 3, differences: 0 });
    // Three pages of payments, each died at twice, as is every page of the later stages.
    expect(deaths.filter((at) => at.startsWith("payments"))).toHaveLength(3);
    expect(deaths.filter((at) => at.startsWith("after "))).toHaveLength(deaths.length / 2);
    expect(new Set(deaths.map((at) => at.replace("after ", "").split(" ")[0]))).toEqual(
      new Set([
        "payments",
        "refunds",
        "disputes",
        "fraud_warnings",
        "orders",
        "money_back",
        "differences",
        "books",
      ]),
    );
    for (const [customer, credits] of [
      [first, 1000],
      [unnoticed, 1000],
      [last, 500],
    ] as const) {
      expect(await customer.balance()).toBe(credits);
    }
    expect(await kindsListed()).toEqual([]);
    expect(await brokenRules()).toEqual([]);
  });

  it("counts the payments made before it began, and leaves those made meanwhile to the next one", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await othersPay(101);
    waits();
    await nextCall("GET /v1/payment_intents", "slow", 1);
    await nextCall("GET /v1/payment_intents", "unreachable", 10);
    expect(await reconcileNow(env)).toBeNull();
    expect(await place()).toMatch(/^payments pi_/);
    const { payments: before } = (await findUnfinishedReconciliation(env.DB)) ?? {};

    await control("/clock", { advance_seconds: 60 });
    await othersPay(3);
    await customer.buys({ credits: 500 });
    const done = await reconcileNow(env);

    expect([before, done?.payments, done?.differences]).toEqual([0, 1, 0]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 120_000 });
    expect(await reconcileNow(env)).toMatchObject({ payments: 2, settled: 0, differences: 0 });
    vi.useRealTimers();
    expect(await customer.balance()).toBe(1500);
  });
});

describe("a comparison that Stripe slows down", () => {
  it("comes back when Stripe says, not before", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const waited = waits();
    await nextCall("GET /v1/refunds", "rate_limit", 1, 7000);
    await nextCall("GET /v1/refunds", "rate_limit", 1, 0);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 1 });

    expect(waited).toEqual([7000, 2000]);
  });

  it("is left to a later run when Stripe asks for more than a minute", async () => {
    const waited = waits();
    await nextCall("GET /v1/disputes", "rate_limit", 1, 61_000);

    expect(await reconcileNow(env)).toBeNull();

    expect(waited).toEqual([]);
    expect(await place()).toBe("disputes ");
    expect(await reconcileNow(env)).toMatchObject({ stage: "done" });
  });

  it("looks up at most ten single payments a second", { timeout: 60_000 }, async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    for (let count = 0; count < 22; count += 1) {
      await customer.buys({ cardId: (await customer.account()).saved_cards[0]?.id ?? "none" });
    }
    // So that Stripe's list shows none of them and each is looked up by its id.
    await env.DB.prepare(
      "UPDATE orders SET paid_at = paid_at - 1000, reconciled_at = NULL WHERE state = 'paid'",
    ).run();
    await control("/reset");
    const before = (await callsMade()).length;
    const waited = waits();

    const done = await reconcileNow(env);

    expect(done?.stage).toBe("done");
    const lookUps = (await callsMade())
      .slice(0, before === 0 ? undefined : -before)
      .filter(({ method, path }) => method === "GET" && path.startsWith("/v1/payment_intents/"));
    expect(lookUps.length).toBeGreaterThan(20);
    // A pause before each look-up but the first of each page of twenty.
    expect(waited.filter((pause) => pause === 100)).toHaveLength(
      lookUps.length - Math.ceil(lookUps.length / 20),
    );
  });
});
