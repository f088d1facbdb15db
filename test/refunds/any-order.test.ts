/** Purchases, spends, refunds and disputes interleaved at random, with events delayed, repeated and shuffled: the books agree in the end. */
import { env } from "cloudflare:workers";
import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from "fast-check";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { createDeps } from "../../src/deps.ts";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import type { AccountDeps } from "../../src/operations/account-deps.ts";
import { recordMoneyBack } from "../../src/operations/record-money-back.ts";
import { refundOrder } from "../../src/operations/refund-order.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { toCents } from "../../src/domain/money.ts";
import { rows } from "../support/books.ts";
import { nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  fails,
  moves,
  newRefundId,
  spends,
  staffRefunds,
} from "./support.ts";

const which = integer({ min: 0, max: 2 });

const act = oneof(
  record({ act: constantFrom("buy" as const), credits: integer({ min: 100, max: 3000 }) }),
  record({ act: constantFrom("spend" as const), which, share: integer({ min: 1, max: 100 }) }),
  record({ act: constantFrom("refund", "refund_elsewhere"), which, cents: integer({ min: 1, max: 2000 }) }),
  record({ act: constantFrom("dispute"), which, cents: integer({ min: 1, max: 2000 }) }),
  record({
    act: constantFrom("decide" as const),
    which,
    status: constantFrom("won", "lost", "under_review", "appeal_under_review", "needs_response"),
  }),
  record({ act: constantFrom("fail" as const), which }),
  record({ act: constantFrom("deliver" as const), which, seed: integer({ min: 1, max: 99 }) }),
  record({ act: constantFrom("lose_answer" as const), call: constantFrom("POST", "GET") }),
  record({ act: constantFrom("alarm" as const) }),
);
type Act = typeof act extends { generate: (...given: never[]) => { value: infer T } } ? T : never;

/** Asks Stripe until no fault is in the way; faults are for the product to cope with, not for the test. */
async function patiently<T>(call: () => Promise<T>): Promise<T | null> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeConnectionError)) {
        return null;
      }
    }
  }
}

async function does(orders: Bought[], next: Act): Promise<void> {
  const bought = "which" in next ? orders[next.which % orders.length] : orders[0];
  if (bought === undefined) {
    return;
  }
  switch (next.act) {
    case "buy": {
      if (orders.length < 3) {
        orders.push(await buysCredits(next.credits, { by: bought.customer }));
      }
      break;
    }
    case "spend": {
      const [grant] = await rows("SELECT remaining FROM grants WHERE order_id = ?1", bought.orderId);
      const credits = Math.floor((Math.max(Number(grant?.["remaining"]), 0) * next.share) / 100);
      if (credits > 0) {
        await spends(bought, credits);
      }
      break;
    }
    case "refund": {
      await staffRefunds(bought, Math.min(next.cents, bought.amountCents));
      break;
    }
    case "refund_elsewhere": {
      const amount = Math.min(next.cents, bought.amountCents);
      await patiently(() => stripe.refunds.create({ payment_intent: bought.paymentIntent, amount }));
      break;
    }
    case "dispute": {
      await disputed(bought, { amount: Math.min(next.cents, bought.amountCents) }).catch(() => null);
      break;
    }
    case "decide": {
      const { data } = await stripe.disputes.list({ payment_intent: bought.paymentIntent });
      await Promise.all(data.slice(0, 1).map(({ id }) => moves(id, next.status).catch(() => null)));
      break;
    }
    case "fail": {
      const list = await patiently(() => stripe.refunds.list({ payment_intent: bought.paymentIntent }));
      await Promise.all((list?.data ?? []).slice(0, 1).map(({ id }) => fails(id).catch(() => null)));
      break;
    }
    case "deliver": {
      await everythingArrives(bought, { times: 2, shuffle_seed: next.seed });
      break;
    }
    case "lose_answer": {
      await nextCall(`${next.call} /v1/refunds`, "lose_answer");
      break;
    }
    case "alarm": {
      await alarmRings(bought);
      break;
    }
  }
}

