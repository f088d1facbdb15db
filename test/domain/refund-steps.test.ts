/** Refunds one after another, in every currency: what is left can always be refunded, and the last refund takes the last credit. */
import { array, assert, constantFrom, double, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { toCredits } from "../../src/domain/credits.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import { contestedCents } from "../../src/domain/dispute.ts";
import { chargeStepCents, toCents, wholeStepsOf } from "../../src/domain/money.ts";
import type { Refund } from "../../src/domain/refund.ts";
import { quoteRefund, type RefundableOrder, unusedCents } from "../../src/domain/refund-quote.ts";

const STEPPED = ["kwd", "bhd", "jod", "omr", "tnd", "isk", "ugx"] as const;

/** An order as it is bought: its amount is a whole number of its currency's steps. */
const orders = record({
  currency: constantFrom(...STEPPED, "usd", "jpy"),
  credits: integer({ min: 1, max: 1_000_000 }),
  steps: integer({ min: 1, max: 999_999 }),
}).map(({ currency, credits, steps }): RefundableOrder => ({
  credits: toCredits(credits),
  amountCents: toCents(steps * chargeStepCents(currency)),
  currency,
  feeCents: null,
  feeCurrency: "usd",
  refunds: [],
  disputes: [],
  remaining: toCredits(credits),
  expired: toCredits(0),
  balance: toCredits(credits),
  requestedElsewhere: toCredits(0),
}));

function refund(amountCents: number, number: number): Refund {
  return {
    id: `rfd_${number}`,
    accountId: "acc_1",
    orderId: "ord_1",
    state: "succeeded",
    amountCents: toCents(amountCents),
    reason: null,
    actor: "staff",
    note: null,
    stripeRefundId: `re_${number}`,
    failure: null,
    requestedAt: number,
    attempt: 1,
    knownAt: number,
  };
}

function dispute(amountCents: number, status: string): Dispute {
  return {
    id: "du_1",
    accountId: "acc_1",
    orderId: "ord_1",
    status,
    reason: "fraudulent",
    amountCents: toCents(amountCents),
    withdrawnCents: toCents(amountCents),
    withdrawnCurrency: "usd",
    evidenceDueAt: null,
    submissions: 0,
    openedAt: 1,
    knownAt: 1,
  };
}

/** The order after a refund of that amount, with the credits it took gone from its grant and from the balance. */
function after(order: RefundableOrder, amountCents: number, creditsTaken: number): RefundableOrder {
  return {
    ...order,
    refunds: [...order.refunds, refund(amountCents, order.refunds.length + 1)],
    remaining: toCredits(order.remaining - creditsTaken),
    balance: toCredits(order.balance - creditsTaken),
    requestedElsewhere: toCredits(0),
  };
}

/** Refunds a share of what is left each time, then all that is left; returns what went back, and the order afterwards. */
function refundsAll(
  order: RefundableOrder,
  shares: readonly number[],
): { left: RefundableOrder; cents: number; credits: number; amounts: number[] } {
  let [left, cents, credits] = [order, 0, 0];
  const amounts: number[] = [];
  for (const share of [...shares, 1]) {
    const rest = order.amountCents - cents;
    const part = wholeStepsOf(toCents(Math.floor(share * rest)), order.currency);
    const quoted = part === 0 ? null : quoteRefund(left, share === 1 ? null : part);
    if (quoted?.ok === false) {
      throw new Error(`What is left could not be refunded: ${quoted.failure.kind}`);
    }
    if (quoted !== null) {
      const { amountCents, creditsToTake } = quoted.quote;
      amounts.push(amountCents);
      cents += amountCents;
      credits += creditsToTake;
      left = after(left, amountCents, creditsToTake);
    }
  }
  return { left, cents, credits, amounts };
}

/** The credits that refunding the money for unused credits would take. */
function takenForUnused(order: RefundableOrder): number {
  const cents = unusedCents(order);
  const quoted = cents === 0 ? null : quoteRefund(order, cents);
  return quoted?.ok === true ? quoted.quote.creditsToTake : 0;
}

describe("refunds in a currency's steps", () => {
  it("add up to all of the money and all of the credits, whatever the parts", () => {
    assert(
      property(
        orders,
        array(double({ min: 0, max: 0.99, noNaN: true }), { maxLength: 8 }),
        (order, shares) => {
          const { left, cents, credits, amounts } = refundsAll(order, shares);
          expect(amounts.filter((amount) => amount % chargeStepCents(order.currency) !== 0)).toEqual([]);
          expect([cents, credits]).toEqual([order.amountCents, order.credits]);
          expect([left.remaining, left.balance]).toEqual([0, 0]);
          expect(quoteRefund(left, null)).toEqual({ ok: false, failure: { kind: "nothing_to_refund" } });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("are refused, with the step, between two steps, and only there", () => {
    assert(
      property(
        orders.filter(({ currency }) => chargeStepCents(currency) > 1),
        integer({ min: 0, max: 99_999_999 }),
        (order, amount) => {
          const { currency } = order;
          const stepCents = chargeStepCents(currency);
          const down = wholeStepsOf(toCents(amount % order.amountCents), currency);
          expect(quoteRefund(order, toCents(down + 1 + (amount % (stepCents - 1))))).toEqual({
            ok: false,
            failure: { kind: "refund_not_in_steps", stepCents, currency },
          });
          expect(quoteRefund(order, toCents(down + stepCents))).toMatchObject({ ok: true });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("of unused credits are whole steps, never take more credits than are left, and are the whole amount if none is used", () => {
    assert(
      property(orders, double({ min: 0, max: 1, noNaN: true }), (bought, share) => {
        const order = { ...bought, remaining: toCredits(Math.floor(bought.credits * share)) };
        expect(unusedCents(order) % chargeStepCents(order.currency)).toBe(0);
        expect(takenForUnused(order)).toBeLessThanOrEqual(order.remaining);
        expect(unusedCents(bought)).toBe(bought.amountCents);
      }),
      { numRuns: 2000 },
    );
  });

  it("of unused credits round down what a lost dispute left between two steps, and are whole again if it was won", () => {
    const order: RefundableOrder = {
      credits: toCredits(1000),
      amountCents: toCents(10_000),
      currency: "kwd",
      feeCents: null,
      feeCurrency: "usd",
      refunds: [],
      // The bank kept five thousandths more than a whole step.
      disputes: [dispute(2005, "lost")],
      remaining: toCredits(800),
      expired: toCredits(0),
      balance: toCredits(800),
      requestedElsewhere: toCredits(0),
    };
    // A lost dispute keeps the money it took.
    expect(quoteRefund(order, null)).toEqual({ ok: false, failure: { kind: "order_disputed" } });
    expect(unusedCents(order)).toBe(7990);
    expect(unusedCents({ ...order, disputes: [dispute(2005, "won")], remaining: toCredits(1000) })).toBe(
      10_000,
    );
  });
});

describe("the disputed amount", () => {
  it("is the dispute's own amount in the order's currency, and the whole order's in any other", () => {
    const order = { amountCents: toCents(1000), currency: "usd" };
    expect(contestedCents(order, { amountCents: toCents(400), currency: "usd" })).toBe(400);
    expect(contestedCents(order, { amountCents: toCents(400), currency: "eur" })).toBe(1000);
  });
});

describe("rounding down to a currency's steps", () => {
  it.each([
    ["usd", 1234, 1234],
    ["jpy", 1, 1],
    ["kwd", 1239, 1230],
    ["tnd", 9, 0],
    ["isk", 199, 100],
    ["ugx", 12_300, 12_300],
  ])("makes of %s %i an amount of %i", (currency, cents, whole) => {
    expect(wholeStepsOf(toCents(cents), currency)).toBe(whole);
  });
});
