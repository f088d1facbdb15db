/** An amount of money as staff type it. Nothing is guessed: what could be read in two ways is refused. */
import { type Cents, type Currency, minorDigitsOf, toCents } from "../../domain/money.ts";

/** The amount in cents, null where nothing was typed; or what is wrong with it, in a sentence. */
export type AmountRead = { ok: true; cents: Cents | null } | { ok: false; problem: string };

/** More digits than any amount has, in cents; numbers hold so many exactly. */
const LONGEST = 15;

/** Reads `text` as an amount of `currency`: digits, and after a point no more of them than the currency has. Whether so much may be refunded is not decided here. */
export function readAmount(text: string, currency: Currency): AmountRead {
  const typed = text.trim();
  if (typed === "") {
    return { ok: true, cents: null };
  }
  const digits = minorDigitsOf(currency);
  const [, whole = "", decimals = ""] = /^(\d+)(?:\.(\d+))?$/.exec(typed) ?? [];
  const figures = whole + decimals.padEnd(digits, "0");
  if (whole === "" || figures.length > LONGEST) {
    const like = digits === 0 ? "1250" : `12.${"5".padEnd(digits, "0")}`;
    return {
      ok: false,
      problem: `Enter the amount in figures like ${like}, without commas, signs or a currency.`,
    };
  }
  const code = currency.toUpperCase();
  if (decimals.length > digits) {
    const problem =
      digits === 0 ? `${code} has no decimals.` : `${code} has no more than ${digits} decimals.`;
    return { ok: false, problem };
  }
  const cents = toCents(Number(figures));
  return cents === 0
    ? { ok: false, problem: "Enter more than nothing, or leave it empty for all that is left." }
    : { ok: true, cents };
}