/** No grant of the account owes credits while another of its grants holds some. */
async function expectNothingOwedNeedlessly({ accountId }: Bought): Promise<void> {
  const grants = await rows("SELECT remaining FROM grants WHERE account_id = ?1", accountId);
  const signs = new Set(grants.map((grant) => Math.sign(Number(grant["remaining"]))));
  expect(signs.has(1) && signs.has(-1)).toBe(false);
}

describe("after any sequence of purchases, spends, refunds, disputes and faults", () => {
  it("the books agree with Stripe once everything has arrived", { timeout: 120_000 }, async () => {
    const customer = await customerUnder({ DURING_DISPUTE: "nothing" });
    await assert(
      asyncProperty(array(act, { minLength: 8, maxLength: 12 }), async (acts) => {
        const orders = [await buysCredits(1000, { by: customer })];
        for (const next of acts) {
          await does(orders, next);
        }
        // Use up the faults that are still armed.
        await patiently(() => stripe.refunds.list());
        await patiently(() => stripe.refunds.create({ payment_intent: "pi_none" }));
        for (const bought of orders) {
          await everythingArrives(bought, { times: 2, shuffle_seed: 1 });
          await alarmRings(bought);
        }
        for (const bought of orders) {
          await env.ACCOUNT.getByName(bought.accountId).recordMoneyBack(bought.accountId, bought.orderId);
          await expectBooksToAgree(bought);
          await expectNothingOwedNeedlessly(bought);
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});

/** A second writer beside the account's object: an object that was replaced while its calls were in flight. */
function replacedObjectOf({ accountId }: Bought): AccountDeps {
  const created = createDeps(env);
  if (!created.ok) {
    throw new Error(created.setting);
  }
  const takeTurn = createQueue({ maxWaiting: 100, maxWaitMilliseconds: 5000, maxWorkMilliseconds: 5000 });
  const { deps } = created;
  const ledger = openLedger(deps.db, accountId, takeTurn, deps);
  return { ...deps, accountId, watch: () => Promise.resolve(), takeTurn, ...ledger };
}

describe("two objects of one account at once", () => {
  it("book each refund and dispute once", { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const bought = await buysCredits(1000);
      await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 333 });
      await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 333 });
      await disputed(bought, { amount: 334 });
      const others = [replacedObjectOf(bought), replacedObjectOf(bought)];

      await Promise.allSettled([
        ...others.map((deps) => recordMoneyBack(deps, bought.orderId)),
        env.ACCOUNT.getByName(bought.accountId).recordMoneyBack(bought.accountId, bought.orderId),
        everythingArrives(bought, { times: 2 }),
      ]);
      await everythingArrives(bought);

      expect(await balanceOf(bought)).toBe(0);
      await expectBooksToAgree(bought);
    }
  });

  it("never refund more of an order than was paid", { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const bought = await buysCredits(1000);
      const asks = [replacedObjectOf(bought), replacedObjectOf(bought)].map((deps) =>
        refundOrder(deps, {
          refundId: newRefundId(),
          orderId: bought.orderId,
          amount: toCents(600),
          reason: "requested_by_customer",
          actor: "staff@example.com",
          note: null,
        }),
      );
      await Promise.allSettled([...asks, staffRefunds(bought, 600)]);
      await everythingArrives(bought);
      expect(await balanceOf(bought)).toBe(400);
      await expectBooksToAgree(bought);
    }
  });
});

describe("a payment in a currency without decimals", () => {
  it("can be refunded in parts that add up exactly", async () => {
    await env.DB.prepare("INSERT INTO price_tiers VALUES ('jpy', 1, 1500000) ON CONFLICT DO NOTHING").run();
    const bought = await buysCredits(1000, { by: await customerUnder({ CURRENCY: "jpy" }) });
    expect(bought.amountCents).toBe(1500);
    for (const [amount, balance] of [
      [1, 1000],
      [1, 999],
      [499, 666],
      [500, 333],
      [499, 0],
    ] as const) {
      expect(await staffRefunds(bought, amount)).toMatchObject({ ok: true });
      expect(await balanceOf(bought)).toBe(balance);
    }
    await everythingArrives(bought, { times: 2 });
    await expectBooksToAgree(bought);
    const response = await bought.customer.request(`/orders/${bought.orderId}`, {
      headers: { Accept: "text/html" },
    });
    expect(await response.text()).toContain("¥499 was refunded to your card.");
  });
});
