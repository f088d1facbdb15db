/**
 * How many credits an order loses to the money that went back of it, and which refund or dispute takes how many of
 * them. Pure: the answer depends on what is known of refunds and disputes, never on the live balance.
 */
import { type Credits, toCredits } from "./credits.ts";
import { type Dispute, holdsCredits } from "./dispute.ts";
import type { Instant } from "./instant.ts";
import { invariant } from "./invariant.ts";
import type { MoneyBackKind } from "./ledger.ts";
import { type Cents, toCents } from "./money.ts";
import { type Refund, takesCredits } from "./refund.ts";

/** What an order brought, and for how much. */
export type Sold = { credits: Credits; amountCents: Cents };

/** Everything by which money of one order went back, or is about to. */
export type MoneyBack = { refunds: readonly Refund[]; disputes: readonly Dispute[] };

/** One refund or dispute as the books see it: `amountCents` is 0 while it takes nothing. */
export type MoneyBackSource = {
  type: "refund" | "dispute";
  /** Stripe's id. */
  id: string;
  amountCents: Cents;
  knownAt: Instant;
};

/** What a source has taken by its entries so far, net, and how many entries of each direction it has. */
export type Posted = { credits: Credits; takings: number; returns: number };

/** One entry to be posted: credits taken (negative) or given back, by one source. */
export type Movement = {
  kind: MoneyBackKind;
  credits: Credits;
  source: { type: "refund" | "dispute"; id: string };
};

/**
 * The credits that `cents` of an order's money stand for: in proportion and rounded down, so that the whole of the
 * money stands for the whole of the credits, exactly, however many parts it goes back in.
 */
export function creditsFor(sold: Sold, cents: Cents): Credits {
  const gone = Math.min(Math.max(cents, 0), sold.amountCents);
  // The product may pass 2^53.
  return toCredits(Number((BigInt(sold.credits) * BigInt(gone)) / BigInt(sold.amountCents)));
}

/** All money that went back of the order: what disputes took nets off what is refunded, and never more than was paid. */
export function goneBack(sold: Sold, sources: readonly MoneyBackSource[]): Cents {
  const sum = sources.reduce((total, source) => total + source.amountCents, 0);
  return toCents(Math.min(sum, sold.amountCents));
}

/** Refunds and disputes as sources, in the order in which they came to be known; of those known at once, refunds first. */
export function toSources(refunds: readonly Refund[], disputes: readonly Dispute[]): MoneyBackSource[] {
  const ofRefunds = refunds.flatMap((refund) => refundSource(refund) ?? []);
  const ofDisputes = disputes.map(disputeSource);
  // Sorting leaves what is equal in its order.
  return [...ofRefunds.toSorted(byId), ...ofDisputes.toSorted(byId)].toSorted(
    (one, other) => one.knownAt - other.knownAt,
  );
}

/** A refund as a source; null until Stripe is known to have it. */
function refundSource(refund: Refund): MoneyBackSource | null {
  const { stripeRefundId, knownAt } = refund;
  if (stripeRefundId === null || knownAt === null) {
    return null;
  }
  const amountCents = takesCredits(refund) ? refund.amountCents : toCents(0);
  return { type: "refund", id: stripeRefundId, amountCents, knownAt };
}

/** A dispute as a source. */
export function disputeSource(dispute: Dispute): MoneyBackSource {
  const { id, knownAt } = dispute;
  return {
    type: "dispute",
    id,
    amountCents: holdsCredits(dispute) ? dispute.amountCents : toCents(0),
    knownAt,
  };
}

function byId(one: MoneyBackSource, other: MoneyBackSource): number {
  return one.id < other.id ? -1 : 1;
}

/**
 * How many credits each source takes: the cumulative target with it, less the target without it. Each share so
 * depends on what was known before it alone; together they are the target, and never more than the order brought.
 */
export function sharesOf(sold: Sold, sources: readonly MoneyBackSource[]): Map<string, Credits> {
  const shares = new Map<string, Credits>();
  let cents = 0;
  let credits = 0;
  for (const source of sources) {
    cents = Math.min(cents + source.amountCents, sold.amountCents);
    const target = creditsFor(sold, toCents(cents));
    shares.set(source.id, toCredits(target - credits));
    credits = target;
  }
  return shares;
}

/**
 * What has to be posted so that every source has taken its share: first what is given back, then what is taken, so
 * that at no moment more is taken than the order brought. A source whose entries moved before gets a name with a
 * number, for one thing of one kind is posted once.
 */
export function movementsFor(
  sold: Sold,
  sources: readonly MoneyBackSource[],
  posted: ReadonlyMap<string, Posted>,
): Movement[] {
  const shares = sharesOf(sold, sources);
  const movements: Movement[] = [];
  for (const source of sources) {
    const before = posted.get(source.id) ?? { credits: 0, takings: 0, returns: 0 };
    const more = (shares.get(source.id) ?? 0) - before.credits;
    if (more > 0) {
      const id = numbered(source.id, before.takings);
      movements.push({ kind: source.type, credits: toCredits(-more), source: { type: source.type, id } });
    } else if (more < 0) {
      const id = numbered(source.id, before.returns);
      const kind = `${source.type}_reversal` as const;
      movements.push({ kind, credits: toCredits(-more), source: { type: source.type, id } });
    }
  }
  for (const id of posted.keys()) {
    invariant(shares.has(id), "whatever has taken credits is known");
  }
  return movements.toSorted((one, other) => Math.sign(other.credits) - Math.sign(one.credits));
}

/** The name of a source's entry: Stripe's id, with a number from its second entry of the same kind on. */
function numbered(id: string, before: number): string {
  return before === 0 ? id : `${id}:${before + 1}`;
}

/** The source an entry's name tells of. */
export function sourceIdOf(name: string): string {
  return name.split(":")[0] ?? name;
}
