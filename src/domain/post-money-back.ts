/**
 * Posting what money that went back takes, or gives again: the lines on the order's own grant, and then the pairs of
 * `repayment` entries by which grants that hold credits make good those that are below zero. The database checks
 * every one of these rules again (migrations/0006_ledger.sql).
 */
import { type Credits, toCredits } from "./credits.ts";
import type { AccountId, GrantId, NewId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import { invariant } from "./invariant.ts";
import type { Book, LedgerEntry } from "./ledger.ts";
import type { Movement } from "./money-back.ts";

/** A grant with what remains of it. Credits that have expired make nothing good. */
export type Holding = {
  grantId: GrantId;
  remaining: Credits;
  createdAt: Instant;
  expiresAt: Instant | null;
};

/** An account's books with every grant that is not at zero, and the order's own. */
export type OpenBook = {
  accountId: AccountId;
  balance: Credits;
  lastSeq: number;
  grants: readonly Holding[];
};

/** The order whose money went back, and the grant it brought. */
export type OwnGrant = { orderId: OrderId; grantId: GrantId };

/** What the entries of one posting are to say beside their credits: who made it, and when. */
type Posting = { actorOf: (movement: Movement) => string; at: Instant; newId: NewId };

/**
 * The entries for `movements` of one order, in their order, then the repayments, and the books after them. Credits
 * given back go to the order's own grant, even where other grants had made it good: those stay spent, and the order's
 * credits take their place. They never exceed what it brought, for only credits spent from it were ever made good.
 */
export function postMoneyBack(
  open: OpenBook,
  own: OwnGrant,
  movements: readonly Movement[],
  posting: Posting,
): { entries: LedgerEntry[]; book: Book } {
  const grants = open.grants.map((grant) => ({ ...grant, remaining: Number(grant.remaining) }));
  const entries: LedgerEntry[] = [];
  let balance: number = open.balance;

  function write(
    grantId: GrantId,
    line: Pick<LedgerEntry, "kind" | "orderId" | "source" | "part" | "actor">,
    credits: number,
  ): LedgerEntry {
    const grant = grants.find((candidate) => candidate.grantId === grantId);
    invariant(grant !== undefined, "an entry moves a grant that is known");
    grant.remaining += credits;
    balance += credits;
    const entry: LedgerEntry = {
      accountId: open.accountId,
      seq: open.lastSeq + entries.length + 1,
      id: posting.newId("ent"),
      credits: toCredits(credits),
      balanceAfter: toCredits(balance),
      grantId,
      note: null,
      createdAt: posting.at,
      ...line,
    };
    entries.push(entry);
    return entry;
  }

  for (const movement of movements) {
    const { kind, credits, source } = movement;
    const actor = posting.actorOf(movement);
    write(own.grantId, { kind, orderId: own.orderId, source, part: 0, actor }, credits);
  }
  const cause = entries.at(-1);
  let part = 0;
  const inForce = grants.filter((grant) => isInForce(grant, posting.at)).toSorted(soonestFirst);
  for (const owing of grants.toSorted(oldestFirst)) {
    for (const holding of inForce) {
      // Above zero only where the one holds credits and the other is below zero.
      const amount = Math.min(holding.remaining, 0 - owing.remaining);
      if (cause !== undefined && amount > 0) {
        const source = { type: "entry", id: cause.id } as const;
        const line = { kind: "repayment", orderId: null, source, actor: cause.actor } as const;
        write(holding.grantId, { ...line, part }, -amount);
        write(owing.grantId, { ...line, part: part + 1 }, amount);
        part += 2;
      }
    }
  }

  const owing = grants
    .filter(({ remaining }) => remaining < 0)
    .toSorted(oldestFirst)
    .map(({ grantId, remaining }) => ({ grantId, remaining: toCredits(remaining) }));
  return {
    entries,
    book: {
      accountId: open.accountId,
      balance: toCredits(balance),
      lastSeq: open.lastSeq + entries.length,
      owing,
    },
  };
}

type Counted = Omit<Holding, "remaining"> & { remaining: number };

function isInForce({ expiresAt }: Counted, now: Instant): boolean {
  return expiresAt === null || expiresAt > now;
}

/** Credits are taken from the grant that expires soonest first, then from the oldest. */
function soonestFirst(one: Counted, other: Counted): number {
  // Of two that never expire the difference is not a number, and so their age decides.
  return (one.expiresAt ?? Infinity) - (other.expiresAt ?? Infinity) || oldestFirst(one, other);
}

function oldestFirst(one: Counted, other: Counted): number {
  return one.createdAt - other.createdAt || (one.grantId < other.grantId ? -1 : 1);
}
