/** Reads an amount of money typed by staff. It never guesses: anything ambiguous is refused. */
import { type Cents, type Currency, minorDigitsOf, toCents } from "../../domain/money.ts";

/** The amount in cents, or null if nothing was typed; otherwise a sentence that says what is wrong. */
export type AmountRead = { ok: true; cents: Cents | null } | { ok: false; problem: string };

/** The most digits accepted, in cents: more than any real amount, and still exact as a number. */
const LONGEST = 15;

/** Reads `text` as an amount of `currency`: digits, then optionally a point and at most as many decimals as the currency has. Whether that much may be refunded is decided elsewhere. */
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
      problem: `Enter an amount like ${like}, without commas, signs or a currency.`,
    };
  }
  const code = currency.toUpperCase();
  if (decimals.length > digits) {
    const problem = digits === 0 ? `${code} has no decimals.` : `${code} has at most ${digits} decimals.`;
    return { ok: false, problem };
  }
  const cents = toCents(Number(figures));
  return cents === 0
    ? { ok: false, problem: "Enter more than zero, or leave it empty to refund all that is left." }
    : { ok: true, cents };
}
