/** What credits cost: a unit price from a quantity up, and packs as suggested quantities. The server alone computes a total. */
import type { Credits } from "./credits.ts";
import { invariant } from "./invariant.ts";
import {
  type Cents,
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
 * total is rounded half up to a whole cent.
 */
export function priceOf(
  list: PriceList,
  credits: Credits,
): { ok: true; price: Price } | { ok: false; failure: NotForSale } {
  const first = list.tiers[0];
  if (first === undefined) {
    return { ok: false, failure: { kind: "no_prices" } };
  }
  if (credits < list.minCredits || credits < first.fromCredits) {
    return { ok: false, failure: { kind: "below_minimum", minCredits: list.minCredits } };
  }
  const tier = list.tiers.findLast((candidate) => candidate.fromCredits <= credits) ?? first;
  const amountCents = totalCents(credits, tier.unitPriceMicros, list.currency);
  if (credits > list.maxCredits || amountCents > LARGEST_AMOUNT_CENTS) {
    return { ok: false, failure: { kind: "above_maximum", maxCredits: list.maxCredits } };
  }
  if (amountCents < smallestAmountCents(list.currency)) {
    return { ok: false, failure: { kind: "below_minimum", minCredits: list.minCredits } };
  }
  const savedCents = toCents(totalCents(credits, first.unitPriceMicros, list.currency) - amountCents);
  const { currency } = list;
  return {
    ok: true,
    price: { credits, unitPriceMicros: tier.unitPriceMicros, amountCents, savedCents, currency },
  };
}

/** `credits` at `unitPriceMicros` each, in cents, rounded half up. Throws where the product would pass 2^53. */
function totalCents(credits: Credits, unitPriceMicros: UnitPriceMicros, currency: Currency): Cents {
  const microsPerCent = 10 ** (6 - minorDigitsOf(currency));
  const micros = credits * unitPriceMicros;
  invariant(Number.isSafeInteger(micros + microsPerCent), "a total stays below 2^53 millionths");
  return toCents(Math.floor((micros + microsPerCent / 2) / microsPerCent));
}
