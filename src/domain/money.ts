/** Money: whole numbers of a currency's minor unit, as Stripe counts it. Only the pages format it for people. */
import { invariant } from "./invariant.ts";

declare const cents: unique symbol;
declare const micros: unique symbol;

/** A whole number of the currency's minor unit; for a zero-decimal currency the "cent" is the unit itself, as at Stripe. */
export type Cents = number & { readonly [cents]: true };

/** A price of one credit in millionths of the currency's major unit. */
export type UnitPriceMicros = number & { readonly [micros]: true };

/** An ISO 4217 code in lower case, as Stripe writes it. */
export type Currency = string;

/** Stripe accepts at most eight digits. https://docs.stripe.com/api/payment_intents/create#create_payment_intent-amount */
export const LARGEST_AMOUNT_CENTS = 99_999_999;

/** A credit costs at most a thousand major units; the database enforces it too. */
const LARGEST_UNIT_PRICE_MICROS = 1_000_000_000;

/** Whether `value` can be an amount of money: a whole number, of either sign (a net may be negative). */
function isCents(value: number): value is Cents {
  return Number.isSafeInteger(value);
}

/** `value` as money; throws unless it is a whole number. */
export function toCents(value: number): Cents {
  invariant(isCents(value), "an amount is a whole number of cents");
  return value;
}

/** Whether `value` can be the price of one credit: a whole, positive number of millionths. */
function isUnitPriceMicros(value: number): value is UnitPriceMicros {
  return Number.isSafeInteger(value) && value > 0 && value <= LARGEST_UNIT_PRICE_MICROS;
}

/** `value` as a unit price; throws unless it is a whole, positive, bounded number of millionths. */
export function toUnitPriceMicros(value: number): UnitPriceMicros {
  invariant(isUnitPriceMicros(value), "a unit price is a positive, bounded number of millionths");
  return value;
}

// https://docs.stripe.com/currencies#zero-decimal
const ZERO_DECIMAL_CURRENCIES = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "),
);

// https://docs.stripe.com/currencies#three-decimal : Stripe counts these in thousandths.
const THREE_DECIMAL_CURRENCIES = new Set("bhd jod kwd omr tnd".split(" "));

/** How many digits follow the decimal point when Stripe counts `currency` in its minor unit: 0, 2 or 3. */
export function minorDigitsOf(currency: Currency): 0 | 2 | 3 {
  if (ZERO_DECIMAL_CURRENCIES.has(currency)) {
    return 0;
  }
  return THREE_DECIMAL_CURRENCIES.has(currency) ? 3 : 2;
}

// https://docs.stripe.com/currencies#special-cases : Stripe counts these in hundredths, but accepts whole units only.
const CURRENCIES_IN_WHOLE_UNITS = new Set(["isk", "ugx"]);

/**
 * The step, in cents, in which Stripe charges and refunds `currency`: 10 for the three-decimal currencies, 100 (whole
 * krónur and shillings) for ISK and UGX, otherwise 1. https://docs.stripe.com/currencies#three-decimal (payment intents, refunds and
 * disputes alike) and https://docs.stripe.com/currencies#special-cases
 */
export function chargeStepCents(currency: Currency): 1 | 10 | 100 {
  if (CURRENCIES_IN_WHOLE_UNITS.has(currency)) {
    return 100;
  }
  return THREE_DECIMAL_CURRENCIES.has(currency) ? 10 : 1;
}

/** `amountCents` rounded down to the step in which Stripe charges and refunds `currency`. */
export function wholeStepsOf(amountCents: Cents, currency: Currency): Cents {
  return toCents(amountCents - (amountCents % chargeStepCents(currency)));
}

// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in each currency's minor unit.
const SMALLEST_AMOUNT_CENTS: Readonly<Record<string, number>> = {
  aed: 200, aud: 50, bgn: 100, brl: 50, cad: 50, chf: 50, czk: 1500, dkk: 250, eur: 50, gbp: 30, hkd: 400,
  huf: 17500, inr: 50, jpy: 50, mxn: 1000, myr: 200, nok: 300, nzd: 50, pln: 200, ron: 200, sek: 300,
  sgd: 50, thb: 1000, usd: 50,
}; // prettier-ignore

/** The smallest amount, in cents, that Stripe charges in `currency`; 50 if Stripe's page lists none. */
export function smallestAmountCents(currency: Currency): number {
  return SMALLEST_AMOUNT_CENTS[currency] ?? 50;
}
