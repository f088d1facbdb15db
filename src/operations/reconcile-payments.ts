/** Reconciles payments: compares each with its order, and settles those that only have to be posted. */
import type { Deps } from "../deps.ts";
import type { Order } from "../domain/order.ts";
import {
  comparePayment,
  type Difference,
  notCredited,
  type StripePayment,
  type Verdict,
} from "../domain/reconciliation.ts";
import { log } from "../log.ts";
import { findOrder } from "../store/orders.ts";
import { keepDifferences } from "../store/reconciliation-differences.ts";
import { listOrdersOfPayments, updateReconciled } from "../store/reconciliation-orders.ts";
import { lookUpPayment } from "../stripe/list-payments.ts";
import { foundOf, isOutOfTime, lookUpEach, type Patience, upToCompared } from "./ask-patiently.ts";

export type ReconcileDeps = Pick<Deps, "db" | "stripe" | "now" | "newId"> &
  Patience & {
    /** Settles an order from a payment that Stripe says succeeded, in the order's own account. May reject. */
    settlePayment: (order: Order, paymentIntentId: string) => Promise<void>;
    /** Brings the books in line with Stripe's refunds and disputes of an order, in its own account. True if it could. May reject. */
    recordMoneyBack: (order: Order) => Promise<boolean>;
    /** Records the fraud warnings about an order, in its own account. True if all the operator wants was done. May reject. */
    recordFraudWarnings: (order: Order) => Promise<boolean>;
  };

/** The result of comparing payments: how many there was time for, what was counted, and the statements that record what was found. */
type Compared = { compared: number; ours: number; settled: number; statements: D1PreparedStatement[] };

/**
 * Looks up payments by id and compares them with their orders, until time is up. `reached` is the number of ids there
 * was time for; `missing` are those of them that Stripe does not have. Null if Stripe does not answer.
 */
export async function comparePaymentsById(
  deps: ReconcileDeps,
  ids: readonly string[],
): Promise<(Compared & { reached: number; missing: string[] }) | null> {
  const looked = await lookUpEach(deps, ids, (id) => lookUpPayment(deps.stripe, id));
  if (looked === null) {
    return null;
  }
  const compared = await comparePayments(deps, foundOf(looked));
  const reached = upToCompared(looked, compared.compared);
  const missing = reached.filter(({ found }) => found === null).map(({ id }) => id);
  return { ...compared, reached: reached.length, missing };
}

/**
 * Compares payments with their orders, settles what only has to be posted, and notes what differs. If time is up, stops
 * before the next payment that has to be posted, but never before the first of all.
 */
export async function comparePayments(
  deps: ReconcileDeps,
  payments: readonly StripePayment[],
): Promise<Compared> {
  const orders = await listOrdersOfPayments(
    deps.db,
    payments.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])),
    payments.map(({ facts }) => facts.id),
  );
  const compared: string[] = [];
  const differences: Difference[] = [];
  const agreeing: { id: string; fee: StripePayment["facts"]["fee"] }[] = [];
  let ours = 0;
  let settled = 0;
  for (const payment of payments) {
    const known = orders.find(
      ({ id, paymentIntentId }) => id === payment.orderId || paymentIntentId === payment.facts.id,
    );
    const first = comparePayment(payment, known ?? null);
    if (first.verdict === "settle" && compared.length > 0 && isOutOfTime(deps)) {
      break;
    }
    compared.push(payment.facts.id);
    const { verdict, order } =
      first.verdict === "settle" && known !== undefined
        ? await settleAndCompare(deps, payment, known)
        : { verdict: first, order: known };
    ours += verdict.verdict === "not_ours" ? 0 : 1;
    settled += first.verdict === "settle" && verdict.verdict === "agrees" ? 1 : 0;
    if (verdict.verdict === "differs" || verdict.verdict === "warns") {
      differences.push(verdict.difference);
    }
    if ((verdict.verdict === "agrees" || verdict.verdict === "warns") && order !== undefined) {
      agreeing.push({ id: order.id, fee: payment.facts.fee });
    }
  }
  return {
    compared: compared.length,
    ours,
    settled,
    statements: [
      updateReconciled(deps.db, agreeing, deps.now()),
      ...keepDifferences(deps.db, { subjects: compared, found: differences }, deps.now()),
    ],
  };
}

/** Posts a known order's unposted payment, then compares the two again. */
async function settleAndCompare(
  deps: ReconcileDeps,
  payment: StripePayment,
  order: Order,
): Promise<{ verdict: Verdict; order: Order }> {
  await isDoneFor(order, "payment_not_settled", async () => {
    await deps.settlePayment(order, payment.facts.id);
    return true;
  });
  const after = (await findOrder(deps.db, order.id)) ?? order;
  const verdict = comparePayment(payment, after);
  return { verdict: verdict.verdict === "settle" ? notCredited(payment, after) : verdict, order: after };
}

/** Runs `act` for `order` and answers whether it was done. A failure is logged as `event` and does not stop the other orders. */
export async function isDoneFor(order: Order, event: string, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    log(event, { order: order.id, error: error instanceof Error ? error.message : "unknown" });
    return false;
  }
}
