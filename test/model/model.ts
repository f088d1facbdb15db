/** The small model: what customers did, and what must therefore be true of any product that sells credits. */
import type { AccountId, OrderId, RefundId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import type { Placing } from "../../src/operations/place-order.ts";

/** A test card, named by what becomes of an order with it when nothing goes wrong. */
export type CardKind =
  | "good"
  | "refunds_slowly"
  | "challenged"
  | "unanswered"
  | "answered_late"
  | "refused_late"
  | "refused"
  | "declined"
  | "declined_at_payment";

/** How a card's bank answers the card checks: always, or only when it authorises the payment. */
export type BankChecks = "as_card" | "unavailable_at_setup";

/** The number of each kind of card, how its bank answers, and how an order with it can end. */
export const CARDS: Readonly<
  Record<CardKind, { number: string; checks?: BankChecks; ends: readonly OrderState[] }>
> = {
  good: { number: "4242424242424242", ends: ["paid", "abandoned"] },
  refunds_slowly: { number: "4000000000007726", ends: ["paid", "abandoned"] },
  challenged: { number: "4000002760003184", ends: ["paid", "declined", "abandoned"] },
  unanswered: { number: "4000000000000044", ends: ["paid", "abandoned"] },
  answered_late: {
    number: "4242424242424242",
    checks: "unavailable_at_setup",
    ends: ["paid", "abandoned"],
  },
  refused_late: {
    number: "4000000000000036",
    checks: "unavailable_at_setup",
    ends: ["refused", "abandoned"],
  },
  refused: { number: "4000000000000010", ends: ["refused", "abandoned"] },
  declined: { number: "4000000000000002", ends: ["declined", "abandoned"] },
  declined_at_payment: { number: "4000000000000341", ends: ["declined", "abandoned"] },
};

/** An order as its customer knows it. */
export type ModelOrder = {
  accountId: AccountId;
  placing: Placing;
  card: CardKind;
  /** The bank's challenge that nobody has answered yet. */
  challenge: string | null;
  /** The state last seen; an order only moves forward. */
  seen: OrderState | null;
};

/** A refund that was requested in the product, and may be requested again. */
export type ModelRefund = { order: ModelOrder; refundId: RefundId; by: "staff" | "customer"; cents: number };

export type Model = {
  accounts: AccountId[];
  orders: Map<OrderId, ModelOrder>;
  refunds: ModelRefund[];
  /** The credits that each account has spent. */
  spent: Map<AccountId, number>;
  /** Accounts for which something is armed to fail, so that their answers cannot be predicted. */
  armed: Set<AccountId>;
};

/** The model of a world in which nobody has bought anything yet. */
export function newModel(accounts: AccountId[]): Model {
  return { accounts, orders: new Map(), refunds: [], spent: new Map(), armed: new Set() };
}

/** What that many credits cost, in cents: a cent each, from 10,000 up 0.9 cents, rounded half up. */
export function priceOf(credits: number): number {
  return credits < 10_000 ? credits : Math.floor((credits * 9 + 5) / 10);
}

/** The credits that this much of an order's money stands for: in proportion, rounded down, and never more than all. */
export function shareOf(credits: number, cents: number): number {
  const price = priceOf(credits);
  return Math.floor((credits * Math.min(cents, price)) / price);
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
