/** The ledger as a statement: one line for each act, whether it took one entry or several. */
import { type Credits, toCredits } from "../domain/credits.ts";
import type { OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { PostedEntry, PostedKind } from "../store/ledger.ts";

/** One act: what it moved, and the balance after it. */
export type StatementLine = {
  /** The number of its first entry, and of its last. */
  seq: number;
  lastSeq: number;
  kind: PostedKind;
  /** What the balance moved by: nothing, where credits went from grant to grant. */
  credits: Credits;
  /** What a repayment made good; 0 for any other kind. */
  madeGood: Credits;
  balance: Credits;
  orderId: OrderId | null;
  receiptNumber: number | null;
  note: string | null;
  at: Instant;
  /** What a repayment followed from. */
  cause: PostedKind | null;
};

/** The lines that `entries` make, both oldest first. Entries of one act have one kind and one source, and stand together. */
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
