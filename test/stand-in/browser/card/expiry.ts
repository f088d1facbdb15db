/** Expiry dates, shown as MM / YY. A card is valid until the end of its month. */

/** What is wrong with an expiry date, in the codes Stripe.js uses; null when it is complete and in the future. */
export type ExpiryFault =
  | "incomplete_expiry"
  | "invalid_expiry_month"
  | "invalid_expiry_month_past"
  | "invalid_expiry_year_past"
  | "invalid_expiry_year"
  | null;

/** Cards are issued for far less; Stripe accepts nothing beyond this. */
const mostYearsAhead = 50;

/**
 * The digits of a date as typed, pasted or filled by the browser, two for the month first: "3" means March
 * and "1/" means January at once, "12/2034" is 1234.
 */
export function expiryDigits(typed: string): string {
  const [, lonelyMonth] = /^\s*(\d)\s*\/\s*$/.exec(typed) ?? [];
  if (lonelyMonth !== undefined) {
    return `0${lonelyMonth}`;
  }
  const [, month, year] = /^\s*(\d{1,2})\s*[/-]\s*(\d*)/.exec(typed) ?? [];
  const digits =
    month === undefined || year === undefined
      ? typed.replace(/\D/g, "")
      : month.padStart(2, "0") + (year.length === 4 ? year.slice(2) : year);
  return (/^[2-9]/.test(digits) ? `0${digits}` : digits).slice(0, 4);
}

/** Digits as they are shown, with the slash as soon as the month is there. */
export function shownExpiry(digits: string): string {
  return digits.length < 2 ? digits : `${digits.slice(0, 2)} / ${digits.slice(2)}`;
}

/** Month (1 to 12) and four-digit year of a whole date. */
export function expiryParts(digits: string): { month: number; year: number } {
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

/** What is wrong with a date on the given day. */
export function expiryFault(digits: string, today: Date): ExpiryFault {
  const { month, year } = expiryParts(digits);
  if (digits.length >= 2 && (month < 1 || month > 12)) {
    return "invalid_expiry_month";
  }
  if (digits.length < 4) {
    return "incomplete_expiry";
  }
  if (year < today.getFullYear()) {
    return "invalid_expiry_year_past";
  }
  if (year > today.getFullYear() + mostYearsAhead) {
    return "invalid_expiry_year";
  }
  return year === today.getFullYear() && month < today.getMonth() + 1 ? "invalid_expiry_month_past" : null;
}
