/** Reconciles early fraud warnings: records one whose event was lost, and does what the operator wants done about it. */
import { DAY } from "../domain/instant.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { findHandledWarnings } from "../store/fraud-warnings.ts";
import { keepDifferences } from "../store/reconciliation-differences.ts";
import { listOrdersOfPayments } from "../store/reconciliation-orders.ts";
import type { Reconciliation } from "../store/reconciliations.ts";
import { type FraudWarningOfPayment, listFraudWarningsOfPeriod } from "../stripe/disputes.ts";
import { askPatiently, isOutOfTime } from "./ask-patiently.ts";
import { periodOf } from "./reconcile-money-back.ts";
import type { Page } from "./reconcile-pages.ts";
import { isDoneFor, type ReconcileDeps } from "./reconcile-payments.ts";
import type { PaidOrder } from "./record-money-back.ts";

/** Cardholders usually have 120 days to contest a payment, so a warning matters that long. https://docs.stripe.com/disputes/how-disputes-work */
const WARNINGS_MATTER_FOR = 120 * DAY;

/** The next page of Stripe's warnings; null when Stripe does not answer. */
export async function pageOfFraudWarnings(
  deps: ReconcileDeps,
  standing: Reconciliation,
): Promise<Page | null> {
  const page = await askPatiently(deps, () =>
    listFraudWarningsOfPeriod(deps.stripe, periodOf(standing, WARNINGS_MATTER_FOR)),
  );
  if (page === null) {
    return null;
  }
  const { found, next } = page.value;
  const warned = await listWarned(deps, found);
  const failed: Difference[] = [];
  let compared = found.length;
  let settled = 0;
  for (const { order, warning } of await listUnhandled(deps, warned)) {
    const place = found.indexOf(warning);
    // The rest is for the next run.
    if (place > 0 && isOutOfTime(deps)) {
      compared = place;
      break;
    }
    if (await isDoneFor(order, "fraud_warning_not_handled", () => deps.recordFraudWarnings(order))) {
      settled += 1;
    } else {
      failed.push(notHandled(order, warning));
    }
  }
  const seen = found.slice(0, compared);
  const subjects = warned
    .filter(({ warning }) => seen.includes(warning))
    .map(({ warning }) => warning.facts.id);
  return {
    settled,
    statements: keepDifferences(deps.db, { subjects, found: failed }, deps.now()),
    cursor: compared < found.length ? (seen.at(-1)?.facts.id ?? null) : next,
  };
}

/** A warning, and our paid order that it is about. */
type Warned = { order: PaidOrder; warning: FraudWarningOfPayment };

async function listWarned(deps: ReconcileDeps, found: readonly FraudWarningOfPayment[]): Promise<Warned[]> {
  const orders = await listOrdersOfPayments(
    deps.db,
    [],
    found.map(({ paymentIntentId }) => paymentIntentId),
  );
  return found.flatMap((warning) => {
    const order = orders.find(({ paymentIntentId }) => paymentIntentId === warning.paymentIntentId);
    return order?.state === "paid" ? [{ order, warning }] : [];
  });
}

/** The warnings we have not handled, or that Stripe no longer calls actionable and we still do; one per order. */
async function listUnhandled(deps: ReconcileDeps, warned: readonly Warned[]): Promise<Warned[]> {
  const handled = await findHandledWarnings(
    deps.db,
    warned.map(({ warning }) => warning.facts.id),
  );
  const unhandled = new Map<string, Warned>();
  for (const one of warned) {
    const { id, isActionable } = one.warning.facts;
    const known = handled.get(id);
    const isUnhandled = known === undefined || (known.isActionable && !isActionable);
    if (isUnhandled && !unhandled.has(one.order.id)) {
      unhandled.set(one.order.id, one);
    }
  }
  return [...unhandled.values()];
}

function notHandled(order: PaidOrder, { facts, paymentIntentId }: FraudWarningOfPayment): Difference {
  return {
    kind: "fraud_warning_not_handled",
    subject: facts.id,
    accountId: order.accountId,
    orderId: order.id,
    ours: { order_id: order.id, state: order.state, payment_intent_id: order.paymentIntentId },
    theirs: {
      id: facts.id,
      fraud_type: facts.fraudType,
      is_actionable: facts.isActionable ? 1 : 0,
      payment_intent_id: paymentIntentId,
    },
    occurredAt: facts.warnedAt,
  };
}
