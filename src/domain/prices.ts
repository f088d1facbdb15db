/** What credits cost: a unit price from a quantity up, and packs as suggested quantities. The server alone computes a total. */
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

/** Everything that is for sale: tiers in rising quantity, packs in the order shown, and the least and most one order may hold. */
export type PriceList = {
  currency: Currency;
  tiers: readonly PriceTier[];
  packs: readonly CreditPack[];
  minCredits: Credits;
  maxCredits: Credits;
};

/** The price of one order. `savedCents` is what the same credits would have cost more at the first tier. */
export type Price = {
  credits: Credits;
  unitPriceMicros: UnitPriceMicros;
  amountCents: Cents;
  savedCents: Cents;
  currency: Currency;
};

/** Why a quantity has no price. */
export type NotForSale =
  | { kind: "below_minimum"; minCredits: Credits }
  | { kind: "above_maximum"; maxCredits: Credits }
  | { kind: "no_prices" };

/**
 * The price of `credits`, or why they are not for sale. The tier reached applies to the whole quantity; the
 * total is rounded half up to a whole cent, or to what Stripe charges where that is coarser.
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

/** The least that can be bought: within the limits, in a tier, and coming to no less than Stripe charges. */
export function leastCredits(list: PriceList): Credits {
  const { microsPerStep, stepCents } = stepOf(list.currency);
  // What rounds half up to the smallest amount that Stripe charges.
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

/** `credits` at `unitPriceMicros` each, in cents, rounded half up to what Stripe charges. Exact, however large. */
function totalCents(credits: Credits, unitPriceMicros: UnitPriceMicros, currency: Currency): Cents {
  const { microsPerStep, stepCents } = stepOf(currency);
  // The product may pass 2^53, where a number would no longer be exact.
  const micros = BigInt(credits) * BigInt(unitPriceMicros);
  const steps = (micros + BigInt(microsPerStep / 2)) / BigInt(microsPerStep);
  return toCents(Number(steps) * stepCents);
}

/** The step in which Stripe charges a currency, in cents and in millionths. */
function stepOf(currency: Currency): { microsPerStep: number; stepCents: number } {
  const stepCents = chargeStepCents(currency);
  return { stepCents, microsPerStep: stepCents * 10 ** (6 - minorDigitsOf(currency)) };
}
