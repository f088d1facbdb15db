/** The small model: what customers did, and what must therefore be true of any product that sells credits. */
import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import type { Placing } from "../../src/operations/place-order.ts";

/** A test card by what becomes of an order with it, when nothing goes wrong. */
export type CardKind = "good" | "challenged" | "unanswered" | "refused" | "declined" | "declined_at_payment";

/** What each kind of card is, and how an order with it can end at all. */
export const CARDS: Readonly<Record<CardKind, { number: string; ends: readonly OrderState[] }>> = {
  good: { number: "4242424242424242", ends: ["paid", "abandoned"] },
  challenged: { number: "4000002760003184", ends: ["paid", "declined", "abandoned"] },
  unanswered: { number: "4000000000000044", ends: ["paid", "abandoned"] },
  refused: { number: "4000000000000010", ends: ["refused", "abandoned"] },
  declined: { number: "4000000000000002", ends: ["declined", "abandoned"] },
  declined_at_payment: { number: "4000000000000341", ends: ["declined", "abandoned"] },
};

/** An order as its customer knows it. */
export type ModelOrder = {
  accountId: AccountId;
  placing: Placing;
  card: CardKind;
  /** The challenge the bank has put and nobody has answered yet. */
  challenge: string | null;
  /** The state last seen; an order only moves forward. */
  seen: OrderState | null;
  /** What of its money has gone back at Stripe. */
  refundedCents: number;
};

export type Model = {
  accounts: AccountId[];
  orders: Map<OrderId, ModelOrder>;
  /** Accounts under which something is armed to fail: what they are answered is anybody's guess. */
  armed: Set<AccountId>;
};

/** A world before anybody has bought anything. */
export function newModel(accounts: AccountId[]): Model {
  return { accounts, orders: new Map(), armed: new Set() };
}

/** What so many credits cost, in cents: below 10,000 a credit is a cent. */
export function priceOf(credits: number): number {
  return credits;
}

/** Whether an order may be seen in `next` after it was seen in `before`. */
export function mayFollow(before: OrderState | null, next: OrderState): boolean {
  if (before === null || before === next) {
    return true;
  }
  const open: readonly OrderState[] = ["placed", "verifying", "paying"];
  if (before === "paid") {
    return false;
  }
  return open.includes(before)
    ? open.indexOf(next) > open.indexOf(before) || !open.includes(next)
    : next === "paid";
}
