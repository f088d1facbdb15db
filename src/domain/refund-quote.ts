/** What a refund would do, said before it is done. Pure: the same numbers the ledger comes to when it is made. */
import { type Credits, toCredits } from "./credits.ts";
import { type Dispute, holdsCredits } from "./dispute.ts";
import { DAY, type Instant } from "./instant.ts";
import {
  creditsFor,
  disputeSource,
  goneBack,
  type MoneyBackSource,
  type Sold,
  toSources,
} from "./money-back.ts";
import { type Cents, chargeStepCents, type Currency, toCents, wholeStepsOf } from "./money.ts";
import { isLive, type Refund } from "./refund.ts";

/** Everything a quote is made from, as the books have it now. */
export type RefundableOrder = Sold & {
  currency: Currency;
  /** Stripe's fee, once it is known. */
  feeCents: Cents | null;
  refunds: readonly Refund[];
  disputes: readonly Dispute[];
  /** What remains of this order's grant, and how many of its credits expired unused. */
  remaining: Credits;
  expired: Credits;
  /** The account's balance. */
  balance: Credits;
};

export type RefundQuote = {
  currency: Currency;
  /** What the card gets. */
  amountCents: Cents;
  /** What of the order is left to be refunded before it. */
  leftCents: Cents;
  /** Of this order's credits: brought, taken back already, expired, used, and still there. */
  creditsBrought: Credits;
  creditsTakenBefore: Credits;
  creditsExpired: Credits;
  creditsUsed: Credits;
  creditsLeft: Credits;
  /** What the refund takes, and the balance after it; below zero is owed. */
  creditsToTake: Credits;
  balanceAfter: Credits;
  /** What Stripe keeps of its fee, which a refund never brings back; null while it is not known. */
  feeKeptCents: Cents | null;
};

/** How many credits the account would owe after the refund. */
export function creditsOwed({ balanceAfter }: Pick<RefundQuote, "balanceAfter">): Credits {
  return toCredits(Math.max(0, 0 - balanceAfter));
}

/** When a customer may have the money of unused credits back without asking anybody. */
export type SelfService = { paidAt: Instant; now: Instant; days: number };

/**
 * What a customer may have back of an order by themselves: the money of its unused credits, within the days the
 * operator gives after paying.
 */
export function offerRefund(
  order: RefundableOrder,
  { paidAt, now, days }: SelfService,
): { ok: true; quote: RefundQuote } | { ok: false; failure: NotRefundable | { kind: "refund_not_offered" } } {
  if (now - paidAt > days * DAY || days === 0) {
    return { ok: false, failure: { kind: "refund_not_offered" } };
  }
  const cents = unusedCents(order);
  return cents === 0 ? { ok: false, failure: { kind: "nothing_to_refund" } } : quoteRefund(order, cents);
}

export type NotRefundable =
  | { kind: "nothing_to_refund" }
  | { kind: "order_disputed" }
  | { kind: "refund_exceeds_rest"; leftCents: Cents; currency: Currency }
  | { kind: "refund_not_in_steps"; stepCents: number; currency: Currency };

/**
 * What is left of the order's money: what neither a refund nor a dispute has spoken for, as far as Stripe refunds it.
 * An order and its refunds are whole steps of the currency; only a dispute over an odd part could leave an odd rest.
 */
function refundableCents(order: RefundableOrder): Cents {
  return wholeStepsOf(toCents(order.amountCents - goneBack(order, spokenFor(order))), order.currency);
}

/**
 * What refunding `amountCents`, or all that is left where none is named, would do; or why it cannot be done. While a
 * dispute has the money Stripe makes no refund. https://docs.stripe.com/refunds
 */
export function quoteRefund(
  order: RefundableOrder,
  amountCents: Cents | null,
): { ok: true; quote: RefundQuote } | { ok: false; failure: NotRefundable } {
  if (order.disputes.some(holdsCredits)) {
    return { ok: false, failure: { kind: "order_disputed" } };
  }
  const leftCents = refundableCents(order);
  if (leftCents === 0) {
    return { ok: false, failure: { kind: "nothing_to_refund" } };
  }
  const { currency } = order;
  const asked = amountCents ?? leftCents;
  if (asked > leftCents) {
    return { ok: false, failure: { kind: "refund_exceeds_rest", leftCents, currency } };
  }
  if (asked !== wholeStepsOf(asked, currency)) {
    const stepCents = chargeStepCents(currency);
    return { ok: false, failure: { kind: "refund_not_in_steps", stepCents, currency } };
  }
  const before = goneBack(order, spokenFor(order));
  const takenBefore = creditsFor(order, before);
  const toTake = creditsFor(order, toCents(before + asked)) - takenBefore;
  const left = unusedCredits(order);
  return {
    ok: true,
    quote: {
      currency,
      amountCents: asked,
      leftCents,
      creditsBrought: order.credits,
      creditsTakenBefore: takenBefore,
      creditsExpired: order.expired,
      creditsUsed: toCredits(Math.max(order.credits - takenBefore - order.expired - left, 0)),
      creditsLeft: toCredits(left),
      creditsToTake: toCredits(toTake),
      balanceAfter: toCredits(order.balance - notYetTaken(order) - toTake),
      feeKeptCents: order.feeCents,
    },
  };
}

/**
 * The money that the order's unused credits stand for, in proportion and rounded down, so that its refund never takes
 * a credit that is not there; where none was used, that is all that is left of it.
 */
export function unusedCents(order: RefundableOrder): Cents {
  const share = toCents(
    Number((BigInt(order.amountCents) * BigInt(unusedCredits(order))) / BigInt(order.credits)),
  );
  return toCents(Math.min(wholeStepsOf(share, order.currency), refundableCents(order)));
}

/** The order's credits that are still there and not spoken for by a refund asked for already. */
function unusedCredits(order: RefundableOrder): number {
  return Math.max(order.remaining - notYetTaken(order), 0);
}

/** The credits that refunds asked for will take once Stripe has them. */
function notYetTaken(order: RefundableOrder): number {
  const atStripe = goneBack(order, toSources(order.refunds, order.disputes));
  return creditsFor(order, goneBack(order, spokenFor(order))) - creditsFor(order, atStripe);
}

/** Refunds asked for count as soon as they are asked for: their money cannot go back twice. */
function spokenFor({ refunds, disputes }: RefundableOrder): MoneyBackSource[] {
  const live = refunds
    .filter(isLive)
    .map(
      (refund) => ({ type: "refund", id: refund.id, amountCents: refund.amountCents, knownAt: 0 }) as const,
    );
  return [...live, ...disputes.map(disputeSource)];
}
