/** Refunds, made in Stripe's dashboard or by staff: the credits are taken back in proportion, once, wherever the refund began. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { RefundAnswer } from "../../src/account/refund-answer.ts";
import { DAY } from "../../src/domain/instant.ts";
import { advance, stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { newOrderId } from "../support/customer.ts";
import { bankSays, callsMade, delivers, nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  boughtBy,
  buysCredits,
  buysCreditsUnknowing,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  fails,
  lines,
  newRefundId,
  spends,
  staffRefunds,
} from "./support.ts";

const FAILS_LATER = "4000000000005126";
const PENDS = "4000000000007726";

/** What staff are told before they confirm the refund of all that is left. */
function quoteOf({ accountId, orderId }: Bought) {
  return env.ACCOUNT.getByName(accountId).quoteRefund(accountId, orderId, null);
}

/** Staff confirm a refund of all that is left, whose quote said that nothing would be owed. */
async function refundsOwingNothing({ accountId, orderId }: Bought): Promise<RefundAnswer> {
  return env.ACCOUNT.getByName(accountId).refundOrder(accountId, {
    refundId: newRefundId(),
    orderId,
    amount: "left",
    reason: "requested_by_customer",
    actor: "staff@example.com",
    note: null,
    mostOwed: 0,
  });
}

async function refundsElsewhere(bought: Bought, amount?: number): Promise<string> {
  const refund = await stripe.refunds.create({
    payment_intent: bought.paymentIntent,
    ...(amount !== undefined && { amount }),
  });
  return refund.id;
}

/** The calls about refunds that the product has made, newest first. */
async function refundCalls(): Promise<Awaited<ReturnType<typeof callsMade>>> {
  return (await callsMade()).filter(({ path }) => path.includes("refunds"));
}

describe("a refund made in Stripe's dashboard", () => {
  it("takes its credits when its event arrives, and only once however often that is", async () => {
    const bought = await buysCredits(1000);
    await refundsElsewhere(bought, 250);

    expect(await delivers({ type: "refund.created", payment_intent: bought.paymentIntent }, 5)).toEqual(
      Array.from({ length: 5 }, () => 200),
    );

    expect(await bought.customer.balance()).toBe(750);
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -250],
    ]);
    await expectBooksToAgree(bought);
  });

  it("takes exactly all credits when made in awkward parts, with one entry for each part", async () => {
    const bought = await buysCredits(1000);
    for (const amount of [333, 1, 333, 332, 1]) {
      await refundsElsewhere(bought, amount);
      await everythingArrives(bought);
    }

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -333],
      ["refund", -1],
      ["refund", -333],
      ["refund", -332],
      ["refund", -1],
    ]);
    await expectBooksToAgree(bought);
  });

  it("takes each part once when all events arrive together, shuffled and three times over", async () => {
    const bought = await buysCredits(10_000);
    expect(bought.amountCents).toBe(9000);
    for (const amount of [1, 2999, 1500, 7]) {
      await refundsElsewhere(bought, amount);
    }

    await everythingArrives(bought, { times: 3, shuffle_seed: 7 });

    expect((await lines(bought)).map(([kind]) => kind)).toEqual([
      "purchase",
      "refund",
      "refund",
      "refund",
      "refund",
    ]);
    await expectBooksToAgree(bought);
  });

  it("takes credits only from its own order when the account has two", async () => {
    const one = await buysCredits(1000);
    const other = await buysCredits(2000, { by: one.customer });
    await refundsElsewhere(one);
    await refundsElsewhere(other, 500);
    await everythingArrives(other);
    await everythingArrives(one);

    expect(await balanceOf(one)).toBe(1500);
    await expectBooksToAgree(one);
    await expectBooksToAgree(other);
  });

  it("worth less than one credit takes none until the parts add up to one", async () => {
    const bought = await buysCredits(1000);
    await env.DB.prepare("INSERT INTO price_tiers VALUES ('usd', 3, 333333)").run();
    const dear = await buysCredits(100, { by: bought.customer });
    await env.DB.prepare("DELETE FROM price_tiers WHERE from_credits = 3").run();
    expect(dear.amountCents).toBe(3333);

    await refundsElsewhere(dear, 20);
    await everythingArrives(dear);
    expect(await balanceOf(dear)).toBe(1100);
    await expectBooksToAgree(dear);
    await refundsElsewhere(dear, 20);
    await everythingArrives(dear);
    expect(await balanceOf(dear)).toBe(1099);
    await expectBooksToAgree(dear);
    await refundsElsewhere(dear);
    await everythingArrives(dear);
    expect(await balanceOf(dear)).toBe(1000);
    await expectBooksToAgree(dear);
  });

  it("before the order knows of its payment is booked after the purchase, on the refund's event alone", async () => {
    const bought = await buysCreditsUnknowing();

    await refundsElsewhere(bought, 400);
    expect(await delivers({ type: "refund.created", payment_intent: bought.paymentIntent })).toEqual([200]);

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -400],
    ]);
    await expectBooksToAgree(bought);
  });
});

