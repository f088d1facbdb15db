/** Purchases, spends, refunds and disputes interleaved at random, with events delayed, repeated and shuffled: the books agree in the end. */
import { env } from "cloudflare:workers";
import { array, assert, asyncProperty, boolean, constantFrom, integer, oneof, record } from "fast-check";
import Stripe from "stripe";
import { describe, expect, inject, it } from "vitest";
import { createDeps } from "../../src/deps.ts";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import type { AccountDeps } from "../../src/operations/account-deps.ts";
import { recordMoneyBack } from "../../src/operations/record-money-back.ts";
import { refundOrder } from "../../src/operations/refund-order.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
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
  moves,
  newRefundId,
  spends,
  staffRefunds,
} from "./support.ts";

const { runs, seed } = inject("anyOrder");

/** Which order, and which of its disputes or refunds, the newest first; the last one there is if there are fewer. */
const which = integer({ min: 0, max: 2 });
const among = integer({ min: 0, max: 1 });
/** Mostly no whole number of credits, a ninth of a whole order at most, or most of it. */
const cents = oneof(integer({ min: 1, max: 333 }), integer({ min: 334, max: 3000 }));

const PENDS = "4000000000007726";

const act = oneof(
  record({
    act: constantFrom("buy" as const),
    credits: integer({ min: 100, max: 3000 }),
    card: constantFrom("4242424242424242", PENDS),
  }),
  record({ act: constantFrom("spend" as const), which, share: integer({ min: 1, max: 100 }) }),
  record({ act: constantFrom("refund" as const), which, cents: oneof(cents, constantFrom("left" as const)) }),
  record({ act: constantFrom("refund_elsewhere" as const), which, cents }),
  record({ act: constantFrom("refund_ends" as const), which, among, how: constantFrom("fail", "cancel") }),
  record({ act: constantFrom("refunds_complete" as const) }),
  record({ act: constantFrom("dispute" as const), which, cents, inquiry: boolean() }),
  record({
    act: constantFrom("decide" as const),
    which,
    among,
    status: constantFrom(
      "warning_closed",
      "needs_response",
      "under_review",
      "won",
      "lost",
      "appeal_needs_response",
      "appeal_under_review",
    ),
  }),
  record({ act: constantFrom("submit_evidence" as const), which, among }),
  record({ act: constantFrom("deliver" as const), which, seed: integer({ min: 1, max: 99 }) }),
  record({
    act: constantFrom("lose_answer" as const),
    call: constantFrom("POST /v1/refunds", "GET /v1/refunds", "GET /v1/disputes", "POST /v1/disputes"),
  }),
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

/** One of the payment's disputes or refunds at Stripe; undefined if there is none. */
async function oneOf(
  { paymentIntent }: Bought,
  what: "disputes" | "refunds",
  place: number,
): Promise<string | undefined> {
  const list = await patiently<{ data: { id: string }[] }>(() =>
    stripe[what].list({ payment_intent: paymentIntent }),
  );
  const ids = (list?.data ?? []).map(({ id }) => id);
  return ids[Math.min(place, ids.length - 1)];
}

async function does(orders: Bought[], next: Act): Promise<void> {
  const bought = "which" in next ? orders[next.which % orders.length] : orders[0];
  if (bought === undefined) {
    return;
  }
  switch (next.act) {
    case "buy": {
      if (orders.length < 3) {
        orders.push(await buysCredits(next.credits, { by: bought.customer, card: next.card }));
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
      await staffRefunds(bought, next.cents);
      break;
    }
    case "refund_elsewhere": {
      const { cents: amount } = next;
      await patiently(() => stripe.refunds.create({ payment_intent: bought.paymentIntent, amount }));
      break;
    }
    case "refund_ends": {
      // Stripe does not let every refund fail or be called off; then it stays as it is.
      const id = await oneOf(bought, "refunds", next.among);
      await control(`/stripe/refunds/${next.how}`, { id }).catch(() => null);
      break;
    }
    case "refunds_complete": {
      await control("/stripe/jobs/run", { kind: "complete_refund" });
      break;
    }
    case "dispute": {
      const { inquiry } = next;
      await disputed(bought, { amount: Math.min(next.cents, bought.amountCents), inquiry }).catch(() => null);
      break;
    }
    case "decide": {
      // Nor does the bank move a dispute from any status to any other.
      const id = await oneOf(bought, "disputes", next.among);
      await moves(id ?? "none", next.status).catch(() => null);
      break;
    }
    case "submit_evidence": {
      const disputeId = (await oneOf(bought, "disputes", next.among)) ?? "none";
      const asked = { disputeId, actor: "staff@example.com", changes: {} };
      await env.ACCOUNT.getByName(bought.accountId).submitEvidence(bought.accountId, asked);
      break;
    }
    case "deliver": {
      await everythingArrives(bought, { times: 2, shuffle_seed: next.seed });
      break;
    }
    case "lose_answer": {
      await nextCall(next.call, "lose_answer");
      break;
    }
    case "alarm": {
      await alarmRings(bought);
      break;
    }
  }
}

/** At no entry of the ledger had an order lost more credits than it brought, or got back more than it had lost. */
async function expectNeverTooMuchTaken(orders: readonly Bought[]): Promise<void> {
  const wrong = await rows(
    `SELECT order_id, seq, taken
     FROM (
       SELECT order_id, seq, -SUM(credits) OVER (PARTITION BY order_id ORDER BY seq) AS taken
       FROM ledger_entries
       WHERE kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')
     ) JOIN orders ON orders.id = order_id
     WHERE (taken < 0 OR taken > credits) AND order_id IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(orders.map(({ orderId }) => orderId)),
  );
  expect(wrong).toEqual([]);
}

/** Each piece of evidence that staff submitted is with the bank, once, or was refused. */
async function expectEvidenceAtRest({ orderId }: Bought): Promise<void> {
  const kept = await rows(
    `SELECT dispute_id, COUNT(submitted_at) AS submitted,
            SUM(submitted_at IS NULL AND refused_at IS NULL) AS waiting
     FROM dispute_evidence JOIN disputes ON disputes.id = dispute_id
     WHERE order_id = ?1 GROUP BY dispute_id`,
    orderId,
  );
  for (const { dispute_id: id, submitted, waiting } of kept) {
    expect({ id, waiting }).toEqual({ id, waiting: 0 });
    const { evidence_details: details } = await stripe.disputes.retrieve(String(id));
    expect({ id, submitted: details.submission_count }).toEqual({ id, submitted });
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
    await assert(
      asyncProperty(array(act, { minLength: 10, maxLength: 16 }), async (acts) => {
        // A customer of its own: there is a limit to the new cards that one may try.
        const orders = [await buysCredits(1000, { by: await customerUnder({ DURING_DISPUTE: "nothing" }) })];
        for (const next of acts) {
          await does(orders, next);
        }
        // Use up the faults that are still armed.
        await patiently(() => stripe.refunds.list());
        await patiently(() => stripe.refunds.create({ payment_intent: "pi_none" }));
        await patiently(() => stripe.disputes.list());
        await patiently(() => stripe.disputes.update("du_none", {}));
        for (const bought of orders) {
          await everythingArrives(bought, { times: 2, shuffle_seed: 1 });
          await alarmRings(bought);
        }
        for (const bought of orders) {
          await env.ACCOUNT.getByName(bought.accountId).recordMoneyBack(bought.accountId, bought.orderId);
          await expectBooksToAgree(bought);
          await expectNothingOwedNeedlessly(bought);
          await expectEvidenceAtRest(bought);
        }
        await expectNeverTooMuchTaken(orders);
      }),
      // On failure, the seed is in the message; ANY_ORDER_SEED runs it again.
      { numRuns: runs, endOnFailure: true, ...(seed !== null && { seed }) },
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
