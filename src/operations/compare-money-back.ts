/** Comparing what Stripe has of refunds and disputes with what our books have, and booking what they lack. */
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
import { noteDifferences, resolveDifferences } from "../store/reconciliation-differences.ts";
import {
  listOrdersBehind,
  markMoneyBackReconciled,
  type ToLookUp,
} from "../store/reconciliation-money-back.ts";
import { listOrdersOfPayments } from "../store/reconciliation-orders.ts";
import type { Answer } from "../stripe/ask.ts";
import { type DisputeOfPayment, lookUpDispute } from "../stripe/disputes.ts";
import { lookUpRefund, type RefundOfPayment } from "../stripe/refunds.ts";
import { askPatiently } from "./ask-patiently.ts";
import { isDoneFor, type ReconcileDeps } from "./reconcile-payments.ts";
import type { PaidOrder } from "./record-money-back.ts";

/** A refund or a dispute as Stripe has it. Of a dispute, how much is contested depends on the order. */
export type AtStripe = { paymentIntentId: string; itemOf: (order: PaidOrder) => MoneyBackItem };

/** What came of comparing: how many orders were brought to what Stripe says, and the statements that keep what was found. */
export type Compared = { settled: number; statements: D1PreparedStatement[] };

/** A refund of Stripe's, to be compared. */
export function refundAtStripe({ facts, paymentIntentId }: RefundOfPayment): AtStripe {
  return { paymentIntentId, itemOf: () => refundItem(facts) };
}

/** A dispute of Stripe's, to be compared. */
export function disputeAtStripe({ facts, paymentIntentId }: DisputeOfPayment): AtStripe {
  return {
    paymentIntentId,
    itemOf: (order) => disputeItem({ ...facts, amountCents: contestedCents(order, facts) }),
  };
}

/** The refund or dispute with this id; null where Stripe has no such. */
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
 * Compares what Stripe has of paid orders with what we have, has every order recorded anew where they differ, and
 * writes down what differs even then. Null when Stripe does not answer.
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
  const pairs = said.flatMap((one) => {
    const order = paid.find(({ paymentIntentId }) => paymentIntentId === one.paymentIntentId);
    return order === undefined ? [] : [{ order, theirs: one.itemOf(order) }];
  });
  const before = await readOurs(
    deps,
    paid.map(({ id }) => id),
  );
  const differing = pairs.filter(
    ({ order, theirs }) =>
      before.behind.has(order.id) || !isSameMoneyBack(before.items.get(theirs.id) ?? null, theirs),
  );
  const left = await bookDiffering(deps, differing);
  if (left === null) {
    return null;
  }
  const differences = left.map(({ difference }) => difference);
  const differ = new Set(differences.map(({ subject }) => subject));
  const ids = pairs.map(({ theirs }) => theirs.id);
  return {
    settled: countOrders(differing) - countOrders(left),
    statements: [
      ...markMoneyBackReconciled(
        deps.db,
        ids.filter((id) => !differ.has(id)),
        deps.now(),
      ),
      resolveDifferences(deps.db, ids, deps.now()),
      noteDifferences(deps.db, differences, deps.now()),
    ],
  };
}

/** A refund or dispute of Stripe's and the paid order that it is of. */
type Pair = { order: PaidOrder; theirs: MoneyBackItem };

/** Has the orders recorded anew, and answers what differs even then; null where Stripe does not answer. */
async function bookDiffering(
  deps: ReconcileDeps,
  differing: readonly Pair[],
): Promise<{ order: PaidOrder; difference: Difference }[] | null> {
  const booked = new Set<PaidOrder>();
  for (const order of new Set(differing.map((pair) => pair.order))) {
    if (await isDoneFor(order, "money_back_not_booked", () => deps.recordMoneyBack(order))) {
      booked.add(order);
    }
  }
  const { items } = await readOurs(
    deps,
    differing.map(({ order }) => order.id),
  );
  const left: { order: PaidOrder; difference: Difference }[] = [];
  for (const { order, theirs } of differing) {
    const ours = items.get(theirs.id) ?? null;
    if (booked.has(order) && isSameMoneyBack(ours, theirs)) {
      continue;
    }
    // It may have moved on at Stripe since the list was read.
    const again = await askPatiently(deps, () => lookUpMoneyBack(deps, theirs.what, theirs.id));
    if (again === null) {
      return null;
    }
    const theirsNow = again.value?.itemOf(order) ?? theirs;
    if (!booked.has(order) || !isSameMoneyBack(ours, theirsNow)) {
      left.push({ order, difference: moneyBackDifference(order, { ours, theirs: theirsNow }, deps.now()) });
    }
  }
  return left;
}

function countOrders(of: readonly { order: PaidOrder }[]): number {
  return new Set(of.map(({ order }) => order)).size;
}

/** The differences of those of these that we have, for Stripe does not know them. */
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

/** What we have of these orders by Stripe's ids, and those of them whose ledger lags behind. */
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