describe("a refund that is pending", () => {
  it("takes its credits at once, and keeps them when it succeeds", async () => {
    const bought = await buysCredits(1000, { card: PENDS });
    await refundsElsewhere(bought, 600);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(400);
    expect(await rows("SELECT state FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { state: "pending" },
    ]);

    await advance({ seconds: 10 });
    await everythingArrives(bought);

    expect(await rows("SELECT state FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { state: "succeeded" },
    ]);
    expect(await balanceOf(bought)).toBe(400);
    await expectBooksToAgree(bought);
  });
});

describe("a refund that fails", () => {
  it("gives its credits back, and can be made again", async () => {
    const bought = await buysCredits(1000, { card: FAILS_LATER });
    await refundsElsewhere(bought);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);
    await advance({ seconds: 10 });
    await everythingArrives(bought, { shuffle_seed: 3, times: 2 });
    expect(await balanceOf(bought)).toBe(1000);
    await expectBooksToAgree(bought);

    await refundsElsewhere(bought, 500);
    await everythingArrives(bought);

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -1000],
      ["refund_reversal", 1000],
      ["refund", -500],
    ]);
    await expectBooksToAgree(bought);
  });

  it("has taken nothing if its failure is the only event that arrives", async () => {
    const bought = await buysCredits(1000);
    const id = await refundsElsewhere(bought, 300);
    await fails(id);
    await delivers({ type: "refund.failed", payment_intent: bought.paymentIntent });
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
    await everythingArrives(bought);
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
    await expectBooksToAgree(bought);
  });

  it("leaves the other parts exact when it is the second of three", async () => {
    const bought = await buysCredits(1000);
    const [, second] = [
      await refundsElsewhere(bought, 333),
      await refundsElsewhere(bought, 333),
      await refundsElsewhere(bought, 334),
    ];
    await everythingArrives(bought);
    await fails(second);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(333);
    await expectBooksToAgree(bought);
  });

  it("gives its credits back to its own grant after another grant made them good", async () => {
    const bought = await buysCredits(1000, { card: FAILS_LATER });
    await spends(bought, 1000);
    await refundsElsewhere(bought);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(-1000);
    const next = await buysCredits(1500, { by: bought.customer });
    expect(await balanceOf(bought)).toBe(500);

    await advance({ seconds: 10 });
    await everythingArrives(bought);

    expect(await balanceOf(bought)).toBe(1500);
    expect(
      await rows("SELECT remaining FROM grants WHERE account_id = ?1 ORDER BY created_at", bought.accountId),
    ).toEqual([{ remaining: 1000 }, { remaining: 500 }]);
    await expectBooksToAgree(bought);
    await expectBooksToAgree(next);
  });
});

describe("a voided authorisation", () => {
  it("takes nothing, although Stripe sends events of a refund and a refunded charge for it", async () => {
    const before = await buysCredits(1000);
    await bankSays("unavailable_at_setup");
    const refused = await before.customer.buys({ card: "4000000000000036" });
    await bankSays("as_card");
    expect(refused).toMatchObject({ status: 402, error: { code: "card_check_failed" } });

    const statuses = [
      ...(await delivers({ type: "refund.created" })),
      ...(await delivers({ type: "charge.refunded" })),
    ];

    expect(statuses.length).toBeGreaterThanOrEqual(2);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await lines(before)).toEqual([["purchase", 1000]]);
    expect(await rows("SELECT id FROM refunds WHERE account_id = ?1", before.accountId)).toEqual([]);
  });
});

