/** What both sides have about one refund or dispute, and what is recorded when they differ. */
import { describe, expect, it } from "vitest";
import { toCents } from "../../src/domain/money.ts";
import {
  disputeItem,
  isSameMoneyBack,
  moneyBackDifference,
  type MoneyBackItem,
  refundItem,
} from "../../src/domain/reconciliation.ts";

const ORDER = { id: "ord_1", accountId: "acc_1" } as const;

const aRefund = refundItem({ stripeRefundId: "re_1", state: "pending", amountCents: toCents(400) });
const aDispute = disputeItem({
  id: "du_1",
  status: "needs_response",
  amountCents: toCents(300),
  withdrawnCents: toCents(300),
});

describe("one refund or dispute", () => {
  it("is compared by its kind, its status and its money", () => {
    expect(aRefund).toEqual({
      id: "re_1",
      what: "refund",
      status: "pending",
      amountCents: 400,
      withdrawnCents: null,
    });
    expect(aDispute).toEqual({
      id: "du_1",
      what: "dispute",
      status: "needs_response",
      amountCents: 300,
      withdrawnCents: 300,
    });
  });

  it.each<[string, MoneyBackItem | null, MoneyBackItem, boolean]>([
    ["the same refund", aRefund, { ...aRefund }, true],
    ["the same dispute", aDispute, { ...aDispute }, true],
    ["one that only Stripe has", null, aRefund, false],
    ["another state", aRefund, { ...aRefund, status: "succeeded" }, false],
    ["another amount", aRefund, { ...aRefund, amountCents: toCents(401) }, false],
    ["more taken out of the seller's balance", aDispute, { ...aDispute, withdrawnCents: toCents(0) }, false],
  ])("counts as the same on both sides only if nothing differs: %s", (_what, ours, theirs, isSame) => {
    expect(isSameMoneyBack(ours, theirs)).toBe(isSame);
  });
});

describe("a difference", () => {
  const ours = { id: "re_1", what: "refund", status: "pending", amount_cents: 400, withdrawn_cents: null };
  const theirs = { ...ours, status: "succeeded" };
  const about = { subject: "re_1", accountId: "acc_1", orderId: "ord_1", occurredAt: 7 };

  it("holds both sides", () => {
    const sides = { ours: aRefund, theirs: { ...aRefund, status: "succeeded" } };
    expect(moneyBackDifference(ORDER, sides, 7)).toEqual({
      kind: "money_back_not_booked",
      ...about,
      ours,
      theirs,
    });
  });

  it("holds only Stripe's side if our books do not have it", () => {
    expect(moneyBackDifference(ORDER, { ours: null, theirs: aRefund }, 7)).toEqual({
      kind: "money_back_not_booked",
      ...about,
      ours: null,
      theirs: ours,
    });
  });

  it("holds only our side if Stripe does not know it", () => {
    expect(moneyBackDifference(ORDER, { ours: aRefund, theirs: null }, 7)).toEqual({
      kind: "money_back_not_at_stripe",
      ...about,
      ours,
      theirs: null,
    });
  });
});
