/** A refund's quote, and what customers may refund themselves, case by case. */
import { describe, expect, it } from "vitest";
import { toCredits } from "../../src/domain/credits.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import { DAY } from "../../src/domain/instant.ts";
import { toCents } from "../../src/domain/money.ts";
import {
  offerRefund,
  quoteRefund,
  type RefundableOrder,
  unusedCents,
} from "../../src/domain/refund-quote.ts";
import type { Refund } from "../../src/domain/refund.ts";

/** An order of 1,000 credits for 500 cents of which nothing went back. */
function order(differing: Partial<RefundableOrder> = {}): RefundableOrder {
  return {
    credits: toCredits(1000),
    amountCents: toCents(500),
    currency: "usd",
    feeCents: null,
    feeCurrency: "usd",
    refunds: [],
    disputes: [],
    remaining: toCredits(1000),
    expired: toCredits(0),
    balance: toCredits(1000),
    requestedElsewhere: toCredits(0),
    ...differing,
  };
}

function refund(amountCents: number, state: Refund["state"] = "succeeded"): Refund {
  return {
    id: "rfd_1",
    accountId: "acc_1",
    orderId: "ord_1",
    state,
    amountCents: toCents(amountCents),
    reason: null,
    actor: "staff",
    note: null,
    stripeRefundId: state === "requested" ? null : "re_1",
    failure: null,
    requestedAt: 1,
    attempt: 1,
    knownAt: state === "requested" ? null : 1,
  };
}

const OPEN_DISPUTE: Dispute = {
  id: "du_1",
  accountId: "acc_1",
  orderId: "ord_1",
  status: "needs_response",
  reason: "fraudulent",
  amountCents: toCents(500),
  withdrawnCents: toCents(500),
  withdrawnCurrency: "usd",
  evidenceDueAt: null,
  submissions: 0,
  openedAt: 1,
  knownAt: 1,
};

const PAID_AT = Date.UTC(2026, 10, 1);
const within = { paidAt: PAID_AT, now: PAID_AT + 14 * DAY, days: 14 };

describe("a refund that a customer can make alone", () => {
  it("is offered for unused credits up to the last moment of the last day", () => {
    expect(offerRefund(order({ remaining: toCredits(600) }), within)).toMatchObject({
      ok: true,
      quote: { amountCents: 300, creditsToTake: 600 },
    });
  });

  it("is not offered a moment later, nor if the operator offers none", () => {
    const refused = { ok: false, failure: { kind: "refund_not_offered" } };
    expect(offerRefund(order(), { ...within, now: within.now + 1 })).toEqual(refused);
    expect(offerRefund(order(), { paidAt: PAID_AT, now: PAID_AT, days: 0 })).toEqual(refused);
  });

  it("is refused if every credit was used", () => {
    expect(offerRefund(order({ remaining: toCredits(0) }), within)).toEqual({
      ok: false,
      failure: { kind: "nothing_to_refund" },
    });
  });
});

describe("a quote", () => {
  it("is refused while a dispute holds the money, and given once it is won", () => {
    expect(quoteRefund(order({ disputes: [OPEN_DISPUTE] }), null)).toEqual({
      ok: false,
      failure: { kind: "order_disputed" },
    });
    expect(quoteRefund(order({ disputes: [{ ...OPEN_DISPUTE, status: "won" }] }), null)).toMatchObject({
      ok: true,
    });
  });

  it("says that nothing is left of a fully refunded order", () => {
    expect(quoteRefund(order({ refunds: [refund(500)] }), null)).toEqual({
      ok: false,
      failure: { kind: "nothing_to_refund" },
    });
  });

  it("distinguishes the credits taken before, expired, used and left", () => {
    const used = order({
      refunds: [refund(100)],
      remaining: toCredits(450),
      expired: toCredits(50),
      balance: toCredits(450),
      requestedElsewhere: toCredits(0),
    });
    expect(quoteRefund(used, toCents(200))).toEqual({
      ok: true,
      quote: {
        currency: "usd",
        amountCents: 200,
        leftCents: 400,
        creditsBrought: 1000,
        creditsTakenBefore: 200,
        creditsExpired: 50,
        creditsUsed: 300,
        creditsLeft: 450,
        creditsToTake: 400,
        balanceAfter: 50,
        feeCurrency: "usd",
        feeKeptCents: null,
      },
    });
  });

  it("counts a requested refund as taken, although the books do not have it yet", () => {
    const asked = order({ refunds: [refund(100, "requested")] });
    expect(quoteRefund(asked, null)).toMatchObject({
      quote: {
        leftCents: 400,
        creditsTakenBefore: 200,
        creditsLeft: 800,
        creditsToTake: 800,
        balanceAfter: 0,
      },
    });
  });
});

describe("the money for unused credits", () => {
  it("is everything that is left if none was used, however uneven that is", () => {
    const uneven = order({
      credits: toCredits(3),
      amountCents: toCents(100),
      remaining: toCredits(2),
      refunds: [refund(34)],
    });
    // 34 cents took one of three credits; two are left, and all the money left belongs to them.
    expect(unusedCents(uneven)).toBe(66);
  });

  it("is in proportion and rounded down if some were used", () => {
    const uneven = order({ credits: toCredits(3), amountCents: toCents(100), remaining: toCredits(1) });
    expect(unusedCents(uneven)).toBe(33);
  });

  it("is never more than is left", () => {
    const given = order({ refunds: [refund(400)], remaining: toCredits(900) });
    expect(unusedCents(given)).toBe(100);
  });
});