describe("a refund by staff", () => {
  it("takes the credits at once, and its events afterwards change nothing", async () => {
    const bought = await buysCredits(1000);

    const answer = await staffRefunds(bought, 400);

    expect(answer).toMatchObject({ ok: true, refund: { state: "succeeded", amountCents: 400 } });
    expect(await balanceOf(bought)).toBe(600);
    await everythingArrives(bought, { times: 3 });
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -400],
    ]);
    expect(
      await rows("SELECT actor FROM ledger_entries WHERE kind = 'refund' AND order_id = ?1", bought.orderId),
    ).toEqual([{ actor: "staff@example.com" }]);
    await expectBooksToAgree(bought);
  });

  it("does exactly what its quote said", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 700);
    const account = env.ACCOUNT.getByName(bought.accountId);
    const quoted = await account.quoteRefund(bought.accountId, bought.orderId, null);
    expect(quoted).toMatchObject({
      ok: true,
      quote: { creditsUsed: 700, creditsLeft: 300, creditsToTake: 1000, balanceAfter: -700 },
    });

    await staffRefunds(bought);

    expect(await balanceOf(bought)).toBe(-700);
    await expectBooksToAgree(bought);
  });

  it("that is requested again with the same id is the same refund", async () => {
    const bought = await buysCredits(1000);
    const id = newRefundId();
    const answers = [
      await staffRefunds(bought, 300, id),
      await staffRefunds(bought, 300, id),
      ...(await Promise.all([staffRefunds(bought, 300, id), staffRefunds(bought, 300, id)])),
    ];
    expect(answers.every((answer) => answer.ok && answer.refund.state === "succeeded")).toBe(true);
    expect(await balanceOf(bought)).toBe(700);
    await expectBooksToAgree(bought);
  });

  it("with the same id for another amount or another order is a conflict", async () => {
    const bought = await buysCredits(1000);
    const other = await buysCredits(1000, { by: bought.customer });
    const id = newRefundId();
    await staffRefunds(bought, 300, id);
    expect(await staffRefunds(bought, 301, id)).toMatchObject({ failure: { kind: "refund_conflict" } });
    expect(await staffRefunds(other, 300, id)).toMatchObject({ failure: { kind: "refund_conflict" } });
    await expectBooksToAgree(bought);
  });

  it("of more than is left is refused without calling Stripe", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 700);
    const before = await refundCalls();
    expect(before).not.toEqual([]);

    expect(await staffRefunds(bought, 301)).toMatchObject({
      ok: false,
      failure: { kind: "refund_exceeds_rest", leftCents: 300 },
    });

    expect(await refundCalls()).toEqual(before);
    expect(await staffRefunds(bought, 300)).toMatchObject({ ok: true });
    expect(await staffRefunds(bought, 1)).toMatchObject({ failure: { kind: "nothing_to_refund" } });
    await expectBooksToAgree(bought);
  });

  it.each([2, 3, 5])("requested %i times at once is made once", async (count) => {
    const bought = await buysCredits(1000);
    const answers = await Promise.all(Array.from({ length: count }, () => staffRefunds(bought)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("that Stripe refuses because of another one in the dashboard books that one instead", async () => {
    const bought = await buysCredits(1000);
    await refundsElsewhere(bought, 800);

    const answer = await staffRefunds(bought, 500);

    expect(answer).toMatchObject({
      ok: false,
      failure: { kind: "refund_refused" },
      refund: { state: "refused" },
    });
    expect(await balanceOf(bought)).toBe(200);
    await expectBooksToAgree(bought);
  });

  it("takes the credits of an order even if they expired, as its quote says", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 400);
    await spends(bought, 600, "expiry");
    const account = env.ACCOUNT.getByName(bought.accountId);
    expect(await account.quoteRefund(bought.accountId, bought.orderId, null)).toMatchObject({
      quote: {
        creditsUsed: 400,
        creditsExpired: 600,
        creditsLeft: 0,
        creditsToTake: 1000,
        balanceAfter: -1000,
      },
    });
    await staffRefunds(bought);
    expect(await balanceOf(bought)).toBe(-1000);
    await expectBooksToAgree(bought);
  });

  it("of spent credits is made good at once from the account's other credits", async () => {
    const bought = await buysCredits(1000);
    const other = await buysCredits(500, { by: bought.customer });
    await spends(bought, 1000);
    await staffRefunds(bought);

    expect(await balanceOf(bought)).toBe(-500);
    expect((await lines(bought)).slice(-3)).toEqual([
      ["refund", -1000],
      ["repayment", -500],
      ["repayment", 500],
    ]);
    const third = await buysCredits(800, { by: bought.customer });
    expect(await balanceOf(bought)).toBe(300);
    for (const each of [bought, other, third]) {
      await expectBooksToAgree(each);
    }
  });

  it("that another member of staff makes at once, on another order, is refused if credits would be owed that its quote did not name", async () => {
    const one = await buysCredits(1000);
    const other = await buysCredits(1000, { by: one.customer });
    await spends(one, 1000);
    for (const bought of [one, other]) {
      expect(await quoteOf(bought)).toMatchObject({ quote: { creditsToTake: 1000, balanceAfter: 0 } });
    }

    const answers = await Promise.all([one, other].map((bought) => refundsOwingNothing(bought)));

    expect(answers.filter(({ ok }) => ok)).toMatchObject([{ refund: { state: "succeeded" } }]);
    expect(answers.filter(({ ok }) => !ok)).toMatchObject([
      { failure: { kind: "refund_quote_changed", creditsOwed: 1000 } },
    ]);
    expect(await balanceOf(one)).toBe(0);
    await expectBooksToAgree(one);
    await expectBooksToAgree(other);
  });

  it("counts what a refund of another order will take that Stripe has not answered yet, and no longer when that is refused", async () => {
    const one = await buysCredits(1000);
    const other = await buysCredits(1000, { by: one.customer });
    await spends(one, 1000);
    await nextCall("POST /v1/refunds", "unreachable", 2);
    expect(await staffRefunds(one, 400)).toMatchObject({ ok: true, refund: { state: "requested" } });

    expect(await quoteOf(other)).toMatchObject({ quote: { balanceAfter: -400 } });
    expect(await refundsOwingNothing(other)).toMatchObject({
      failure: { kind: "refund_quote_changed", creditsOwed: 400 },
    });

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
    await alarmRings(one);
    vi.useRealTimers();
    expect(await refundsOwingNothing(other)).toMatchObject({ ok: true, refund: { state: "succeeded" } });
    expect(await balanceOf(other)).toBe(0);
    await expectBooksToAgree(one);
    await expectBooksToAgree(other);
  });

  it("of another account's order finds no such order", async () => {
    const bought = await buysCredits(1000);
    const stranger = await buysCredits(1000);
    expect(await staffRefunds({ ...bought, accountId: stranger.accountId })).toMatchObject({
      failure: { kind: "order_not_found" },
    });
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
  });

  it.each([
    ["refused", "4000000000000036"],
    ["declined", "4000000000000341"],
    ["verifying", "4000002760003184"],
  ])(
    "of an unpaid order, which is %s, finds no order to refund and asks nothing of Stripe",
    async (state, card) => {
      const paid = await buysCredits(1000);
      const orderId = newOrderId();
      await paid.customer.buys({ orderId, card });
      const unpaid = await boughtBy(paid.customer, orderId);
      const ordered = await rows("SELECT state, payment_intent_id FROM orders WHERE id = ?1", orderId);
      expect(ordered).toMatchObject([{ state }]);
      const before = await refundCalls();

      const refused = { ok: false, failure: { kind: "order_not_found" }, refund: null };
      expect(await staffRefunds(unpaid)).toMatchObject(refused);
      expect(await staffRefunds(unpaid, 100)).toMatchObject(refused);

      expect(await refundCalls()).toEqual(before);
      expect(await rows("SELECT id FROM refunds WHERE account_id = ?1", paid.accountId)).toEqual([]);
      expect(await rows("SELECT state, payment_intent_id FROM orders WHERE id = ?1", orderId)).toEqual(
        ordered,
      );
      expect(await lines(paid)).toEqual([["purchase", 1000]]);
      await expectBooksToAgree(paid);
    },
  );

  it("of a disputed order is refused", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought, { amount: 400 });
    await everythingArrives(bought);
    expect(await staffRefunds(bought, 100)).toMatchObject({ failure: { kind: "order_disputed" } });
    await expectBooksToAgree(bought);
  });
});

