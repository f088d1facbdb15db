/** What the card form says about each fault, and the security code's own rule. */
import { brandShapes, type Brand } from "./brand.ts";
import type { ExpiryFault } from "./expiry.ts";
import type { NumberFault } from "./number.ts";

/** Every fault of the card form, in the codes Stripe.js uses. */
export type CardFault =
  | NonNullable<NumberFault>
  | NonNullable<ExpiryFault>
  | "incomplete_cvc"
  | "incomplete_zip"
  | "invalid_zip";

/** One sentence for each. */
export const faultSentences: Record<CardFault, string> = {
  incomplete_number: "Your card number is incomplete.",
  invalid_number: "Your card number is invalid.",
  incomplete_expiry: "Your card’s expiration date is incomplete.",
  invalid_expiry_month: "Your card’s expiration date is invalid.",
  invalid_expiry_month_past: "Your card’s expiration date is in the past.",
  invalid_expiry_year_past: "Your card’s expiration year is in the past.",
  invalid_expiry_year: "Your card’s expiration year is invalid.",
  incomplete_cvc: "Your card’s security code is incomplete.",
  incomplete_zip: "Your postal code is incomplete.",
  invalid_zip: "Your postal code is invalid.",
};

/** The digits of a security code as typed, no more than the network prints. */
export function securityCodeDigits(typed: string, brand: Brand): string {
  return typed.replace(/\D/g, "").slice(0, brandShapes[brand].securityCodeLength);
}

/** A security code has a fixed length for each network; there is nothing else to check before the bank does. */
export function securityCodeFault(digits: string, brand: Brand): "incomplete_cvc" | null {
  return digits.length === brandShapes[brand].securityCodeLength ? null : "incomplete_cvc";
}
