/** Money that went back while every event about it was lost: reconciling books it, once, and counts what it settled. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { begins } from "../reconciliation/support.ts";
import { whileTheLedgerRefuses } from "../support/books.ts";
import { nextCall } from "../support/stripe.ts";
import { balanceOf, buysCredits, disputed, expectBooksToAgree, fails, lines, moves } from "./support.ts";

beforeEach(begins);

describe("reconciling", () => {
  it("books a refund and a dispute whose events were lost, once", async () => {
    const refunded = await buysCredits(1000);
    const contested = await buysCredits(2000);
    const untouched = await buysCredits(500);
    await stripe.refunds.create({ payment_intent: refunded.paymentIntent, amount: 333 });
    await disputed(contested, { amount: 700 });

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 3, settled: 2, differences: 0 });
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 0, differences: 0 });

    expect(await lines(refunded)).toEqual([
      ["purchase", 1000],
      ["refund", -333],
    ]);
    expect(await balanceOf(contested)).toBe(1300);
    expect(await balanceOf(untouched)).toBe(500);
    for (const bought of [refunded, contested, untouched]) {
      await expectBooksToAgree(bought);
    }
  });

  it("books that a refund has failed and a dispute has been won since", async () => {
    const refunded = await buysCredits(1000);
    const contested = await buysCredits(1000);
    const refund = await stripe.refunds.create({ payment_intent: refunded.paymentIntent });
    const dispute = await disputed(contested);
    await reconcileNow(env);
    expect([await balanceOf(refunded), await balanceOf(contested)]).toEqual([0, 0]);

    await fails(refund.id);
    await moves(dispute, "won");
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 2, differences: 0 });

    expect([await balanceOf(refunded), await balanceOf(contested)]).toEqual([1000, 1000]);
    await expectBooksToAgree(refunded);
    await expectBooksToAgree(contested);
  });

  it("lists what it could not book, and takes it off the list once it is booked", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 100 });
    await whileTheLedgerRefuses(() => reconcileNow(env));
    expect(await listDifferences(env.DB, 10)).toMatchObject([
      { kind: "money_back_not_booked", orderId: bought.orderId },
    ]);

    await env.ACCOUNT.getByName(bought.accountId).recover(bought.accountId);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    await expectBooksToAgree(bought);
  });

  it("asks again when Stripe's lists do not answer at first", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 100 });
    await nextCall("GET /v1/refunds", "unreachable", 2);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 1, differences: 0 });
    await expectBooksToAgree(bought);
  });

  it("takes nothing for an authorisation that was voided", async () => {
    const bought = await buysCredits(1000);
    await control("/stripe/bank", { checks: "unavailable_at_setup" });
    await bought.customer.buys({ card: "4000000000000036" });
    await control("/stripe/bank", { checks: "as_card" });
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", settled: 0, differences: 0 });
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
  });
});