describe("the database", () => {
  it("refuses a refund of more than is left, whoever writes it", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 600);
    const asked = env.DB.prepare(
      `INSERT INTO refunds (id, account_id, order_id, state, amount_cents, actor, requested_at)
       VALUES (?1, ?2, ?3, 'requested', 401, 'test', 1)`,
    ).bind(newRefundId(), bought.accountId, bought.orderId);
    await expect(asked.run()).rejects.toThrow("no more than what is left");
  });

  it.each([
    ["DELETE FROM refunds WHERE order_id = ?1", "never deleted"],
    ["UPDATE refunds SET amount_cents = 1 WHERE order_id = ?1", "never changes"],
    [
      "UPDATE refunds SET state = 'requested', stripe_refund_id = NULL, known_at = NULL WHERE order_id = ?1",
      "refunds:",
    ],
    ["UPDATE refunds SET stripe_refund_id = 're_other' WHERE order_id = ?1", "one and the same"],
    ["UPDATE money_back SET posted = 0 WHERE order_id = ?1", "money_back:"],
    ["UPDATE money_back SET known = 0, posted = 0 WHERE order_id = ?1", "money_back:"],
  ])("refuses %s", async (statement, because) => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 600);
    await expect(env.DB.prepare(statement).bind(bought.orderId).run()).rejects.toThrow(because);
  });
});
