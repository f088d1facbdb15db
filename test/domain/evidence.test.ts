/** The evidence for a dispute: what it says, field by field, and what it leaves out. */
import { describe, expect, it } from "vitest";
import { type EvidenceFacts, toEvidence } from "../../src/domain/evidence.ts";
import { toCents } from "../../src/domain/money.ts";
import type { Order } from "../../src/domain/order.ts";
import { cleanText } from "../../src/domain/text.ts";
import { concernsMoneyBack, concernsOrders, type StripeEvent } from "../../src/domain/stripe-event.ts";
import { orderIn } from "./settling.ts";

const PAID = paid();

function paid(): Extract<Order, { state: "paid" }> {
  const order = orderIn("paid", {
    age: 60_000,
    checks: { line1: "pass", postalCode: "unavailable", cvc: null },
  });
  if (order.state !== "paid") {
    throw new Error("An order is in the state that was asked for");
  }
  return order;
}

function facts(differing: Partial<EvidenceFacts> = {}): EvidenceFacts {
  return {
    seller: { name: "Example API", email: "billing@example.com" },
    dispute: {
      id: "du_1",
      accountId: "acc_1",
      orderId: "ord_1",
      status: "needs_response",
      reason: "fraudulent",
      amountCents: toCents(1000),
      withdrawnCents: toCents(1000),
      withdrawnCurrency: "usd",
      evidenceDueAt: null,
      submissions: 0,
      openedAt: 1,
      knownAt: 1,
    },
    order: PAID,
    email: "ada@example.com",
    billedTo: {
      name: "Ada Lovelace",
      address: {
        line1: "1 Market St",
        line2: "",
        city: "San Francisco",
        state: null,
        postalCode: "94105",
        country: "US",
      },
    },
    charge: { challenge: null, riskLevel: null },
    signIns: [],
    uses: [],
    refunds: [],
    otherOrders: [],
    ...differing,
  };
}

/** The facts about a customer who has signed in that many times. */
function afterSignIns(count: number): EvidenceFacts {
  return facts({ signIns: Array.from({ length: count }, () => 0) });
}

describe("the evidence for a dispute", () => {
  it("gives the customer, the billing address, the product and the day", () => {
    expect(toEvidence(facts())).toMatchObject({
      customerName: "Ada Lovelace",
      customerEmailAddress: "ada@example.com",
      billingAddress: "1 Market St, San Francisco, 94105, US",
      serviceDate: "2026-11-23",
      duplicateChargeExplanation: "",
      productDescription:
        "1000 prepaid API credits from Example API, delivered electronically to the customer's account on payment.",
    });
    const address = {
      country: "US",
      postalCode: "94105",
      state: "CA",
      city: "San Francisco",
      line2: "Floor 5",
      line1: "1 Market St",
    };
    expect(toEvidence(facts({ billedTo: { name: null, address } })).billingAddress).toBe(
      "1 Market St, Floor 5, San Francisco, CA, 94105, US",
    );
    expect(toEvidence(facts({ billedTo: { name: null, address: {} } }))).toMatchObject({
      customerName: "",
      billingAddress: "",
    });
  });

  it("describes the purchase and what the bank answered, line by line", () => {
    expect(toEvidence(facts()).uncategorizedText.split("\n")).toEqual([
      "Order ord_1, placed 2026-11-23 11:59 UTC, paid 2026-11-23 12:00 UTC.",
      "1000 credits for USD 10.00; receipt number 1, issued to ada@example.com.",
      "Stripe payment: pi_1.",
      "Card: visa, ending in 4242.",
      "The card-issuing bank's checks for this payment: street address matches, postcode could not be checked by the bank, security code not requested.",
    ]);
  });

  it("mentions a challenge, a risk level, a saved card, use and refunds if there were any", () => {
    const text = toEvidence(
      facts({
        order: {
          ...PAID,
          currency: "jpy",
          payWith: { kind: "saved_card", cardId: "crd_1" },
          card: {
            id: "crd_1",
            paymentMethodId: "pm_1",
            brand: "visa",
            last4: "4242",
            checks: { line1: "fail", postalCode: "unchecked", cvc: "pass" },
          },
        },
        charge: { challenge: "authenticated", riskLevel: "normal" },
        uses: [
          { day: "2026-11-24", what: "Map tiles", spends: 3, credits: 120 },
          { day: "2026-11-25", what: null, spends: 1, credits: 30 },
        ],
        refunds: (["pending", "succeeded", "failed", "requested"] as const).map((state, index) => ({
          id: "rfd_1",
          accountId: "acc_1",
          orderId: "ord_1",
          state,
          amountCents: toCents(100 + index),
          reason: null,
          actor: "staff",
          note: null,
          stripeRefundId: "re_1",
          failure: null,
          requestedAt: Date.UTC(2026, 10, 26 + index),
          attempt: 1,
          knownAt: 1,
        })),
      }),
    ).uncategorizedText.split("\n");
    expect(text[1]).toBe("1000 credits for JPY 1000; receipt number 1, issued to ada@example.com.");
    expect(text.slice(4)).toEqual([
      "The card-issuing bank's checks for this payment: street address does not match, postcode not checked, security code matches.",
      "Cardholder authentication (3-D Secure): authenticated.",
      "Stripe's risk rating of the payment: normal.",
      "The customer paid with a card saved from an earlier paid order on this account.",
      "150 of these credits have been used; the activity log shows the use by day.",
      "Refund issued: JPY 100 on 2026-11-26.",
      "Refund issued: JPY 101 on 2026-11-27.",
    ]);
  });

  it("says so when the card is no longer known", () => {
    const text = toEvidence(facts({ order: { ...PAID, card: null } })).uncategorizedText;
    expect(text).toContain("The card-issuing bank's checks for this payment: not known.");
    expect(text).not.toContain("Card: ");
  });

  it("logs sign-ins, the purchase and the use of its credits", () => {
    const log = toEvidence(
      facts({
        signIns: [Date.UTC(2026, 10, 23, 9, 30)],
        uses: [
          { day: "2026-11-24", what: "Map tiles", spends: 3, credits: 120 },
          { day: "2026-11-25", what: null, spends: 1, credits: 30 },
        ],
      }),
    ).accessActivityLog;
    expect(log.split("\n")).toEqual([
      "Sign-in to the account of ada@example.com is by a link e-mailed to that address. Dates and times are UTC.",
      "2026-11-23 09:30 UTC  signed in",
      "2026-11-23 11:59 UTC  placed the order for 1000 credits",
      "2026-11-23 12:00 UTC  paid; 1000 credits added",
      "2026-11-24  used 120 credits in 3 calls: Map tiles",
      "2026-11-25  used 30 credits in 1 call",
    ]);
  });

  it("explains the account's other payments when the dispute claims a duplicate", () => {
    const duplicate = facts({
      dispute: { ...facts().dispute, reason: "duplicate" },
      otherOrders: [{ id: "ord_2", paidAt: Date.UTC(2026, 10, 22), amountCents: 500, currency: "usd" }],
    });
    expect(toEvidence(duplicate).duplicateChargeExplanation.split("\n")).toEqual([
      "Order ord_1, paid 2026-11-23 12:00 UTC, was a separate purchase of 1000 credits. The account's other paid orders, each a separate purchase with its own credits:",
      "ord_2, 2026-11-22 00:00 UTC, USD 5.00",
    ]);
  });

  it("says everything in the one text that an appeal has, and nothing in the other fields", () => {
    const usual = toEvidence(facts());
    const appeal = facts({ dispute: { ...facts().dispute, status: "appeal_needs_response" } });

    expect(toEvidence(appeal)).toEqual({
      accessActivityLog: "",
      billingAddress: "",
      customerEmailAddress: "",
      customerName: "",
      duplicateChargeExplanation: "",
      productDescription: "",
      serviceDate: "",
      uncategorizedText: `${usual.uncategorizedText}\n\n${usual.accessActivityLog}`,
    });
  });

  it("is cut at the limit of Stripe's fields, and not before", () => {
    expect(toEvidence(afterSignIns(2000)).accessActivityLog).toHaveLength(20_000);
    expect(toEvidence(afterSignIns(2000)).accessActivityLog.endsWith(" …")).toBe(true);
    const base = toEvidence(afterSignIns(0)).accessActivityLog.length;
    const line = "1970-01-01 00:00 UTC  signed in".length + 1;
    const most = Math.floor((20_000 - base) / line);
    const email = `${"a".repeat(20_000 - base - most * line)}ada@example.com`;
    const whole = toEvidence({ ...afterSignIns(most), email }).accessActivityLog;
    expect(whole).toHaveLength(20_000);
    expect(whole.endsWith("credits added")).toBe(true);
  });
});

