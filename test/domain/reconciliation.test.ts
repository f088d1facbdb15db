/** What one payment of Stripe's and one order of ours say of each other. */
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
  return found.verdict === "differs" ? found.difference.kind : found.verdict;
}

describe("a succeeded payment", () => {
  it("agrees with the order it paid", () => {
    expect(verdictOn(payment(), orderIn("paid"))).toBe("agrees");
    expect(verdictOn(payment({ checks: null }), orderIn("paid"))).toBe("agrees");
  });

  it.each(STATES.filter((state) => state !== "paid"))("of an order that is %s is to be settled", (state) => {
    expect(verdictOn(payment(), orderIn(state))).toBe("settle");
  });

  it("without our metadata, and without an order, is not ours", () => {
    expect(verdictOn(payment({}, false), null)).toBe("not_ours");
  });

  it("without our metadata, of an order that names it, is ours all the same", () => {
    expect(verdictOn(payment({}, false), orderIn("paid"))).toBe("agrees");
  });

  it("with our metadata and no such order differs, with Stripe's side and what it says of whose it is", () => {
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

  it("of an order that another one paid is a second payment", () => {
    expect(verdictOn(payment({ id: "pi_2" }), orderIn("paid"))).toBe("second_payment");
  });

  it.each([
    ["amount", { amountCents: toCents(999) }],
    ["currency", { currency: "eur" }],
  ])("with another %s differs, and is never posted", (_what, differing) => {
    expect(verdictOn(payment(differing), orderIn("paid"))).toBe("amount_differs");
    expect(verdictOn(payment(differing), orderIn("paying"))).toBe("amount_differs");
  });

  it("charged although a check failed is for staff to see", () => {
    expect(verdictOn(payment({ checks: CHECKS.fail }), orderIn("paid"))).toBe("check_failed");
  });

  it("that could not be posted shows both sides", () => {
    expect(notCredited(payment(), orderIn("paying"))).toMatchObject({
      kind: "payment_not_credited",
      subject: "pi_1",
      orderId: "ord_1",
      ours: { order_id: "ord_1", state: "paying", credits: 1000, amount_cents: 1000, currency: "usd" },
      theirs: { payment_intent_id: "pi_1", amount_cents: 1000 },
    });
  });
});

describe("a payment that has not succeeded", () => {
  it.each(["requires_action", "requires_capture", "processing", "failed", "canceled"] as const)(
    "but is %s means nothing, unless an order counts it as its payment",
    (status) => {
      expect(verdictOn(payment({ status }), null)).toBe("not_ours");
      expect(verdictOn(payment({ status }), orderIn("paying"))).toBe("not_ours");
      expect(verdictOn(payment({ status, id: "pi_2" }), orderIn("paid"))).toBe("not_ours");
      expect(verdictOn(payment({ status }), orderIn("paid"))).toBe("order_without_payment");
    },
  );
});

it("a paid order whose payment Stripe does not know shows our side alone", () => {
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
