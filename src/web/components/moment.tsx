/** Dates and times, in UTC, so that a receipt says the same wherever it is opened. */
import type { Instant } from "../../domain/instant.ts";

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** A day: `23 Nov 2026`. */
export function Day({ at }: { at: Instant }) {
  return <time datetime={new Date(at).toISOString()}>{day.format(at)}</time>;
}

/** A day and its time: `23 Nov 2026, 14:05 UTC`. */
export function Moment({ at }: { at: Instant }) {
  return <time datetime={new Date(at).toISOString()}>{`${minute.format(at)} UTC`}</time>;
}
