/** Disputes: the disputed credits go at once and come back when it is won; never more goes than the order brought, whatever else is refunded. */
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
    "takes its credits at once on %s alone, however often that arrives",
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

  it("over part of a payment takes that part of the credits", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { amount: 333 });
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(667);
    await expectBooksToAgree(bought);
  });

  it("gives the credits back, once, when it is won", async () => {
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

  it("leaves the credits taken when it is lost", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought);
    await moves(id, "lost");
    await everythingArrives(bought, { times: 2 });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("gives the credits back when it is won on appeal, and takes them again if it is lost after that", async () => {
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

  it("ends as Stripe last said even if its events arrive only when it is over", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await moves(id, "under_review");
    await moves(id, "won");
    await everythingArrives(bought, { shuffle_seed: 5 });
    expect(await balanceOf(bought)).toBe(1000);
    await expectBooksToAgree(bought);
  });

  it("over spent credits leaves them owed, and settles that when it is won", async () => {
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

  it("over an order that does not know its payment yet is booked after the purchase", async () => {
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
  it("is recorded and takes nothing until it is escalated to a dispute", async () => {
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

  it("that is closed has taken nothing", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought, { inquiry: true });
    await moves(id, "warning_closed");
    await everythingArrives(bought);
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
    await expectBooksToAgree(bought);
  });

  it("that is answered with a refund takes what is refunded", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { inquiry: true });
    await everythingArrives(bought);
    expect(await staffRefunds(bought)).toMatchObject({ ok: true });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });
});

describe("an order with refunds and disputes", () => {
  it("loses no more than it brought to a refund followed by a dispute over the whole payment", async () => {
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

  it("loses everything to its dispute when a refund fails while the dispute is open", async () => {
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

  it("loses no more than it brought when its dispute is known before an earlier refund", async () => {
    const bought = await buysCredits(1000);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
    await disputed(bought, { amount: 600 });
    await delivers({ type: "charge.dispute.created", payment_intent: bought.paymentIntent });
    await everythingArrives(bought, { times: 2, shuffle_seed: 2 });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("loses a part to each of several disputes, which are decided separately", async () => {
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

  it("loses its credits only once to two disputes over the whole payment", async () => {
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

describe("a customer with a dispute", () => {
  it("cannot buy while it is open and is told why, but can settle an order placed before", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { amount: 100 });
    await everythingArrives(bought);

    expect(await bought.customer.buys()).toMatchObject({ status: 403, error: { code: "account_on_hold" } });

    const again = await bought.customer.settles(bought.orderId);
    expect(again).toMatchObject({ status: 200, order: { state: "paid" } });
  });

  it("can buy while it is only an inquiry, and once it is decided", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought, { inquiry: true, amount: 100 });
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject({ status: 200 });
    await moves(id, "needs_response");
    await moves(id, "lost");
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject({ status: 200 });
  });

  it("can buy if the operator's setting allows it", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder({ DURING_DISPUTE: "nothing" }) });
    await disputed(bought, { amount: 100 });
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject({ status: 200 });
  });
});

describe("of two answers from Stripe", () => {
  it("the one requested later wins, whichever is written last", async () => {
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
