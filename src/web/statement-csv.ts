/** A statement as CSV, for bookkeeping: https://www.rfc-editor.org/rfc/rfc4180 */
import type { StatementLine } from "./statement-lines.ts";
import { wordsFor } from "./statement-words.ts";

const COLUMNS = ["number", "time", "kind", "what", "detail", "credits", "balance", "order", "receipt"];

/**
 * The header line. The byte order mark before it tells spreadsheets that the file is UTF-8; without it Excel assumes
 * an older encoding.
 */
export const CSV_HEAD = `\uFEFF${toRecord(COLUMNS)}`;

/** One line as a CSV record: times in ISO 8601 in UTC, numbers plain, with a hyphen as the minus sign. */
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
 * Stops a spreadsheet from reading text as a formula: text that begins like one gets an apostrophe in front, even
 * behind invisible characters or written with the full-width signs of Asian keyboards. Numbers do not need this,
 * because a minus before digits computes nothing. https://owasp.org/www-community/attacks/CSV_Injection
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
