/** Reconciling payments: Stripe's side read, patiently, and each payment compared with its order and settled where the rule is clear. */
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
import { noteDifferences, resolveDifferences } from "../store/reconciliation-differences.ts";
import { listOrdersOfPayments, updateReconciled } from "../store/reconciliation-orders.ts";
import { lookUpPayment } from "../stripe/list-payments.ts";
import { lookUpEach } from "./ask-patiently.ts";

export type ReconcileDeps = Pick<Deps, "db" | "stripe" | "now" | "newId"> & {
  /** Settles an order by a payment that Stripe says succeeded, in the order's own account. May reject. */
  settlePayment: (order: Order, paymentIntentId: string) => Promise<void>;
  /** Brings the books to what Stripe says went back of an order, in its own account; whether it could. May reject. */
  recordMoneyBack: (order: Order) => Promise<boolean>;
  /** Records what the bank warned of about an order, in its own account; whether all was done that the operator wants. May reject. */
  recordFraudWarnings: (order: Order) => Promise<boolean>;
  /** Waits, before Stripe is asked once more. */
  pause: (milliseconds: number) => Promise<void>;
};

/** Asks Stripe for payments by id, one after another: those it has, and the ids of those it does not. */
export async function lookUpPayments(
  deps: ReconcileDeps,
  ids: readonly string[],
): Promise<{ payments: StripePayment[]; missing: string[] } | null> {
  const looked = await lookUpEach(deps, ids, (id) => lookUpPayment(deps.stripe, id));
  return looked === null
    ? null
    : {
        payments: looked.flatMap(({ found }) => found ?? []),
        missing: looked.flatMap(({ id, found }) => (found === null ? [id] : [])),
      };
}

/** Compares payments with their orders, settles what only has to be posted, and writes down the rest. */
export async function comparePayments(
  deps: ReconcileDeps,
  payments: readonly StripePayment[],
): Promise<{ ours: number; settled: number; statements: D1PreparedStatement[] }> {
  const orders = await listOrdersOfPayments(
    deps.db,
    payments.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])),
    payments.map(({ facts }) => facts.id),
  );
  const differences: Difference[] = [];
  const agreeing: { id: string; fee: StripePayment["facts"]["fee"] }[] = [];
  let ours = 0;
  let settled = 0;
  for (const payment of payments) {
    const known = orders.find(
      ({ id, paymentIntentId }) => id === payment.orderId || paymentIntentId === payment.facts.id,
    );
    const first = comparePayment(payment, known ?? null);
    const { verdict, order } =
      first.verdict === "settle" && known !== undefined
        ? await settleAndCompare(deps, payment, known)
        : { verdict: first, order: known };
    ours += verdict.verdict === "not_ours" ? 0 : 1;
    settled += first.verdict === "settle" && verdict.verdict === "agrees" ? 1 : 0;
    if (verdict.verdict === "differs") {
      differences.push(verdict.difference);
    } else if (verdict.verdict === "agrees" && order !== undefined) {
      agreeing.push({ id: order.id, fee: payment.facts.fee });
    }
  }
  return {
    ours,
    settled,
    statements: [
      updateReconciled(deps.db, agreeing, deps.now()),
      resolveDifferences(
        deps.db,
        payments.map(({ facts }) => facts.id),
        deps.now(),
      ),
      noteDifferences(deps.db, differences, deps.now()),
    ],
  };
}

/** A payment of a known order that is not posted is posted; then the two are compared again. */
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
  return {
    verdict:
      verdict.verdict === "settle"
        ? { verdict: "differs", difference: notCredited(payment, after) }
        : verdict,
    order: after,
  };
}

/** Whether `act` was done for `order`. One that fails is logged as `event`, and keeps no other order from being compared. */
export async function isDoneFor(order: Order, event: string, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    log(event, { order: order.id, error: error instanceof Error ? error.message : "unknown" });
    return false;
  }
}
