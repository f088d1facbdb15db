/** Text that people typed elsewhere, made fit to keep and to show. */

/** Longer than any name or line of an address; what is cut off nobody misses. */
const LONGEST = 200;

// Control characters, and those that turn the direction of the text around them.
const UNSEEN = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** `text` without what cannot be seen, trimmed and at most `longest` characters long; null where nothing is left. */
export function cleanText(text: string | null | undefined, longest = LONGEST): string | null {
  const clean = (text ?? "").replaceAll(UNSEEN, " ").trim().slice(0, longest).toWellFormed();
  return clean === "" ? null : clean;
}
