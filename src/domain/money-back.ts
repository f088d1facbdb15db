/**
 * How many credits an order loses when its money goes back, and how many of them each refund or dispute takes. Pure:
 * the answer depends only on the known refunds and disputes, never on the live balance.
 */
import { type Credits, toCredits } from "./credits.ts";
import { type Dispute, holdsCredits } from "./dispute.ts";
import type { Instant } from "./instant.ts";
import { invariant } from "./invariant.ts";
import type { MoneyBackKind } from "./ledger.ts";
import { type Cents, toCents } from "./money.ts";
import { type Refund, takesCredits } from "./refund.ts";

/** The credits an order brought in, and what was paid for them. */
export type Sold = { credits: Credits; amountCents: Cents };

/** Every refund and dispute of one order. */
export type MoneyBack = { refunds: readonly Refund[]; disputes: readonly Dispute[] };

/** One refund or dispute as the books see it: `amountCents` is 0 while it takes nothing. */
export type MoneyBackSource = {
  type: "refund" | "dispute";
  /** Stripe's id. */
  id: string;
  amountCents: Cents;
  knownAt: Instant;
};

/** The net credits a source's entries have taken so far, and how many entries it has in each direction. */
export type Posted = { credits: Credits; takings: number; returns: number };

/** One entry to post: credits taken (negative) or given back, for one source. */
export type Movement = {
  kind: MoneyBackKind;
  credits: Credits;
  source: { type: "refund" | "dispute"; id: string };
};

/**
 * The credits that `cents` of an order's money are worth: in proportion, rounded down. The full amount is worth exactly
 * all the credits, however many parts it goes back in.
 */
export function creditsFor(sold: Sold, cents: Cents): Credits {
  const gone = Math.min(Math.max(cents, 0), sold.amountCents);
  // The product can exceed 2^53.
  return toCredits(Number((BigInt(sold.credits) * BigInt(gone)) / BigInt(sold.amountCents)));
}

/** All money of the order that went back: refunds and disputes together, never more than was paid. */
export function goneBack(sold: Sold, sources: readonly MoneyBackSource[]): Cents {
  const sum = sources.reduce((total, source) => total + source.amountCents, 0);
  return toCents(Math.min(sum, sold.amountCents));
}

/**
 * The credits that come back when `cents` of refunded or disputed money no longer count as gone. None if the other
 * sources take the whole order anyway.
 */
export function creditsBackFor(sold: Sold, sources: readonly MoneyBackSource[], cents: Cents): Credits {
  const gone = goneBack(sold, sources);
  return toCredits(creditsFor(sold, toCents(gone + cents)) - creditsFor(sold, gone));
}

/** Refunds and disputes as sources, in the order we learnt of them; refunds first if we learnt of them at the same moment. */
export function toSources(refunds: readonly Refund[], disputes: readonly Dispute[]): MoneyBackSource[] {
  const ofRefunds = refunds.flatMap((refund) => refundSource(refund) ?? []);
  const ofDisputes = disputes.map(disputeSource);
  // The sort is stable: equal items keep their order.
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
 * How many credits each source takes: the cumulative target including it, less the target before it. So each share
 * depends only on earlier sources, and together they make up the target, never more than the order brought in.
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
 * What to post so that every source has taken its share. Credits are given back first and then taken, so that at no
 * moment more is taken than the order brought in. Because each source is posted once per kind, its further entries get
 * a numbered name.
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
    invariant(shares.has(id), "every source that has entries is known");
  }
  return movements.toSorted((one, other) => Math.sign(other.credits) - Math.sign(one.credits));
}

/** The name of a source's entry: Stripe's id, followed by a number from its second entry of the same kind on. */
function numbered(id: string, before: number): string {
  return before === 0 ? id : `${id}:${before + 1}`;
}

/** The Stripe id in the name of a source's entry. */
export function sourceIdOf(name: string): string {
  return name.split(":")[0] ?? name;
}
