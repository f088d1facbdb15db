/** Dates and times on a page, with the full timestamp in machine-readable form. */
import type { Instant } from "../../domain/instant.ts";
import { dayText, momentText } from "../moment-text.ts";

/** A date: `23 Nov 2026`. */
export function Day({ at }: { at: Instant }) {
  return <time datetime={new Date(at).toISOString()}>{dayText(at)}</time>;
}

/** A date and time: `23 Nov 2026, 14:05 UTC`. */
export function Moment({ at }: { at: Instant }) {
  return <time datetime={new Date(at).toISOString()}>{momentText(at)}</time>;
}
