/** Credits: units of API use. Never mixed with money: the compiler keeps the two apart. */
import { invariant } from "./invariant.ts";

declare const credits: unique symbol;

/** A whole number of credits; negative in an entry that takes credits, or in a balance that is owed. */
export type Credits = number & { readonly [credits]: true };

/** No single entry moves more than this; a thousand such entries still sum below 2^53. The database enforces it too. */
export const LARGEST_ENTRY_CREDITS = 1_000_000_000_000;

/** Whether `value` can be a number of credits. */
export function isCredits(value: number): value is Credits {
  return Number.isSafeInteger(value);
}

/** `value` as credits; throws unless it is a whole number. */
export function toCredits(value: number): Credits {
  invariant(isCredits(value), "credits are a whole number");
  return value;
}
