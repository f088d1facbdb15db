/** The ledger as a statement: one line for each event, whether it took one ledger entry or several. */
import { type Credits, toCredits } from "../domain/credits.ts";
import type { OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { PostedEntry, PostedKind } from "../store/ledger.ts";

/** One event: how many credits it moved, and the balance after it. */
export type StatementLine = {
  /** The numbers of its first and last entries. */
  seq: number;
  lastSeq: number;
  kind: PostedKind;
  /** The change in the balance: zero if credits only moved between grants. */
  credits: Credits;
  /** The credits a repayment paid off; 0 for any other kind. */
  madeGood: Credits;
  balance: Credits;
  orderId: OrderId | null;
  receiptNumber: number | null;
  note: string | null;
  at: Instant;
  /** The kind of entry that caused a repayment. */
  cause: PostedKind | null;
};

/** Groups `entries` into lines, both oldest first. Entries of one event share a kind and a source, and are adjacent. */
export function toStatementLines(entries: readonly PostedEntry[]): StatementLine[] {
  const lines: StatementLine[] = [];
  let before: PostedEntry | null = null;
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last !== undefined && before !== null && isSameAct(before, entry)) {
      lines[lines.length - 1] = withEntry(last, entry);
    } else {
      lines.push(toLine(entry));
    }
    before = entry;
  }
  return lines;
}

function isSameAct(one: PostedEntry, other: PostedEntry): boolean {
  return one.kind === other.kind && one.sourceType === other.sourceType && one.sourceId === other.sourceId;
}

function toLine(entry: PostedEntry): StatementLine {
  return {
    seq: entry.seq,
    lastSeq: entry.seq,
    kind: entry.kind,
    credits: entry.credits,
    madeGood: madeGoodBy(entry),
    balance: entry.balanceAfter,
    orderId: entry.orderId,
    receiptNumber: entry.receiptNumber,
    note: entry.note,
    at: entry.createdAt,
    cause: entry.cause,
  };
}

function withEntry(line: StatementLine, entry: PostedEntry): StatementLine {
  return {
    ...line,
    lastSeq: entry.seq,
    credits: toCredits(line.credits + entry.credits),
    madeGood: toCredits(line.madeGood + madeGoodBy(entry)),
    balance: entry.balanceAfter,
  };
}

function madeGoodBy({ kind, credits }: PostedEntry): Credits {
  return toCredits(kind === "repayment" ? Math.max(credits, 0) : 0);
}
