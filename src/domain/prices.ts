/** What credits cost: price tiers, and credit packs as suggested quantities. Only the server computes a total. */
import { type Credits, toCredits } from "./credits.ts";
import {
  type Cents,
  chargeStepCents,
  type Currency,
  LARGEST_AMOUNT_CENTS,
  minorDigitsOf,
  smallestAmountCents,
  toCents,
  type UnitPriceMicros,
} from "./money.ts";

/** From this many credits up, each credit of the order costs this much. */
type PriceTier = { fromCredits: Credits; unitPriceMicros: UnitPriceMicros };

/** A suggested quantity. */
type CreditPack = { credits: Credits };

/** Everything that is for sale: tiers by rising quantity, packs in display order, and the fewest and most credits per order. */
export type PriceList = {
  currency: Currency;
  tiers: readonly PriceTier[];
  packs: readonly CreditPack[];
  minCredits: Credits;
  maxCredits: Credits;
};

/** The price of one order. `savedCents` is how much more the same credits would cost at the first tier's price. */
export type Price = {
  credits: Credits;
  unitPriceMicros: UnitPriceMicros;
  amountCents: Cents;
  savedCents: Cents;
  currency: Currency;
};

/** Why a quantity is not for sale. */
export type NotForSale =
  | { kind: "below_minimum"; minCredits: Credits }
  | { kind: "above_maximum"; maxCredits: Credits }
  | { kind: "no_prices" };

/**
 * The price of `credits`, or why they are not for sale. The tier reached applies to the whole quantity; the total is
 * rounded half up to the currency's charge step.
 */
export function priceOf(
  list: PriceList,
  credits: Credits,
): { ok: true; price: Price } | { ok: false; failure: NotForSale } {
  const first = list.tiers[0];
  if (first === undefined) {
    return { ok: false, failure: { kind: "no_prices" } };
  }
  const minCredits = leastCredits(list);
  if (credits < minCredits) {
    return { ok: false, failure: { kind: "below_minimum", minCredits } };
  }
  if (credits > list.maxCredits) {
    return { ok: false, failure: { kind: "above_maximum", maxCredits: list.maxCredits } };
  }
  const tier = list.tiers.findLast((candidate) => candidate.fromCredits <= credits) ?? first;
  const amountCents = totalCents(credits, tier.unitPriceMicros, list.currency);
  if (amountCents > LARGEST_AMOUNT_CENTS) {
    return { ok: false, failure: { kind: "above_maximum", maxCredits: list.maxCredits } };
  }
  if (amountCents < smallestAmountCents(list.currency)) {
    return { ok: false, failure: { kind: "below_minimum", minCredits } };
  }
  const savedCents = toCents(totalCents(credits, first.unitPriceMicros, list.currency) - amountCents);
  const { currency } = list;
  return {
    ok: true,
    price: { credits, unitPriceMicros: tier.unitPriceMicros, amountCents, savedCents, currency },
  };
}

/** The smallest quantity that can be bought: within the limits, and costing no less than the smallest amount Stripe charges. */
export function leastCredits(list: PriceList): Credits {
  const { microsPerStep, stepCents } = stepOf(list.currency);
  // The smallest total that rounds half up to the smallest amount Stripe charges.
  const steps = Math.ceil(smallestAmountCents(list.currency) / stepCents);
  const smallestMicros = steps * microsPerStep - microsPerStep / 2;
  for (const [index, tier] of list.tiers.entries()) {
    const enough = Math.ceil(smallestMicros / tier.unitPriceMicros);
    const least = Math.max(list.minCredits, tier.fromCredits, enough);
    const next = list.tiers[index + 1];
    if (next === undefined || least < next.fromCredits) {
      return toCredits(least);
    }
  }
  return list.minCredits;
}

/** `credits` at `unitPriceMicros` each, in cents, rounded half up to the currency's charge step. Exact at any size. */
function totalCents(credits: Credits, unitPriceMicros: UnitPriceMicros, currency: Currency): Cents {
  const { microsPerStep, stepCents } = stepOf(currency);
  // The product can exceed 2^53, where a number is no longer exact.
  const micros = BigInt(credits) * BigInt(unitPriceMicros);
  const steps = (micros + BigInt(microsPerStep / 2)) / BigInt(microsPerStep);
  return toCents(Number(steps) * stepCents);
}

/** The step in which Stripe charges a currency, in cents and in millionths of the major unit. */
function stepOf(currency: Currency): { microsPerStep: number; stepCents: number } {
  const stepCents = chargeStepCents(currency);
  return { stepCents, microsPerStep: stepCents * 10 ** (6 - minorDigitsOf(currency)) };
}
