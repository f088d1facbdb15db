/** Card numbers: kept as digits, shown in groups, checked by length and by the Luhn digit. */
import { brandOf, brandShapes, fours } from "./brand.ts";

/** What is wrong with a field, in the codes Stripe.js uses; null when it is complete and right. */
export type NumberFault = "incomplete_number" | "invalid_number" | null;

/** The digits of what was typed or pasted, cut to the longest number its network has. */
export function numberDigits(typed: string): string {
  const digits = typed.replace(/\D/g, "");
  return digits.slice(0, Math.max(...brandShapes[brandOf(digits)].lengths));
}

/** Digits with the gaps of their network: 4242 4242 4242 4242, or 3782 822463 10005. No digit is left out. */
export function groupedNumber(digits: string): string {
  const groups: string[] = [];
  let from = 0;
  for (const length of groupsFor(digits)) {
    groups.push(digits.slice(from, from + length));
    from += length;
  }
  return groups.filter((group) => group !== "").join(" ");
}

/** A number longer than its network's usual groups, such as Diners Club's longer ones, is written in fours. */
function groupsFor(digits: string): readonly number[] {
  const { groups } = brandShapes[brandOf(digits)];
  const room = groups.reduce((sum, length) => sum + length, 0);
  return digits.length > room ? fours : groups;
}

/** The check digit every network uses (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** What is wrong with a number as far as it has been typed. A number too short is incomplete, not invalid. */
export function numberFault(digits: string): NumberFault {
  const { lengths } = brandShapes[brandOf(digits)];
  if (lengths.includes(digits.length) && passesLuhn(digits)) {
    return null;
  }
  return digits.length < Math.max(...lengths) ? "incomplete_number" : "invalid_number";
}
