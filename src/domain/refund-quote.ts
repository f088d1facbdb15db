/** What a refund would do, before it is made. Pure: it gives the same numbers the ledger has once it is made. */
import { type Credits, toCredits } from "./credits.ts";
import { holdsCredits } from "./dispute.ts";
import { DAY, type Instant } from "./instant.ts";
import {
  creditsFor,
  disputeSource,
  goneBack,
  type MoneyBack,
  type MoneyBackSource,
  type Sold,
  toSources,
} from "./money-back.ts";
import { type Cents, chargeStepCents, type Currency, toCents, wholeStepsOf } from "./money.ts";
import { isLive } from "./refund.ts";

/** Everything a quote is worked out from, as the books have it now. */
export type RefundableOrder = Sold &
  MoneyBack & {
    currency: Currency;
    /** Stripe's fee, once it is known. */
    feeCents: Cents | null;
    /** The currency of the fee, which is the one that Stripe settles in. */
    feeCurrency: Currency;
    /** What remains of this order's grant, and how many of its credits expired unused. */
    remaining: Credits;
    expired: Credits;
    /** The account's balance, and what refunds of its other orders that Stripe has not answered yet will take of it. */
    balance: Credits;
    requestedElsewhere: Credits;
  };

export type RefundQuote = {
  currency: Currency;
  /** What the card gets. */
  amountCents: Cents;
  /** How much of the order can be refunded before this refund. */
  leftCents: Cents;
  /** This order's credits: brought in, already taken back, expired, used, and still there. */
  creditsBrought: Credits;
  creditsTakenBefore: Credits;
  creditsExpired: Credits;
  creditsUsed: Credits;
  creditsLeft: Credits;
  /** What the refund takes, and the balance after it; a balance below zero is owed. */
  creditsToTake: Credits;
  balanceAfter: Credits;
  /** Stripe's fee, which a refund never returns; null until it is known. */
  feeKeptCents: Cents | null;
  feeCurrency: Currency;
};

/** How many credits the account would owe after the refund. */
export function creditsOwed({ balanceAfter }: Pick<RefundQuote, "balanceAfter">): Credits {
  return toCredits(Math.max(0, 0 - balanceAfter));
}

/** When customers may refund unused credits themselves: within `days` of `paidAt`. */
export type SelfService = { paidAt: Instant; now: Instant; days: number };

/**
 * The refund a customer may make themselves: the money for the order's unused credits, within the operator's number of
 * days after paying.
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
 * How much of the order's money no refund or dispute has claimed, rounded down to what Stripe can refund. An order and
 * its refunds are whole steps of the currency; only a dispute over an odd amount can leave an odd remainder.
 */
function refundableCents(order: RefundableOrder): Cents {
  return wholeStepsOf(toCents(order.amountCents - goneBack(order, spokenFor(order))), order.currency);
}

/**
 * What refunding `amountCents` (all that is left if null) would do, or why it cannot be done. Stripe makes no refund
 * while a dispute has the money. https://docs.stripe.com/refunds
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
      balanceAfter: toCredits(order.balance - order.requestedElsewhere - creditsNotYetTaken(order) - toTake),
      feeKeptCents: order.feeCents,
      feeCurrency: order.feeCurrency,
    },
  };
}

/**
 * The money for the order's unused credits: in proportion, rounded down, so that its refund never takes a credit that
 * is not there. If none was used, it is all the money that is left.
 */
export function unusedCents(order: RefundableOrder): Cents {
  const share = toCents(
    Number((BigInt(order.amountCents) * BigInt(unusedCredits(order))) / BigInt(order.credits)),
  );
  return toCents(Math.min(wholeStepsOf(share, order.currency), refundableCents(order)));
}

/** The order's credits that are still there and that no requested refund has claimed. */
function unusedCredits(order: RefundableOrder): number {
  return Math.max(order.remaining - creditsNotYetTaken(order), 0);
}

/** The credits that an order's requested refunds will take once Stripe has them. */
export function creditsNotYetTaken(order: Sold & MoneyBack): number {
  const atStripe = goneBack(order, toSources(order.refunds, order.disputes));
  return creditsFor(order, goneBack(order, spokenFor(order))) - creditsFor(order, atStripe);
}

/** What has a claim on the order's money. A refund counts as soon as it is requested, so that its money cannot go back twice. */
function spokenFor({ refunds, disputes }: MoneyBack): MoneyBackSource[] {
  const live = refunds
    .filter(isLive)
    .map(
      (refund) => ({ type: "refund", id: refund.id, amountCents: refund.amountCents, knownAt: 0 }) as const,
    );
  return [...live, ...disputes.map(disputeSource)];
}
