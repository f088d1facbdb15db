/** Evidence for a dispute: a pack put together from our own books, as text ready for Stripe's fields. https://docs.stripe.com/disputes/evidence */
import type { CardChecks, CheckResult } from "./card.ts";
import type { Dispute } from "./dispute.ts";
import type { Instant } from "./instant.ts";
import { type Currency, minorDigitsOf } from "./money.ts";
import type { Order } from "./order.ts";
import type { Refund } from "./refund.ts";

/** Named after Stripe's fields; an empty one is not sent. */
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

/** What the bank's own challenge came to, in Stripe's words, and how Stripe rated the payment; null where nothing is known. */
export type ChargeFacts = { challenge: string | null; riskLevel: string | null };

/** How many of the order's credits were used on one day, in how many spends. What the dispute or a refund took is no use. */
export type UseOfCredits = { day: string; spends: number; credits: number };

/** Everything a pack is made from. */
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
  /** The account's other paid orders, for a payment said to be made twice. */
  otherOrders: readonly { id: string; paidAt: Instant; amountCents: number; currency: Currency }[];
};

/** Stripe takes no longer text in one field, and no longer in all. https://docs.stripe.com/api/disputes/evidence_object */
export const LONGEST_FIELD = 20_000;
export const LONGEST_PACK = 150_000;

/** The pack. The same facts make the same text. */
export function toEvidence(facts: EvidenceFacts): Evidence {
  const { order, email, billedTo } = facts;
  return {
    accessActivityLog: shortened(activity(facts)),
    billingAddress: addressText(billedTo.address),
    customerEmailAddress: email,
    customerName: billedTo.name ?? "",
    duplicateChargeExplanation: facts.dispute.reason === "duplicate" ? shortened(otherOrders(facts)) : "",
    productDescription:
      `${order.credits} prepaid credits for the API of ${facts.seller.name}, delivered electronically to the ` +
      "customer's account the moment they were paid.",
    serviceDate: dayOf(order.paidAt),
    uncategorizedText: shortened(account(facts)),
  };
}

/** The purchase as our books have it. */
function account({ order, charge, refunds, email, uses }: EvidenceFacts): string {
  const checks = order.card === null ? "not known" : checksText(order.card.checks);
  const used = uses.reduce((sum, { credits }) => sum + credits, 0);
  return lines([
    `Order ${order.id}, placed ${timeOf(order.placedAt)}, paid ${timeOf(order.paidAt)}.`,
    `${order.credits} credits for ${moneyOf(order.amountCents, order.currency)}; receipt number ${order.receipt.number}, issued to ${email}.`,
    `Stripe payment: ${order.paymentIntentId}.`,
    order.card === null ? null : `Card: ${order.card.brand}, ending in ${order.card.last4}.`,
    `What the card's bank answered before anything was charged: ${checks}.`,
    charge.challenge === null
      ? null
      : `The bank's own challenge of the cardholder (3-D Secure): ${charge.challenge}.`,
    charge.riskLevel === null ? null : `Risk of the payment as Stripe rated it: ${charge.riskLevel}.`,
    order.payWith.kind === "saved_card"
      ? "The customer paid with a card saved by an earlier order of this account that was paid."
      : null,
    used === 0 ? null : `Of these credits ${used} were used; the days stand in the activity log.`,
    ...refunds
      .filter(({ state }) => state === "pending" || state === "succeeded")
      .map(
        ({ amountCents, requestedAt }) =>
          `Refunded already: ${moneyOf(amountCents, order.currency)}, on ${dayOf(requestedAt)}.`,
      ),
  ]);
}

function activity({ order, email, signIns, uses }: EvidenceFacts): string {
  return lines([
    `The account of ${email} is opened by links sent to that address. Times are UTC.`,
    ...signIns.map((at) => `${timeOf(at)}  signed in`),
    `${timeOf(order.placedAt)}  placed the order for ${order.credits} credits`,
    `${timeOf(order.paidAt)}  paid; ${order.credits} credits added`,
    ...uses.map(
      ({ day, spends, credits }) =>
        `${day}  used ${credits} credits in ${spends} ${spends === 1 ? "call" : "calls"}`,
    ),
  ]);
}

function otherOrders({ order, otherOrders: others }: EvidenceFacts): string {
  return lines([
    `Order ${order.id} of ${timeOf(order.paidAt)} brought ${order.credits} credits of its own. The account's other paid orders, each for credits of its own:`,
    ...others.map(
      ({ id, paidAt, amountCents, currency }) =>
        `${id}, ${timeOf(paidAt)}, ${moneyOf(amountCents, currency)}`,
    ),
  ]);
}

const CHECK_WORDS = {
  pass: "matches",
  fail: "does not match",
  unavailable: "not answered by the bank",
  unchecked: "not checked",
} satisfies Record<Exclude<CheckResult, null>, string>;

function checksText({ line1, postalCode, cvc }: CardChecks): string {
  return `street address ${checkWord(line1)}, postcode ${checkWord(postalCode)}, security code ${checkWord(cvc)}`;
}

function checkWord(result: CheckResult): string {
  return result === null ? "not asked" : CHECK_WORDS[result];
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
