/** A statement as comma-separated values, for bookkeeping: https://www.rfc-editor.org/rfc/rfc4180 */
import type { StatementLine } from "./statement-lines.ts";
import { wordsFor } from "./statement-words.ts";

const COLUMNS = ["number", "time", "kind", "what", "detail", "credits", "balance", "order", "receipt"];

/**
 * The first line. The mark before it tells spreadsheets that the file is UTF-8; without it Excel takes it for an
 * older alphabet.
 */
export const CSV_HEAD = `\uFEFF${toRecord(COLUMNS)}`;

/** A line as a record: times in ISO 8601 and UTC, numbers plain, with a hyphen for a minus. */
export function toCsvRecord(line: StatementLine): string {
  const { title, detail } = wordsFor(line);
  return toRecord([
    String(line.seq),
    new Date(line.at).toISOString(),
    line.kind,
    toHarmless(title),
    toHarmless(detail ?? ""),
    String(line.credits),
    String(line.balance),
    line.orderId ?? "",
    line.receiptNumber === null ? "" : String(line.receiptNumber),
  ]);
}

/**
 * Text that a spreadsheet takes for text: one that begins like a formula, behind whatever is not seen and in the wide
 * signs of Asian keyboards too, gets an apostrophe before it. Numbers are left alone, for a minus before digits computes nothing. https://owasp.org/www-community/attacks/CSV_Injection
 */
function toHarmless(text: string): string {
  return /^[\s\p{C}]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
}

function toRecord(fields: readonly string[]): string {
  return `${fields.map(toField).join(",")}\r\n`;
}

function toField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
