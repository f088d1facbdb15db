/** A comparison that runs out of time in the middle of a page: it keeps what it has, and the next run goes on there. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { SECOND } from "../../src/domain/instant.ts";
import { findUnfinishedReconciliation } from "../../src/store/reconciliations.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { bindingsWith } from "../support/bindings.ts";
import { brokenRules } from "../support/books.ts";
import { balanceOf, type Bought, buysCredits, buysCreditsUnknowing, disputed } from "../refunds/support.ts";
import { begins } from "./support.ts";

beforeEach(begins);
afterEach(() => {
  vi.useRealTimers();
});

/** Makes that many purchases, one after another. */
async function several(count: number, buys: () => Promise<Bought>): Promise<Bought[]> {
  const bought: Bought[] = [];
  for (let made = 0; made < count; made += 1) {
    bought.push(await buys());
  }
  return bought;
}

/** The bindings while each account takes 100 seconds for what it is asked to do; `asked` lists the accounts asked. */
function whileAccountsAreSlow(asked: string[]): typeof env {
  const slow = {
    getByName: (name: string) => {
      const account = env.ACCOUNT.getByName(name);
      const takesLong = () => {
        asked.push(name);
        vi.setSystemTime(Date.now() + 100 * SECOND);
      };
      return {
        settlePayment: (...of: Parameters<typeof account.settlePayment>) => {
          takesLong();
          return account.settlePayment(...of);
        },
        recordMoneyBack: (...of: Parameters<typeof account.recordMoneyBack>) => {
          takesLong();
          return account.recordMoneyBack(...of);
        },
        recordFraudWarnings: (...of: Parameters<typeof account.recordFraudWarnings>) => {
          takesLong();
          return account.recordFraudWarnings(...of);
        },
      };
    },
  };
  return bindingsWith({ ACCOUNT: slow });
}

/** The bindings while Stripe takes 100 seconds for every object that is read by its id. */
function whileLookUpsAreSlow(): typeof env {
  const slow = {
    fetch: (input: RequestInfo | URL, init?: RequestInit) => {
      if (/\/v1\/(?:payment_intents|refunds)\/\w+_/.test(new Request(input).url)) {
        vi.setSystemTime(Date.now() + 100 * SECOND);
      }
      return env.STRIPE.fetch(input, init);
    },
  };
  return bindingsWith({ STRIPE: slow });
}

/** Runs until the comparison is done, each run as long as one of the cron's. Returns the stage in which each left it. */
async function runsUntilDone(bindings: typeof env): Promise<string[]> {
  const left: string[] = [];
  let standing: Awaited<ReturnType<typeof reconcileNow>>;
  do {
    standing = await reconcileNow(bindings);
    left.push(standing?.stage ?? "none");
  } while (standing?.stage !== "done" && left.length < 10);
  return [...left, `${standing?.differences ?? "?"} differences`];
}

describe("a comparison out of time in the middle of a page", () => {
  it("of unposted payments has posted and counted those so far, and leaves the rest to the next run", async () => {
    const bought = await several(4, buysCreditsUnknowing);
    vi.useFakeTimers({ toFake: ["Date"] });
    const asked: string[] = [];

    expect(await reconcileNow(whileAccountsAreSlow(asked))).toMatchObject({
      stage: "payments",
      payments: 3,
      settled: 3,
    });
    expect(asked).toHaveLength(3);
    expect((await findUnfinishedReconciliation(env.DB))?.cursor).toMatch(/^pi_/);

    expect(await reconcileNow(whileAccountsAreSlow(asked))).toMatchObject({
      stage: "done",
      payments: 4,
      settled: 4,
      differences: 0,
    });
    expect(new Set(asked).size).toBe(asked.length);
    expect(await Promise.all(bought.map(balanceOf))).toEqual([1000, 1000, 1000, 1000]);
    expect(await brokenRules()).toEqual([]);
  });

  it.each<[string, (bought: Bought) => Promise<unknown>, string, number]>([
    [
      "refunds",
      ({ paymentIntent }) => stripe.refunds.create({ payment_intent: paymentIntent, amount: 300 }),
      "refunds",
      700,
    ],
    ["disputes", (bought) => disputed(bought, { amount: 300 }), "disputes", 700],
    [
      "fraud warnings",
      ({ paymentIntent }) => control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent }),
      "fraud_warnings",
      1000,
    ],
  ])(
    "of %s has booked those so far, and leaves the rest to the next run",
    async (_what, happens, stage, balance) => {
      const bought = await several(4, () => buysCredits(1000));
      for (const one of bought) {
        await happens(one);
      }
      vi.useFakeTimers({ toFake: ["Date"] });
      const asked: string[] = [];

      expect(await runsUntilDone(whileAccountsAreSlow(asked))).toEqual([stage, "done", "0 differences"]);

      expect(asked.toSorted()).toEqual(bought.map(({ accountId }) => accountId).toSorted());
      expect(await Promise.all(bought.map(balanceOf))).toEqual(bought.map(() => balance));
      expect(await brokenRules()).toEqual([]);
    },
  );

  it("of our own orders, looked up one by one, goes on with the next order in the next run", async () => {
    const bought = await several(4, () => buysCredits(1000));
    // So that Stripe's list does not show them.
    await env.DB.prepare("UPDATE orders SET paid_at = paid_at - 1000 WHERE state = 'paid'").run();
    await env.DB.prepare(
      `INSERT INTO reconciliations (id, from_at, until_at, stage, started_at, updated_at)
       VALUES ('rec_orders', 0, ?1, 'orders', ?1, ?1)`,
    )
      .bind(Date.now())
      .run();
    await env.DB.prepare(
      "UPDATE orders SET reconciled_at = NULL WHERE id IN (SELECT value FROM json_each(?1))",
    )
      .bind(JSON.stringify(bought.map(({ orderId }) => orderId)))
      .run();
    vi.useFakeTimers({ toFake: ["Date"] });

    expect(await runsUntilDone(whileLookUpsAreSlow())).toEqual(["orders", "done", "0 differences"]);
  });
});
