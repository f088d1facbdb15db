/** Disputes: the disputed part goes at once, comes back when won, and never more than the order brought, whatever else goes back. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { advance, stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { delivers } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  buysCredits,
  buysCreditsUnknowing,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  fails,
  lines,
  moves,
  spends,
  staffRefunds,
} from "./support.ts";

describe("a dispute", () => {
  it.each(["charge.dispute.created", "charge.dispute.funds_withdrawn"])(
    "takes its credits at once, by %s alone, however often",
    async (type) => {
      const bought = await buysCredits(1000);
      await disputed(bought);

      await delivers({ type, payment_intent: bought.paymentIntent }, 4);

      expect(await lines(bought)).toEqual([
        ["purchase", 1000],
        ["dispute", -1000],
      ]);
      await everythingArrives(bought);
      await expectBooksToAgree(bought);
    },
  );

  it("over a part takes that part", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { amount: 333 });
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(667);
    await expectBooksToAgree(bought);
  });

  it("that is won gives the credits back, once", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought);
    await moves(id, "won");
    await everythingArrives(bought, { times: 3, shuffle_seed: 11 });
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["dispute", -1000],
      ["dispute_reversal", 1000],
    ]);
    await expectBooksToAgree(bought);
  });

  it("that is lost leaves them taken", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought);
    await moves(id, "lost");
    await everythingArrives(bought, { times: 2 });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("lost, appealed and won in the end gives them back; lost once more, they are taken a second time", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    for (const [status, balance] of [
      ["lost", 0],
      ["appeal_needs_response", 0],
      ["appeal_under_review", 0],
      ["won", 1000],
      ["appeal_under_review", 1000],
      ["lost", 0],
      ["won", 1000],
    ] as const) {
      await moves(id, status);
      await everythingArrives(bought, { times: 2 });
      expect({ status, balance: await balanceOf(bought) }).toEqual({ status, balance });
      await expectBooksToAgree(bought);
    }
    const names = await rows(
      "SELECT source_id FROM ledger_entries WHERE order_id = ?1 AND kind = 'dispute' ORDER BY seq",
      bought.orderId,
    );
    expect(names).toEqual([{ source_id: id }, { source_id: `${id}:2` }]);
  });

  it("whose events arrive only when it is over has its last word", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await moves(id, "under_review");
    await moves(id, "won");
    await everythingArrives(bought, { shuffle_seed: 5 });
    expect(await balanceOf(bought)).toBe(1000);
    await expectBooksToAgree(bought);
  });

  it("of credits already spent leaves them owed, and being won settles that", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 800);
    const id = await disputed(bought);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(-800);
    await moves(id, "won");
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(200);
    await expectBooksToAgree(bought);
  });

  it("of an order that does not know its payment yet is booked after the purchase", async () => {
    const bought = await buysCreditsUnknowing();
    await disputed(bought);
    await delivers({ type: "charge.dispute.created", payment_intent: bought.paymentIntent });
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["dispute", -1000],
    ]);
    await expectBooksToAgree(bought);
  });
});

describe("an inquiry", () => {
  it("takes nothing and is known; escalated, it takes", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought, { inquiry: true });
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(1000);
    expect(await rows("SELECT status FROM disputes WHERE order_id = ?1", bought.orderId)).toEqual([
      { status: "warning_needs_response" },
    ]);
    await expectBooksToAgree(bought);

    await moves(id, "needs_response");
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("closed has taken nothing", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought, { inquiry: true });
    await moves(id, "warning_closed");
    await everythingArrives(bought);
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
    await expectBooksToAgree(bought);
  });

  it("answered by a refund takes what is refunded", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { inquiry: true });
    await everythingArrives(bought);
    expect(await staffRefunds(bought)).toMatchObject({ ok: true });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });
});

describe("refunds and disputes of one order", () => {
  it("a refund, then a dispute over the whole: together they take what it brought", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 400);
    const id = await disputed(bought);
    await everythingArrives(bought);
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -400],
      ["dispute", -600],
    ]);
    await expectBooksToAgree(bought);

    await moves(id, "won");
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(600);
    await expectBooksToAgree(bought);
  });

  it("a refund that fails while a dispute is open leaves the dispute its whole", async () => {
    const bought = await buysCredits(1000);
    const refund = await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
    await disputed(bought);
    await everythingArrives(bought);
    await fails(refund.id);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);
    expect((await lines(bought)).slice(-2)).toEqual([
      ["refund_reversal", 400],
      ["dispute", -400],
    ]);
    await expectBooksToAgree(bought);
  });

  it("a dispute known before the refund that was made earlier: never more than it brought", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
    await disputed(bought, { amount: 600 });
    await delivers({ type: "charge.dispute.created", payment_intent: bought.paymentIntent });
    await everythingArrives(bought, { times: 2, shuffle_seed: 2 });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("several disputes take their parts, and each is decided for itself", async () => {
    const bought = await buysCredits(1000, { card: "4000000404000079" });
    await advance({ seconds: 5 });
    await everythingArrives(bought);
    const disputes = await rows("SELECT id, amount_cents FROM disputes WHERE order_id = ?1", bought.orderId);
    expect(disputes.length).toBeGreaterThan(1);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);

    await moves(String(disputes[0]?.["id"]), "won");
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(Number(disputes[0]?.["amount_cents"]));
    await expectBooksToAgree(bought);
  });

  it("two disputes over the whole take it once", async () => {
    const bought = await buysCredits(1000);
    const first = await disputed(bought);
    await disputed(bought);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);
    await moves(first, "won");
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });
});

describe("while a dispute is open", () => {
  it("nothing is bought, and the customer is told why; what was placed before goes on", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { amount: 100 });
    await everythingArrives(bought);

    expect(await bought.customer.buys()).toMatchObject({ status: 403, error: { code: "account_on_hold" } });

    const again = await bought.customer.settles(bought.orderId);
    expect(again).toMatchObject({ status: 200, order: { state: "paid" } });
  });

  it("decided, or only an inquiry, buying goes on", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought, { inquiry: true, amount: 100 });
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject({ status: 200 });
    await moves(id, "needs_response");
    await moves(id, "lost");
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject({ status: 200 });
  });

  it("buying goes on where the operator says so", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder({ DURING_DISPUTE: "nothing" }) });
    await disputed(bought, { amount: 100 });
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject({ status: 200 });
  });
});

describe("of two answers of Stripe's", () => {
  it("the one asked for later stands, whichever is written last", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought);
    await moves(id, "won");
    await everythingArrives(bought);

    const older = env.DB.prepare(
      "UPDATE disputes SET status = 'needs_response', asked = 0 WHERE id = ?1",
    ).bind(id);

    await expect(older.run()).rejects.toThrow("an older answer");
    await alarmRings(bought);
    expect(await balanceOf(bought)).toBe(1000);
  });
});
