/** Times come from the server in UTC; people read them in their own time zone. */

/** Rewrites every `<time data-time>` within an element. */
export function showLocalTimes(within: ParentNode): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-time]")) {
    time.textContent = localTime(new Date(time.dateTime));
  }
}

/** The time of day, with the date when that is not today's. */
export function localTime(when: Date): string {
  const isToday = when.toDateString() === new Date().toDateString();
  return when.toLocaleString(undefined, { timeStyle: "medium", ...(isToday ? {} : { dateStyle: "medium" }) });
}
