/**
 * One account's ledger as arithmetic: given where the books stand and what to post, which entries come next. The
 * database enforces each of these rules again (migrations/0006_ledger.sql).
 */
import { type Credits, isCredits, LARGEST_ENTRY_CREDITS, toCredits } from "./credits.ts";
import type { AccountId, EntryId, GrantId, NewId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import { invariant } from "./invariant.ts";

/** The kinds that open a grant. */
type BringingKind = "purchase" | "offline_payment" | "promotion" | "adjustment";

type EntryKind = BringingKind | MoneyBackKind | "repayment";

/** The kinds that move the order's own grant because money went back, or because that was reversed. */
export type MoneyBackKind = "refund" | "refund_reversal" | "dispute" | "dispute_reversal";

/** What an entry came from. Each source is posted at most once per kind of entry. */
type Source = { type: "payment_intent" | "staff" | "entry" | "refund" | "dispute"; id: string };

/** One immutable line of an account's ledger. */
export type LedgerEntry = {
  accountId: AccountId;
  seq: number;
  id: EntryId;
  kind: EntryKind;
  credits: Credits;
  balanceAfter: Credits;
  grantId: GrantId;
  orderId: OrderId | null;
  source: Source;
  /** Numbers the entries of one act that moves several grants. */
  part: number;
  actor: string;
  note: string | null;
  createdAt: Instant;
};

/** The credits one entry brought in. The database keeps what remains of them. */
export type Grant = {
  id: GrantId;
  accountId: AccountId;
  kind: BringingKind;
  orderId: OrderId | null;
  granted: Credits;
  expiresAt: Instant | null;
  createdAt: Instant;
};

/** Where an account's books stand: enough to write the next entry. `owing` lists the grants below zero, oldest first. */
export type Book = {
  accountId: AccountId;
  balance: Credits;
  lastSeq: number;
  owing: readonly { grantId: GrantId; remaining: Credits }[];
};

/** The credits one act brings in. */
export type Bringing = {
  kind: BringingKind;
  credits: Credits;
  orderId: OrderId | null;
  source: Source;
  actor: string;
  note: string | null;
  expiresAt: Instant | null;
};

/** The entries that post one act, the grant they open, and the books after them. */
export type Posting = { grant: Grant; entries: LedgerEntry[]; book: Book };

/**
 * Posts `bringing` to `book`: one entry that opens a grant, then pairs of `repayment` entries that move its credits to
 * grants below zero. Throws unless the credits are positive and within bounds; callers check that before they promise
 * anything.
 */
export function post(book: Book, bringing: Bringing, now: Instant, newId: NewId): Posting {
  invariant(
    isCredits(bringing.credits) && bringing.credits > 0 && bringing.credits <= LARGEST_ENTRY_CREDITS,
    "an entry brings a positive, bounded number of credits",
  );
  const grant: Grant = {
    id: newId("grt"),
    accountId: book.accountId,
    kind: bringing.kind,
    orderId: bringing.orderId,
    granted: bringing.credits,
    expiresAt: bringing.expiresAt,
    createdAt: now,
  };
  const opening: LedgerEntry = {
    accountId: book.accountId,
    seq: book.lastSeq + 1,
    id: newId("ent"),
    kind: bringing.kind,
    credits: bringing.credits,
    balanceAfter: toCredits(book.balance + bringing.credits),
    grantId: grant.id,
    orderId: bringing.orderId,
    source: bringing.source,
    part: 0,
    actor: bringing.actor,
    note: bringing.note,
    createdAt: now,
  };
  const { repayments, owing } = repay(book, grant, opening, newId);
  const last = repayments.at(-1) ?? opening;
  return {
    grant,
    entries: [opening, ...repayments],
    book: { ...book, balance: last.balanceAfter, lastSeq: last.seq, owing },
  };
}

/** Pairs of entries from the new grant to those below zero, oldest first, until its credits run out. Each pair sums to zero. */
function repay(
  book: Book,
  grant: Grant,
  opening: LedgerEntry,
  newId: NewId,
): { repayments: LedgerEntry[]; owing: Book["owing"] } {
  const repayments: LedgerEntry[] = [];
  const owing: { grantId: GrantId; remaining: Credits }[] = [];
  let available: number = grant.granted;
  let last = opening;
  for (const debt of book.owing) {
    const amount = Math.min(available, 0 - debt.remaining);
    if (amount > 0) {
      const from = repayment(last, grant.id, -amount, opening, repayments.length, newId);
      last = repayment(from, debt.grantId, amount, opening, repayments.length + 1, newId);
      repayments.push(from, last);
      available -= amount;
    }
    if (debt.remaining + amount < 0) {
      owing.push({ grantId: debt.grantId, remaining: toCredits(debt.remaining + amount) });
    }
  }
  return { repayments, owing };
}

function repayment(
  before: LedgerEntry,
  grantId: GrantId,
  credits: number,
  opening: LedgerEntry,
  part: number,
  newId: NewId,
): LedgerEntry {
  return {
    accountId: before.accountId,
    seq: before.seq + 1,
    id: newId("ent"),
    kind: "repayment",
    credits: toCredits(credits),
    balanceAfter: toCredits(before.balanceAfter + credits),
    grantId,
    orderId: null,
    source: { type: "entry", id: opening.id },
    part,
    actor: opening.actor,
    note: null,
    createdAt: opening.createdAt,
  };
}
