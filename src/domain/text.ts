/** Cleans text that people typed elsewhere, so that it can be stored and shown. */

/** In characters. Longer than any real name or address line, so that cutting loses nothing of use. */
const LONGEST = 200;

// Control characters, and those that change the direction of the text around them.
const UNSEEN = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** `text` with invisible characters as spaces, trimmed, at most `longest` characters long; null if nothing is left. */
export function cleanText(text: string | null | undefined, longest = LONGEST): string | null {
  const clean = (text ?? "").replaceAll(UNSEEN, " ").trim().slice(0, longest).toWellFormed();
  return clean === "" ? null : clean;
}
