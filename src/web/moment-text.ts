/** Formats dates and times in UTC, so that a page reads the same wherever it is opened. */
import type { Instant } from "../domain/instant.ts";

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** A date: `23 Nov 2026`. */
export function dayText(at: Instant): string {
  return day.format(at);
}

/** A date and time: `23 Nov 2026, 14:05 UTC`. */
export function momentText(at: Instant): string {
  return `${minute.format(at)} UTC`;
}
