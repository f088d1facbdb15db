/** Refunds, disputes and fraud warnings compared both ways: what Stripe has and our books do not, and the reverse. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { DAY } from "../../src/domain/instant.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { findUnfinishedReconciliation } from "../../src/store/reconciliations.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { rows, whileTheLedgerRefuses } from "../support/books.ts";
import { callsMade, nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  buysCreditsUnknowing,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  lines,
  moves,
  staffRefunds,
} from "../refunds/support.ts";
import { staffMember } from "../staff/support.ts";
import { begins, byForce, kindsListed } from "./support.ts";

beforeEach(begins);

async function bankWarns({ paymentIntent }: Pick<Bought, "paymentIntent">): Promise<void> {
  await control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent });
}

const REFUNDS = { REFUND_ON_FRAUD_WARNING: "yes" };

describe("a refund or dispute in our books that Stripe's lists do not show", () => {
  it("is listed with our side at every comparison as long as Stripe does not know it", async () => {
    const refunded = await buysCredits(1000);
    await staffRefunds(refunded, 300);
    const contested = await buysCredits(1000);
    const dispute = await disputed(contested, { amount: 400 });
    await everythingArrives(contested);
    const [refund] = await rows(
      "SELECT stripe_refund_id AS id FROM refunds WHERE order_id = ?1",
      refunded.orderId,
    );
    // As if all of this had been made in another Stripe account.
    await control("/reset");
    await env.DB.prepare("UPDATE orders SET reconciled_at = 1").run();

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 2 });
    const found = await listDifferences(env.DB, 10);

    expect(found.toSorted((one, other) => (one.subject < other.subject ? 1 : -1))).toMatchObject([
      {
        kind: "money_back_not_at_stripe",
        subject: refund?.["id"],
        orderId: refunded.orderId,
        accountId: refunded.accountId,
        ours: { what: "refund", status: "succeeded", amount_cents: 300 },
        theirs: null,
      },
      {
        kind: "money_back_not_at_stripe",
        subject: dispute,
        orderId: contested.orderId,
        ours: { what: "dispute", status: "needs_response", amount_cents: 400 },
        theirs: null,
      },
    ]);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 2 });
    // No credits move automatically: a person has to look.
    expect([await balanceOf(refunded), await balanceOf(contested)]).toEqual([700, 600]);
  });

  it("is looked up by its id if it is older than the lists go back", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 300);
    await env.DB.prepare("UPDATE orders SET reconciled_at = 1").run();
    await env.DB.prepare(
      "INSERT INTO reconciliations (id, from_at, until_at, stage, started_at, updated_at, finished_at) VALUES ('rec_before', 0, ?1, 'done', 1, 1, 1)",
    )
      .bind(Date.now() + 60 * DAY)
      .run();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60 * DAY });
    try {
      expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    } finally {
      vi.useRealTimers();
    }
    expect(await rows("SELECT id FROM refunds WHERE reconciled_at IS NULL")).toEqual([]);
  });

  it("is looked up by its id if it is a dispute older than the list and not decided yet, so that the hold ends", async () => {
    const bought = await buysCredits(1000);
    const dispute = await disputed(bought);
    await everythingArrives(bought);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    const later = Date.now() + 200 * DAY;
    await env.DB.prepare("UPDATE reconciliations SET until_at = ?1")
      .bind(later - DAY)
      .run();
    vi.useFakeTimers({ toFake: ["Date"], now: later });
    try {
      // Its last event was lost.
      await moves(dispute, "won");
      expect(await isOnHold(bought)).toBe(true);

      // Stripe has forgotten the disputes of the tests before this one, which are looked up as well.
      expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1 });

      expect(await rows("SELECT kind FROM open_differences WHERE subject = ?1", dispute)).toEqual([]);
      expect(await isOnHold(bought)).toBe(false);
      expect(await balanceOf(bought)).toBe(1000);
      await expectBooksToAgree(bought);
      // Decided, it is asked for no more.
      const before = (await callsMade()).length;
      await reconcileNow(env);
      const calls = (await callsMade()).slice(0, -before);
      expect(calls.filter(({ path }) => path === `/v1/disputes/${dispute}`)).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

async function isOnHold({ accountId }: Pick<Bought, "accountId">): Promise<boolean> {
  const account = await staffMember().reads(`/admin/accounts/${accountId}`);
  return z.object({ stops: z.object({ is_buying_on_hold: z.boolean() }) }).parse(account).stops
    .is_buying_on_hold;
}

describe("a payment that our books do not know", () => {
  it("is credited and partly taken back in one comparison if it was refunded and disputed meanwhile", async () => {
    const bought = await buysCreditsUnknowing();
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 250 });
    await disputed(bought, { amount: 500 });

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 1, differences: 0 });

    expect(await balanceOf(bought)).toBe(250);
    await expectBooksToAgree(bought);
  });
});

describe("a refund that differs from Stripe's", () => {
  it("in its amount, changed by force, is listed with both sides until it is mended", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 300);
    const change = "UPDATE refunds SET amount_cents = ?2 WHERE order_id = ?1";
    await byForce("refunds", change, bought.orderId, 200);

    // The credits taken no longer match a refund of 200, so the ledger may follow and give 100 back.
    expect(await reconcileNow(env)).toMatchObject({ stage: "done" });
    expect(await kindsListed()).toContain("money_back_not_booked");
    const found = await listDifferences(env.DB, 10);
    expect(found.find(({ kind }) => kind === "money_back_not_booked")).toMatchObject({
      orderId: bought.orderId,
      ours: { what: "refund", status: "succeeded", amount_cents: 200 },
      theirs: { what: "refund", status: "succeeded", amount_cents: 300 },
    });

    await byForce("refunds", change, bought.orderId, 300);
    await env.ACCOUNT.getByName(bought.accountId).recordMoneyBack(bought.accountId, bought.orderId);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    await expectBooksToAgree(bought);
  });

  it("because its ledger entries were cut off is booked", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 100 });
    await whileTheLedgerRefuses(() => reconcileNow(env));
    expect(await kindsListed()).toEqual(["money_back_not_booked"]);

    // The refund's row is written by now; only its entries are missing.
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    expect(await balanceOf(bought)).toBe(900);
    await expectBooksToAgree(bought);
  });
});

describe("refunds on several pages", () => {
  it(
    "are all booked once, even if Stripe becomes unreachable after the first page",
    { timeout: 60_000 },
    async () => {
      const bought = await buysCredits(1000);
      const other = await buysCredits(1000);
      await stripe.refunds.create({ payment_intent: other.paymentIntent, amount: 70 });
      for (let count = 0; count < 104; count += 1) {
        await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 1 });
      }
      const wait = vi.spyOn(scheduler, "wait").mockImplementation(async () => {});
      // The first page of all refunds and two pages of this order's are answered, and then nothing.
      await nextCall("GET /v1/refunds", "slow", 3);
      await nextCall("GET /v1/refunds", "unreachable", 10);

      expect(await reconcileNow(env)).toBeNull();
      expect(await findUnfinishedReconciliation(env.DB)).toMatchObject({
        stage: "refunds",
        cursor: expect.stringMatching(/^re_/),
        settled: 1,
      });
      wait.mockRestore();
      expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 2, differences: 0 });

      expect([await balanceOf(bought), await balanceOf(other)]).toEqual([896, 930]);
      await expectBooksToAgree(other);
    },
  );
});

describe("an early fraud warning whose event was lost", () => {
  it("is found, and refunds the payment once if the operator wants that", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    // By now Stripe says that the warning calls for nothing more, which is recorded; then nothing is left to learn.
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 0, differences: 0 });

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -1000],
    ]);
    expect(await rows("SELECT reason, actor FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { reason: "fraudulent", actor: "fraud_warning" },
    ]);
    await expectBooksToAgree(bought);
  });

  it("is recorded and takes nothing if the operator does not want that", async () => {
    const customer = await customerUnder({ REFUND_ON_FRAUD_WARNING: "no" });
    const bought = await buysCredits(1000, { by: customer });
    await bankWarns(bought);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 0 });

    expect(
      await rows("SELECT is_actionable FROM fraud_warnings WHERE order_id = ?1", bought.orderId),
    ).toEqual([{ is_actionable: 1 }]);
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
  });

  it("refunds nothing when the payment is disputed by now, even if the dispute's event was lost too", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);
    await disputed(bought);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["dispute", -1000],
    ]);
    expect(await rows("SELECT id FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([]);
    await expectBooksToAgree(bought);
  });

  it("is recorded as needing nothing more once the payment is refunded", async () => {
    const bought = await buysCredits(1000);
    await bankWarns(bought);
    await reconcileNow(env);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent });

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });

    expect(
      await rows("SELECT is_actionable FROM fraud_warnings WHERE order_id = ?1", bought.orderId),
    ).toEqual([{ is_actionable: 0 }]);
    await expectBooksToAgree(bought);
  });

  it("is listed with both sides while its refund cannot be made, until the alarm makes it", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);
    await nextCall("POST /v1/refunds", "unreachable", 2);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 1 });
    expect(await listDifferences(env.DB, 10)).toMatchObject([
      {
        kind: "fraud_warning_not_handled",
        orderId: bought.orderId,
        ours: { payment_intent_id: bought.paymentIntent },
        theirs: { fraud_type: "made_with_stolen_card", is_actionable: 1 },
      },
    ]);

    await alarmRings(bought);
    expect(await balanceOf(bought)).toBe(0);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    await expectBooksToAgree(bought);
  });

  it(
    "is found on the second page, even if Stripe becomes unreachable after the first",
    { timeout: 60_000 },
    async () => {
      const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
      const noisy = await buysCredits(500);
      await bankWarns(bought);
      for (let count = 0; count < 102; count += 1) {
        await bankWarns(noisy);
      }
      const wait = vi.spyOn(scheduler, "wait").mockImplementation(async () => {});
      // The first page and the warnings of its one order are answered, and then nothing.
      await nextCall("GET /v1/radar", "slow", 2);
      await nextCall("GET /v1/radar", "unreachable", 10);

      expect(await reconcileNow(env)).toBeNull();
      expect(await findUnfinishedReconciliation(env.DB)).toMatchObject({
        stage: "fraud_warnings",
        cursor: expect.stringMatching(/^issfr_/),
      });
      expect(await balanceOf(bought)).toBe(1000);
      wait.mockRestore();

      expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
      expect(await balanceOf(bought)).toBe(0);
    },
  );
});
