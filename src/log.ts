/** The one place that writes to the log: a name and chosen fields, never a header, a body, a key or an address. */

/** Writes one line of JSON, which Workers Logs indexes by field. */
export function log(event: string, fields: Readonly<Record<string, string | number | boolean | null>>): void {
  // oxlint-disable-next-line no-console -- This is the log.
  console.log(JSON.stringify({ event, ...fields }));
}