describe("text that a customer typed", () => {
  it.each([
    ["  Ada  ", "Ada"],
    ["Ada\u0000Lovelace\u202E", "Ada Lovelace"],
    ["", null],
    [" \n\t ", null],
    [null, null],
    [undefined, null],
    ["x".repeat(201), "x".repeat(200)],
  ])("%j is kept as %j", (text, kept) => {
    expect(cleanText(text)).toBe(kept);
  });

  it("is cut to the given length, and never in the middle of a character", () => {
    expect(cleanText("abc", 2)).toBe("ab");
    expect(cleanText("a😀", 2)?.isWellFormed()).toBe(true);
  });
});

/** An event of a type; nothing else about it matters. */
function eventOf(type: string): StripeEvent {
  return {
    id: "evt_1",
    type,
    createdAt: 1,
    objectId: null,
    accountId: null,
    orderId: null,
    paymentIntentId: null,
  };
}

describe("an event of the type", () => {
  it.each([
    ["payment_intent.succeeded", true, false],
    ["setup_intent.requires_action", true, false],
    ["charge.succeeded", true, false],
    ["charge.failed", true, false],
    ["charge.updated", true, false],
    ["charge.captured", true, false],
    ["charge.expired", true, false],
    ["charge.refunded", false, true],
    ["charge.refund.updated", false, true],
    ["charge.dispute.created", false, true],
    ["charge.dispute.funds_withdrawn", false, true],
    ["refund.created", false, true],
    ["radar.early_fraud_warning.created", false, true],
    ["charge.updated.twice", false, false],
    ["my.charge.updated", false, false],
    ["my.payment_intent.succeeded", false, false],
    ["my.refund.created", false, false],
    ["my.charge.refunded", false, false],
    ["charge.refunded.twice", false, false],
    ["charge.dispute.", false, false],
    ["my.radar.early_fraud_warning.created", false, false],
    ["customer.created", false, false],
  ])("%s concerns orders: %s, and money that goes back: %s", (type, orders, moneyBack) => {
    expect(concernsOrders(eventOf(type))).toBe(orders);
    expect(concernsMoneyBack(eventOf(type))).toBe(moneyBack);
  });
});
