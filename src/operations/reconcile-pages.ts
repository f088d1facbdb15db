/** The stages of reconciling, one page at a time. Those for money back are in reconcile-money-back.ts and reconcile-fraud-warnings.ts. */
import { withoutPayment } from "../domain/reconciliation.ts";
import { BOOKS_DIFFERENCE_KINDS, recomputeBooks } from "../store/reconciliation-books.ts";
import {
  keepDifferences,
  listPaymentDifferences,
  noteDifferences,
  resolveDifferencesOfKind,
} from "../store/reconciliation-differences.ts";
import { listOrdersOfPayments, listOrdersToReconcile } from "../store/reconciliation-orders.ts";
import type { PageCounts, Reconciliation, Stage } from "../store/reconciliations.ts";
import { listPayments } from "../stripe/list-payments.ts";
import { askPatiently } from "./ask-patiently.ts";
import { pageOfFraudWarnings } from "./reconcile-fraud-warnings.ts";
import {
  pageOfDisputes,
  pageOfMoneyBack,
  pageOfRefunds,
  REFUNDS_CHANGE_FOR,
} from "./reconcile-money-back.ts";
import { comparePayments, comparePaymentsById, type ReconcileDeps } from "./reconcile-payments.ts";

/**
 * One page's work: the statements that record what it found, and what it adds to the counts. `cursor` is where the stage
 * goes on, null at its end.
 */
export type Page = { statements: D1PreparedStatement[]; cursor: string | null } & Partial<PageCounts>;

/** How many payments are looked up one by one, and how many accounts recomputed, before the cursor moves. */
const LOOKED_UP_A_PAGE = 20;
const ACCOUNTS_A_PAGE = 200;

/** Works through the next page of `stage`; null when Stripe does not answer. */
export function nextPage(deps: ReconcileDeps, standing: Reconciliation, stage: Stage): Promise<Page | null> {
  switch (stage) {
    case "payments": {
      return pageOfPayments(deps, standing);
    }
    case "refunds": {
      return pageOfRefunds(deps, standing);
    }
    case "disputes": {
      return pageOfDisputes(deps, standing);
    }
    case "fraud_warnings": {
      return pageOfFraudWarnings(deps, standing);
    }
    case "orders": {
      return pageOfOrders(deps, standing);
    }
    case "money_back": {
      return pageOfMoneyBack(deps, standing);
    }
    case "differences": {
      return pageOfDifferences(deps, standing);
    }
    case "books": {
      return pageOfBooks(deps, standing);
    }
  }
}

/** Stripe's side: each succeeded payment of the period must be in our books. */
async function pageOfPayments(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const page = await askPatiently(deps, () =>
    listPayments(deps.stripe, { from: standing.fromAt, until: standing.untilAt, after: standing.cursor }),
  );
  if (page === null) {
    return null;
  }
  const { found, next } = page.value;
  const { compared, ours, settled, statements } = await comparePayments(deps, found);
  const cursor = compared < found.length ? (found[compared - 1]?.facts.id ?? null) : next;
  return { statements, cursor, payments: ours, settled };
}

/** Our side: looks up, by payment id, each paid order that Stripe's list has not shown. */
async function pageOfOrders(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const orders = await listOrdersToReconcile(deps.db, {
    after: standing.cursor ?? "",
    paidBefore: standing.untilAt,
    limit: LOOKED_UP_A_PAGE,
  });
  const compared = await comparePaymentsById(
    deps,
    orders.map(({ paymentIntentId }) => paymentIntentId),
  );
  if (compared === null) {
    return null;
  }
  const { reached, settled, statements } = compared;
  const missing = orders.filter(({ paymentIntentId }) => compared.missing.includes(paymentIntentId));
  return {
    statements: [...statements, noteDifferences(deps.db, missing.map(withoutPayment), deps.now())],
    cursor: orders[reached - 1]?.id ?? null,
    settled,
  };
}

/** Looks again at payment differences from earlier runs that lie outside the period, until they are resolved. */
async function pageOfDifferences(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const subjects = await listPaymentDifferences(deps.db, {
    after: standing.cursor ?? "",
    before: standing.startedAt,
    // A payment that was refunded differs again if the refund fails.
    settledSince: standing.untilAt - REFUNDS_CHANGE_FOR,
    limit: LOOKED_UP_A_PAGE,
  });
  const compared = await comparePaymentsById(deps, subjects);
  if (compared === null) {
    return null;
  }
  const { reached, settled, statements, missing } = compared;
  const orders = await listOrdersOfPayments(deps.db, [], missing);
  const found = orders.flatMap((order) => (order.state === "paid" ? [withoutPayment(order)] : []));
  return {
    statements: [...statements, ...keepDifferences(deps.db, { subjects: missing, found }, deps.now())],
    cursor: subjects[reached - 1] ?? null,
    settled,
  };
}

/** The books against themselves: every account's balance and grants recomputed from its entries. */
async function pageOfBooks(deps: ReconcileDeps, standing: Reconciliation): Promise<Page> {
  const { accounts, last, differences } = await recomputeBooks(deps.db, {
    after: standing.cursor ?? "",
    limit: ACCOUNTS_A_PAGE,
    at: deps.now(),
  });
  return {
    statements: [
      noteDifferences(deps.db, differences, deps.now()),
      ...(last === null
        ? [resolveDifferencesOfKind(deps.db, BOOKS_DIFFERENCE_KINDS, standing.startedAt, deps.now())]
        : []),
    ],
    cursor: last,
    accounts,
  };
}
