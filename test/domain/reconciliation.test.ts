/** What comparing one payment at Stripe with one order of ours finds. */
import { describe, expect, it } from "vitest";
import type { PaymentFacts } from "../../src/domain/facts.ts";
import { toCents } from "../../src/domain/money.ts";
import type { Order } from "../../src/domain/order.ts";
import {
  comparePayment,
  notCredited,
  type StripePayment,
  withoutPayment,
} from "../../src/domain/reconciliation.ts";
import { CHECKS, NOW, orderIn, paymentOf, STATES } from "./settling.ts";

function payment(differing: Partial<PaymentFacts> = {}, ours = true): StripePayment {
  const { status = "succeeded", ...rest } = differing;
  return {
    facts: paymentOf(status, rest),
    orderId: ours ? "ord_1" : null,
    accountId: ours ? "acc_1" : null,
  };
}

/** The verdict, or the kind of difference. */
function verdictOn(given: StripePayment, order: Order | null): string {
  const found = comparePayment(given, order);
  return "difference" in found ? found.difference.kind : found.verdict;
}

describe("a succeeded payment", () => {
  it("agrees with the order it paid", () => {
    expect(verdictOn(payment(), orderIn("paid"))).toBe("agrees");
    expect(verdictOn(payment({ checks: null }), orderIn("paid"))).toBe("agrees");
  });

  it.each(STATES.filter((state) => state !== "paid"))(
    "of an order that is %s calls for settling",
    (state) => {
      expect(verdictOn(payment(), orderIn(state))).toBe("settle");
    },
  );

  it("without our metadata and without an order is not ours", () => {
    expect(verdictOn(payment({}, false), null)).toBe("not_ours");
  });

  it("without our metadata is still ours if an order names it", () => {
    expect(verdictOn(payment({}, false), orderIn("paid"))).toBe("agrees");
  });

  it("whose metadata names an unknown order differs, and Stripe's side is kept with those names", () => {
    expect(comparePayment(payment(), null)).toEqual({
      verdict: "differs",
      difference: {
        kind: "payment_without_order",
        subject: "pi_1",
        accountId: "acc_1",
        orderId: "ord_1",
        ours: null,
        theirs: {
          payment_intent_id: "pi_1",
          status: "succeeded",
          amount_cents: 1000,
          currency: "usd",
          created_at: NOW,
        },
        occurredAt: NOW,
      },
    });
  });

  it("of an order that another payment paid is a second payment", () => {
    expect(verdictOn(payment({ id: "pi_2" }), orderIn("paid"))).toBe("second_payment");
  });

  it.each([
    ["amount", { amountCents: toCents(999) }],
    ["currency", { currency: "eur" }],
  ])("with a different %s than its order's is a difference", (_what, differing) => {
    expect(verdictOn(payment(differing), orderIn("paid"))).toBe("amount_differs");
    expect(verdictOn(payment(differing), orderIn("paying"))).toBe("amount_differs");
  });

  it("that was charged although a check failed is listed for staff", () => {
    expect(verdictOn(payment({ checks: CHECKS.fail }), orderIn("paid"))).toBe("check_failed");
    // It is the order's payment all the same.
    expect(comparePayment(payment({ checks: CHECKS.fail }), orderIn("paid")).verdict).toBe("warns");
  });

  it("that could not be posted is listed with both sides", () => {
    expect(notCredited(payment(), orderIn("paying"))).toMatchObject({
      verdict: "differs",
      difference: {
        kind: "payment_not_credited",
        subject: "pi_1",
        orderId: "ord_1",
        ours: { order_id: "ord_1", state: "paying", credits: 1000, amount_cents: 1000, currency: "usd" },
        theirs: { payment_intent_id: "pi_1", amount_cents: 1000 },
      },
    });
  });
});

describe("a payment that was refunded in full", () => {
  const isRefunded = true;

  it("and brought no credits went back, so that nothing is wrong any more", () => {
    expect(verdictOn(payment({ isRefunded }), null)).toBe("went_back");
    expect(verdictOn(payment({ isRefunded, id: "pi_2" }), orderIn("paid"))).toBe("went_back");
    expect(verdictOn(payment({ isRefunded, amountCents: toCents(999) }), orderIn("paying"))).toBe(
      "went_back",
    );
    expect(notCredited(payment({ isRefunded }), orderIn("paying"))).toEqual({ verdict: "went_back" });
  });

  it("is still posted to its order, which then loses the credits to the refund", () => {
    expect(verdictOn(payment({ isRefunded }), orderIn("paying"))).toBe("settle");
  });

  it("agrees with the order it paid, even if a check had failed", () => {
    expect(verdictOn(payment({ isRefunded }), orderIn("paid"))).toBe("agrees");
    expect(verdictOn(payment({ isRefunded, checks: CHECKS.fail }), orderIn("paid"))).toBe("agrees");
  });

  it("still differs from a paid order of another amount, whose credits are posted", () => {
    expect(verdictOn(payment({ isRefunded, amountCents: toCents(999) }), orderIn("paid"))).toBe(
      "amount_differs",
    );
  });

  it("without our metadata, and without an order, is not ours", () => {
    expect(verdictOn(payment({ isRefunded }, false), null)).toBe("not_ours");
  });
});

describe("a payment that has not succeeded", () => {
  it.each(["requires_action", "requires_capture", "processing", "failed", "canceled"] as const)(
    "but is %s is ignored unless an order counts it as its payment",
    (status) => {
      expect(verdictOn(payment({ status }), null)).toBe("not_ours");
      expect(verdictOn(payment({ status }), orderIn("paying"))).toBe("not_ours");
      expect(verdictOn(payment({ status, id: "pi_2" }), orderIn("paid"))).toBe("not_ours");
      expect(verdictOn(payment({ status }), orderIn("paid"))).toBe("order_without_payment");
    },
  );
});

it("a paid order whose payment Stripe does not know is listed with only our side", () => {
  const order = orderIn("paid");
  expect(order.state === "paid" && withoutPayment(order)).toEqual({
    kind: "order_without_payment",
    subject: "pi_1",
    accountId: "acc_1",
    orderId: "ord_1",
    ours: {
      order_id: "ord_1",
      state: "paid",
      credits: 1000,
      amount_cents: 1000,
      currency: "usd",
      payment_intent_id: "pi_1",
    },
    theirs: null,
    occurredAt: NOW,
  });
});
