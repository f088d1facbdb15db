/** Formats money, unit prices and credits for people to read. The server's pages and the browser script share it. */
import { type Currency, minorDigitsOf } from "./domain/money.ts";

const LANGUAGE = "en";
const MICROS_PER_UNIT = 1_000_000;

/** An amount of money: `$1,250.00`. */
export function moneyText(cents: number, currency: Currency): string {
  const digits = minorDigitsOf(currency);
  return new Intl.NumberFormat(LANGUAGE, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(cents / 10 ** digits);
}

/** The price of one credit with all its digits, and at least as many as the currency usually shows: `$0.009`. */
export function unitPriceText(micros: number, currency: Currency): string {
  return new Intl.NumberFormat(LANGUAGE, {
    style: "currency",
    currency,
    minimumFractionDigits: minorDigitsOf(currency),
    maximumFractionDigits: 6,
  }).format(micros / MICROS_PER_UNIT);
}

/** A whole number with thousands separators: `12,500`. */
export function countText(count: number): string {
  return count.toLocaleString(LANGUAGE);
}

/** A number of credits with its noun: `1 credit`, `12,500 credits`. */
export function creditsText(credits: number): string {
  return `${countText(credits)} ${Math.abs(credits) === 1 ? "credit" : "credits"}`;
}
