/** What becomes of a refund at Stripe: the credits follow its final state, in whatever order and however often its events arrive. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { advance, control, stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { delivers } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  fails,
  lines,
  mailsTo,
  moves,
  staffRefunds,
} from "./support.ts";

/** A card whose refunds are pending for some seconds, and then succeed. */
const PENDING_REFUNDS = "4000000000007726";

async function isCalledOff(id: string): Promise<void> {
  await control("/stripe/refunds/cancel", { id });
}

async function stateOf({ orderId }: Bought): Promise<unknown> {
  const [refund] = await rows("SELECT state, failure FROM refunds WHERE order_id = ?1", orderId);
  return refund;
}

/** Each course that a refund of 400 cents can take, and what it has taken in the end. */
const WAYS: [
  string,
  (id: string) => Promise<void>,
  { state: string; failure: string | null; taken: number },
][] = [
  ["pending", async () => {}, { state: "pending", failure: null, taken: 400 }],
  [
    "pending, then succeeded",
    async () => {
      await advance({ seconds: 10 });
    },
    { state: "succeeded", failure: null, taken: 400 },
  ],
  ["pending, then failed", fails, { state: "failed", failure: "expired_or_canceled_card", taken: 0 }],
  ["pending, then cancelled", isCalledOff, { state: "canceled", failure: "merchant_request", taken: 0 }],
  [
    "pending, then succeeded, then failed after all",
    async (id) => {
      await advance({ seconds: 10 });
      await fails(id);
    },
    { state: "failed", failure: "expired_or_canceled_card", taken: 0 },
  ],
];

describe.each(WAYS)("a refund that is %s", (_how, goes, { taken, ...ends }) => {
  it("is booked as it stands when its events arrive step by step, each twice", async () => {
    const bought = await buysCredits(1000, { card: PENDING_REFUNDS });
    const refund = await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
    await everythingArrives(bought, { times: 2 });
    expect(await balanceOf(bought)).toBe(600);

    await goes(refund.id);
    await everythingArrives(bought, { times: 2 });

    expect(await stateOf(bought)).toEqual(ends);
    expect(await balanceOf(bought)).toBe(1000 - taken);
    await expectBooksToAgree(bought);
  });

  it.each([1, 2, 3])(
    "is booked as it stands when its events arrive all at once, shuffled with seed %i",
    async (seed) => {
      const bought = await buysCredits(1000, { card: PENDING_REFUNDS });
      const refund = await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
      await goes(refund.id);

      await everythingArrives(bought, { times: 3, shuffle_seed: seed });

      expect(await stateOf(bought)).toEqual(ends);
      // A refund that was already over when its first event arrived has taken nothing.
      expect(await lines(bought)).toEqual([["purchase", 1000], ...(taken === 0 ? [] : [["refund", -taken]])]);
      await expectBooksToAgree(bought);
    },
  );
});

describe("a refund that failed", () => {
  it("can be made again as often as it takes, each time for the same credits", async () => {
    const bought = await buysCredits(1000);
    for (let round = 0; round < 3; round += 1) {
      const made = await staffRefunds(bought);
      expect(made).toMatchObject({ ok: true, refund: { state: "succeeded", amountCents: 1000 } });
      expect(await balanceOf(bought)).toBe(0);
      await fails(made.ok ? (made.refund.stripeRefundId ?? "none") : "none");
      await everythingArrives(bought, { times: 2, shuffle_seed: round });
      expect(await balanceOf(bought)).toBe(1000);
    }
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -1000],
      ["refund_reversal", 1000],
      ["refund", -1000],
      ["refund_reversal", 1000],
      ["refund", -1000],
      ["refund_reversal", 1000],
    ]);
    await expectBooksToAgree(bought);
  });

  it("names the staff member in the entry that took its credits, and Stripe in the one that gave them back", async () => {
    const bought = await buysCredits(1000);
    const made = await staffRefunds(bought, 400);
    await fails(made.ok ? (made.refund.stripeRefundId ?? "none") : "none");
    await everythingArrives(bought, { times: 2 });
    expect(
      await rows(
        "SELECT kind, actor FROM ledger_entries WHERE order_id = ?1 AND kind <> 'purchase' ORDER BY seq",
        bought.orderId,
      ),
    ).toEqual([
      { kind: "refund", actor: "staff@example.com" },
      { kind: "refund_reversal", actor: "stripe" },
    ]);
  });

  it("does not take its credits again when an event from before the failure arrives late", async () => {
    const bought = await buysCredits(1000, { card: PENDING_REFUNDS });
    const refund = await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
    await fails(refund.id);
    await everythingArrives(bought);
    // Stripe's oldest event about it arrives once more, as if days later.
    const created = await stripe.events.list({ type: "refund.created", limit: 1 });
    expect(await delivers({ id: created.data[0]?.id ?? "none" }, 2)).toEqual([200, 200]);
    expect(await balanceOf(bought)).toBe(1000);
    await expectBooksToAgree(bought);
  });
});

describe("each e-mail about money that went back", () => {
  it("is sent once, however often events, alarms, recovery, reconciling and the same request repeat", async () => {
    const bought = await buysCredits(1000);
    const made = await staffRefunds(bought, 300);
    const id = made.ok ? made.refund.id : "rfd_0";
    const stripeId = made.ok ? (made.refund.stripeRefundId ?? "none") : "none";
    await fails(stripeId);
    await everythingArrives(bought);
    const dispute = await disputed(bought, { amount: 500 });
    await everythingArrives(bought);
    await moves(dispute, "won");

    for (let round = 0; round < 3; round += 1) {
      await everythingArrives(bought, { times: 2, shuffle_seed: round });
      await alarmRings(bought);
      await env.ACCOUNT.getByName(bought.accountId).recover(bought.accountId);
      await reconcileNow(env);
      await staffRefunds(bought, 300, id);
    }

    expect((await mailsTo(bought)).map(({ subject }) => subject)).toEqual([
      "Example API refunded $3.00",
      "Your refund of $3.00 did not arrive",
      "A payment of $5.00 was disputed with your bank",
      "The dispute over $5.00 has been decided",
    ]);
    expect(
      await rows("SELECT kind FROM mails WHERE account_id = ?1 AND sent_at IS NULL", bought.accountId),
    ).toEqual([]);
    await expectBooksToAgree(bought);
  });
});
