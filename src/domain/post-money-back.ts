/**
 * Posts the credits that money going back takes, or that its reversal returns: first the entries on the order's own
 * grant, then pairs of `repayment` entries from grants that hold credits to those below zero. The database enforces
 * each of these rules again (migrations/0006_ledger.sql).
 */
import { type Credits, toCredits } from "./credits.ts";
import type { AccountId, GrantId, NewId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import { invariant } from "./invariant.ts";
import type { Book, LedgerEntry } from "./ledger.ts";
import type { Movement } from "./money-back.ts";

/** A grant and what remains of it. Expired credits are never used for repayments. */
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

/** The order whose money went back, and the grant its purchase opened. */
export type OwnGrant = { orderId: OrderId; grantId: GrantId };

/** What the entries of one posting say besides their credits: the actor, the time and the new ids. */
type Posting = { actorOf: (movement: Movement) => string; at: Instant; newId: NewId };

/**
 * The entries for one order's `movements`, in sequence, then the repayments, and the books after them. Credits given
 * back go to the order's own grant even if other grants repaid it: theirs stay spent, and the order's credits take their
 * place. The grant never exceeds what it brought in, because only credits spent from it are ever repaid.
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
      // Above zero only if `holding` has credits and `owing` is below zero.
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
  // If neither expires, the difference is NaN and their age decides.
  return (one.expiresAt ?? Infinity) - (other.expiresAt ?? Infinity) || oldestFirst(one, other);
}

function oldestFirst(one: Counted, other: Counted): number {
  return one.createdAt - other.createdAt || (one.grantId < other.grantId ? -1 : 1);
}
