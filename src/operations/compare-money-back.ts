/** Compares Stripe's refunds and disputes with our books, and books what they lack. */
import { contestedCents } from "../domain/dispute.ts";
import type { OrderId } from "../domain/ids.ts";
import {
  type Difference,
  disputeItem,
  isSameMoneyBack,
  moneyBackDifference,
  type MoneyBackItem,
  refundItem,
} from "../domain/reconciliation.ts";
import { listMoneyBack } from "../store/money-back.ts";
import { keepDifferences } from "../store/reconciliation-differences.ts";
import {
  listOrdersBehind,
  markMoneyBackReconciled,
  type ToLookUp,
} from "../store/reconciliation-money-back.ts";
import { listOrdersOfPayments } from "../store/reconciliation-orders.ts";
import type { Answer } from "../stripe/ask.ts";
import { type DisputeOfPayment, lookUpDispute } from "../stripe/disputes.ts";
import { lookUpRefund, type RefundOfPayment } from "../stripe/refunds.ts";
import { askPatiently, isOutOfTime } from "./ask-patiently.ts";
import { isDoneFor, type ReconcileDeps } from "./reconcile-payments.ts";
import type { PaidOrder } from "./record-money-back.ts";

/** A refund or a dispute as Stripe has it. How much a dispute contests depends on its order. */
export type AtStripe = { paymentIntentId: string; itemOf: (order: PaidOrder) => MoneyBackItem };

/** The result of comparing: how many there was time for, how many orders were settled, and the statements that record what was found. */
type Compared = { compared: number; settled: number; statements: D1PreparedStatement[] };

/** A Stripe refund, to be compared. */
export function refundAtStripe({ facts, paymentIntentId }: RefundOfPayment): AtStripe {
  return { paymentIntentId, itemOf: () => refundItem(facts) };
}

/** A Stripe dispute, to be compared. */
export function disputeAtStripe({ facts, paymentIntentId }: DisputeOfPayment): AtStripe {
  return {
    paymentIntentId,
    itemOf: (order) => disputeItem({ ...facts, amountCents: contestedCents(order, facts) }),
  };
}

/** The refund or dispute with this id; null if Stripe does not have it. */
export async function lookUpMoneyBack(
  deps: ReconcileDeps,
  what: ToLookUp["what"],
  id: string,
): Promise<Answer<AtStripe | null>> {
  if (what === "refund") {
    const answer = await lookUpRefund(deps.stripe, id);
    return answer.answered
      ? { answered: true, value: answer.value === null ? null : refundAtStripe(answer.value) }
      : answer;
  }
  const answer = await lookUpDispute(deps.stripe, id);
  return answer.answered
    ? { answered: true, value: answer.value === null ? null : disputeAtStripe(answer.value) }
    : answer;
}

/**
 * Compares Stripe's refunds and disputes of paid orders with ours. Where they differ, records the order's money back
 * again from Stripe, and notes what still differs. If time is up, stops before the next that differs, but never before
 * the first of all. Null if Stripe does not answer.
 */
export async function compareMoneyBack(
  deps: ReconcileDeps,
  said: readonly AtStripe[],
): Promise<Compared | null> {
  const orders = await listOrdersOfPayments(
    deps.db,
    [],
    said.map(({ paymentIntentId }) => paymentIntentId),
  );
  const paid = orders.filter((order) => order.state === "paid");
  const pairs = said.flatMap((one, place) => {
    const order = paid.find(({ paymentIntentId }) => paymentIntentId === one.paymentIntentId);
    return order === undefined ? [] : [{ order, theirs: one.itemOf(order), place }];
  });
  const before = await readOurs(
    deps,
    paid.map(({ id }) => id),
  );
  const differing = pairs.filter(
    ({ order, theirs }) =>
      before.behind.has(order.id) || !isSameMoneyBack(before.items.get(theirs.id) ?? null, theirs),
  );
  const differences: Difference[] = [];
  let compared = said.length;
  let settled = 0;
  for (const [order, its] of Map.groupBy(differing, (pair) => pair.order)) {
    const place = its[0]?.place ?? 0;
    if (place > 0 && isOutOfTime(deps)) {
      compared = place;
      break;
    }
    const left = await bookDiffering(
      deps,
      order,
      its.map(({ theirs }) => theirs),
    );
    if (left === null) {
      return null;
    }
    differences.push(...left);
    settled += left.length === 0 ? 1 : 0;
  }
  const subjects = pairs.filter(({ place }) => place < compared).map(({ theirs }) => theirs.id);
  const found = differences.filter(({ subject }) => subjects.includes(subject));
  const agreeing = subjects.filter((id) => !found.some(({ subject }) => subject === id));
  return {
    compared,
    settled,
    statements: [
      ...markMoneyBackReconciled(deps.db, agreeing, deps.now()),
      ...keepDifferences(deps.db, { subjects, found }, deps.now()),
    ],
  };
}

/** Records an order's money back again from Stripe, and returns what still differs; null if Stripe does not answer. */
async function bookDiffering(
  deps: ReconcileDeps,
  order: PaidOrder,
  differing: readonly MoneyBackItem[],
): Promise<Difference[] | null> {
  const isBooked = await isDoneFor(order, "money_back_not_booked", () => deps.recordMoneyBack(order));
  const { items } = await readOurs(deps, [order.id]);
  const left: Difference[] = [];
  for (const theirs of differing) {
    const ours = items.get(theirs.id) ?? null;
    if (isBooked && isSameMoneyBack(ours, theirs)) {
      continue;
    }
    // It may have changed at Stripe since the list was read.
    const again = await askPatiently(deps, () => lookUpMoneyBack(deps, theirs.what, theirs.id));
    if (again === null) {
      return null;
    }
    const theirsNow = again.value?.itemOf(order) ?? theirs;
    if (!isBooked || !isSameMoneyBack(ours, theirsNow)) {
      left.push(moneyBackDifference(order, { ours, theirs: theirsNow }, deps.now()));
    }
  }
  return left;
}

/** One difference for each refund or dispute in `unknown` that our books have and Stripe does not. */
export async function differencesOfUnknown(
  deps: ReconcileDeps,
  unknown: readonly ToLookUp[],
): Promise<Difference[]> {
  const orderIds = unknown.map(({ orderId }) => orderId);
  const orders = await listOrdersOfPayments(deps.db, orderIds, []);
  const { items } = await readOurs(deps, orderIds);
  return unknown.flatMap(({ id, orderId }) => {
    const ours = items.get(id);
    const order = orders.find((one) => one.id === orderId);
    return ours === undefined || order === undefined
      ? []
      : [moneyBackDifference(order, { ours, theirs: null }, deps.now())];
  });
}

/** Our refunds and disputes of these orders, by Stripe id, and which of the orders have a ledger that lags behind them. */
async function readOurs(
  deps: ReconcileDeps,
  orderIds: readonly OrderId[],
): Promise<{ items: Map<string, MoneyBackItem>; behind: Set<OrderId> }> {
  const known = await listMoneyBack(deps.db, orderIds);
  const items = new Map<string, MoneyBackItem>();
  for (const { refunds, disputes } of known.values()) {
    for (const { stripeRefundId, state, amountCents } of refunds) {
      if (stripeRefundId !== null) {
        items.set(stripeRefundId, refundItem({ stripeRefundId, state, amountCents }));
      }
    }
    for (const dispute of disputes) {
      items.set(dispute.id, disputeItem(dispute));
    }
  }
  return { items, behind: await listOrdersBehind(deps.db, orderIds) };
}
