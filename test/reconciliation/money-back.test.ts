/** Refunds, disputes and fraud warnings compared both ways: what Stripe has and we have not, and the reverse. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileNow } from "../../src/account/reconcile-books.ts";
import { DAY } from "../../src/domain/instant.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { findUnfinishedReconciliation } from "../../src/store/reconciliations.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { rows, whileTheLedgerRefuses } from "../support/books.ts";
import { nextCall } from "../support/stripe.ts";
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
  staffRefunds,
} from "../refunds/support.ts";
import { begins, byForce, kindsListed } from "./support.ts";

beforeEach(begins);

async function bankWarns({ paymentIntent }: Pick<Bought, "paymentIntent">): Promise<void> {
  await control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent });
}

const REFUNDS = { REFUND_ON_FRAUD_WARNING: "yes" };

describe("a refund or a dispute of ours that Stripe's lists do not show", () => {
  it("and that Stripe does not know is listed with our side, again each time, for as long as that is so", async () => {
    const refunded = await buysCredits(1000);
    await staffRefunds(refunded, 300);
    const contested = await buysCredits(1000);
    const dispute = await disputed(contested, { amount: 400 });
    await everythingArrives(contested);
    const [refund] = await rows(
      "SELECT stripe_refund_id AS id FROM refunds WHERE order_id = ?1",
      refunded.orderId,
    );
    // As if all of it had been made in another Stripe account.
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
    // Nothing is taken back or given by itself: a person has to look.
    expect([await balanceOf(refunded), await balanceOf(contested)]).toEqual([700, 600]);
  });

  it("for they are older than the lists go back is asked for by its id, and once seen not again", async () => {
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
});

describe("a payment that nobody noticed", () => {
  it("and that was refunded in part and disputed since, is credited and taken back in one comparison", async () => {
    const bought = await buysCreditsUnknowing();
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 250 });
    await disputed(bought, { amount: 500 });

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 1, differences: 0 });

    expect(await balanceOf(bought)).toBe(250);
    await expectBooksToAgree(bought);
  });
});

describe("a refund that differs", () => {
  it("in its amount, which only a hand could have changed, is listed with both sides, and goes once it is mended", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 300);
    const change = "UPDATE refunds SET amount_cents = ?2 WHERE order_id = ?1";
    await byForce("refunds", change, bought.orderId, 200);

    // The credits taken are not those of 200 any more, or 100 would be given back: which the ledger then follows.
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

  it("in its state, with its ledger entries cut off, is booked", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 100 });
    await whileTheLedgerRefuses(() => reconcileNow(env));
    expect(await kindsListed()).toEqual(["money_back_not_booked"]);

    // The refund's row is written by now, and only its entries lack.
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    expect(await balanceOf(bought)).toBe(900);
    await expectBooksToAgree(bought);
  });
});

describe("refunds on several pages", () => {
  it("are all booked, once, though Stripe is away after the first page", { timeout: 60_000 }, async () => {
    const bought = await buysCredits(1000);
    const other = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: other.paymentIntent, amount: 70 });
    for (let count = 0; count < 104; count += 1) {
      await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 1 });
    }
    const wait = vi.spyOn(scheduler, "wait").mockImplementation(async () => {});
    // The first page of all refunds, two of this order's, and then nothing.
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
  });
});

describe("an early fraud warning whose event was lost", () => {
  it("is found, and refunds the payment where the operator wants that, once", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    // By now Stripe says that nothing more helps; then there is nothing left to learn.
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

  it("is known and takes nothing where the operator does not; nor later, when they change their mind", async () => {
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

  it("about a payment disputed since, whose event was lost too, refunds nothing: the bank has the money", async () => {
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

  it("that a refund answered since is known to call for nothing more", async () => {
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

  it("whose refund cannot be made now is listed with both sides, made by the alarm, and then off the list", async () => {
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

  it("on the second page is found, though Stripe is away after the first", { timeout: 60_000 }, async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    const noisy = await buysCredits(500);
    await bankWarns(bought);
    for (let count = 0; count < 102; count += 1) {
      await bankWarns(noisy);
    }
    const wait = vi.spyOn(scheduler, "wait").mockImplementation(async () => {});
    // The first page, and what is asked about its one order; then nothing.
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
  });
});
