/** Evidence for a dispute: a pack built from our own books, as text ready for Stripe's fields. https://docs.stripe.com/disputes/evidence */
import type { CardChecks, CheckResult } from "./card.ts";
import { type Dispute, stageOf } from "./dispute.ts";
import type { Instant } from "./instant.ts";
import { type Currency, minorDigitsOf } from "./money.ts";
import type { Order } from "./order.ts";
import type { Refund } from "./refund.ts";

/** Named after Stripe's fields. Empty fields are not sent. */
export type Evidence = {
  accessActivityLog: string;
  billingAddress: string;
  customerEmailAddress: string;
  customerName: string;
  duplicateChargeExplanation: string;
  productDescription: string;
  serviceDate: string;
  uncategorizedText: string;
};

/** The result of 3-D Secure and the payment's risk level, both in Stripe's words; null if not known. */
export type ChargeFacts = { challenge: string | null; riskLevel: string | null };

/**
 * How many of the order's credits were used on one UTC day, for what, and in how many spends. Credits that a refund or
 * dispute took do not count.
 */
export type UseOfCredits = { day: string; what: string | null; spends: number; credits: number };

/** Everything a pack is built from. */
export type EvidenceFacts = {
  seller: { name: string; email: string };
  dispute: Dispute;
  order: Extract<Order, { state: "paid" }>;
  email: string;
  billedTo: { name: string | null; address: Readonly<Record<string, unknown>> };
  charge: ChargeFacts;
  signIns: readonly Instant[];
  uses: readonly UseOfCredits[];
  refunds: readonly Refund[];
  /** The account's other paid orders, to answer a claim that a payment was made twice. */
  otherOrders: readonly { id: string; paidAt: Instant; amountCents: number; currency: Currency }[];
};

/** Stripe's limits, in characters: for one field, and for all fields together. https://docs.stripe.com/api/disputes/evidence_object */
export const LONGEST_FIELD = 20_000;
export const LONGEST_PACK = 150_000;

const NOTHING_SAID: Evidence = {
  accessActivityLog: "",
  billingAddress: "",
  customerEmailAddress: "",
  customerName: "",
  duplicateChargeExplanation: "",
  productDescription: "",
  serviceDate: "",
  uncategorizedText: "",
};

/** Builds the pack. The same facts always give the same text. */
export function toEvidence(facts: EvidenceFacts): Evidence {
  const { order, email, billedTo } = facts;
  if (stageOf(facts.dispute) === "appeal") {
    // Stripe takes a single text for an appeal: its reason. https://docs.stripe.com/api/disputes/update
    return { ...NOTHING_SAID, uncategorizedText: shortened(`${account(facts)}\n\n${activity(facts)}`) };
  }
  return {
    accessActivityLog: shortened(activity(facts)),
    billingAddress: addressText(billedTo.address),
    customerEmailAddress: email,
    customerName: billedTo.name ?? "",
    duplicateChargeExplanation: facts.dispute.reason === "duplicate" ? shortened(otherOrders(facts)) : "",
    productDescription:
      `${order.credits} prepaid API credits from ${facts.seller.name}, delivered electronically to the ` +
      "customer's account on payment.",
    serviceDate: dayOf(order.paidAt),
    uncategorizedText: shortened(account(facts)),
  };
}

/** The purchase as our books record it. */
function account({ order, charge, refunds, email, uses }: EvidenceFacts): string {
  const checks = order.card === null ? "not known" : checksText(order.card.checks);
  const used = uses.reduce((sum, { credits }) => sum + credits, 0);
  return lines([
    `Order ${order.id}, placed ${timeOf(order.placedAt)}, paid ${timeOf(order.paidAt)}.`,
    `${order.credits} credits for ${moneyOf(order.amountCents, order.currency)}; receipt number ${order.receipt.number}, issued to ${email}.`,
    `Stripe payment: ${order.paymentIntentId}.`,
    order.card === null ? null : `Card: ${order.card.brand}, ending in ${order.card.last4}.`,
    `The card-issuing bank's checks for this payment: ${checks}.`,
    charge.challenge === null ? null : `Cardholder authentication (3-D Secure): ${charge.challenge}.`,
    charge.riskLevel === null ? null : `Stripe's risk rating of the payment: ${charge.riskLevel}.`,
    order.payWith.kind === "saved_card"
      ? "The customer paid with a card saved from an earlier paid order on this account."
      : null,
    used === 0 ? null : `${used} of these credits have been used; the activity log shows the use by day.`,
    ...refunds
      .filter(({ state }) => state === "pending" || state === "succeeded")
      .map(
        ({ amountCents, requestedAt }) =>
          `Refund issued: ${moneyOf(amountCents, order.currency)} on ${dayOf(requestedAt)}.`,
      ),
  ]);
}

function activity({ order, email, signIns, uses }: EvidenceFacts): string {
  return lines([
    `Sign-in to the account of ${email} is by a link e-mailed to that address. Dates and times are UTC.`,
    ...signIns.map((at) => `${timeOf(at)}  signed in`),
    `${timeOf(order.placedAt)}  placed the order for ${order.credits} credits`,
    `${timeOf(order.paidAt)}  paid; ${order.credits} credits added`,
    ...uses.map(
      ({ day, what, spends, credits }) =>
        `${day}  used ${credits} credits in ${spends} ${spends === 1 ? "call" : "calls"}${what === null ? "" : `: ${what}`}`,
    ),
  ]);
}

function otherOrders({ order, otherOrders: others }: EvidenceFacts): string {
  return lines([
    `Order ${order.id}, paid ${timeOf(order.paidAt)}, was a separate purchase of ${order.credits} credits. The account's other paid orders, each a separate purchase with its own credits:`,
    ...others.map(
      ({ id, paidAt, amountCents, currency }) =>
        `${id}, ${timeOf(paidAt)}, ${moneyOf(amountCents, currency)}`,
    ),
  ]);
}

const CHECK_WORDS = {
  pass: "matches",
  fail: "does not match",
  unavailable: "could not be checked by the bank",
  unchecked: "not checked",
} satisfies Record<Exclude<CheckResult, null>, string>;

function checksText({ line1, postalCode, cvc }: CardChecks): string {
  return `street address ${checkWord(line1)}, postcode ${checkWord(postalCode)}, security code ${checkWord(cvc)}`;
}

function checkWord(result: CheckResult): string {
  return result === null ? "not requested" : CHECK_WORDS[result];
}

function addressText(address: Readonly<Record<string, unknown>>): string {
  const parts = ["line1", "line2", "city", "state", "postalCode", "country"].map((part) => address[part]);
  return parts.filter((part) => typeof part === "string" && part !== "").join(", ");
}

function moneyOf(cents: number, currency: Currency): string {
  const digits = minorDigitsOf(currency);
  return `${currency.toUpperCase()} ${(cents / 10 ** digits).toFixed(digits)}`;
}

function timeOf(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function dayOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}

function lines(all: readonly (string | null)[]): string {
  return all.filter((line) => line !== null).join("\n");
}

function shortened(text: string): string {
  return text.length <= LONGEST_FIELD ? text : `${text.slice(0, LONGEST_FIELD - 2)} …`;
}
