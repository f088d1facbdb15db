/** The stages of reconciling, each a page at a time. Those of what went back are in reconcile-money-back.ts and reconcile-fraud-warnings.ts. */
import { withoutPayment } from "../domain/reconciliation.ts";
import { BOOKS_DIFFERENCE_KINDS, recomputeBooks } from "../store/reconciliation-books.ts";
import {
  listPaymentDifferences,
  noteDifferences,
  resolveDifferences,
  resolveDifferencesOfKind,
} from "../store/reconciliation-differences.ts";
import { listOrdersOfPayments, listOrdersToReconcile } from "../store/reconciliation-orders.ts";
import type { Advance, Reconciliation, Stage } from "../store/reconciliations.ts";
import { listPayments } from "../stripe/list-payments.ts";
import { askPatiently } from "./ask-patiently.ts";
import { pageOfFraudWarnings } from "./reconcile-fraud-warnings.ts";
import { pageOfDisputes, pageOfMoneyBack, pageOfRefunds } from "./reconcile-money-back.ts";
import { comparePayments, lookUpPayments, type ReconcileDeps } from "./reconcile-payments.ts";

/** One page's work: the statements that keep what it found, and where the comparison stands after it. */
export type Page = { statements: D1PreparedStatement[]; to: Advance };

/** How many payments are looked up one by one, and how many accounts recomputed, before the cursor moves. */
const LOOKED_UP_A_PAGE = 20;
const ACCOUNTS_A_PAGE = 200;

const NOTHING_COUNTED = { payments: 0, settled: 0, accounts: 0 };

/** Does the next page of `stage`; null when Stripe does not answer. */
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
  const compared = await comparePayments(deps, found);
  return {
    statements: compared.statements,
    to: {
      ...NOTHING_COUNTED,
      stage: next === null ? "refunds" : "payments",
      cursor: next,
      payments: compared.ours,
      settled: compared.settled,
    },
  };
}

/** Our side: each paid order that Stripe's list has not shown is asked for by its payment's id. */
async function pageOfOrders(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const orders = await listOrdersToReconcile(deps.db, {
    after: standing.cursor ?? "",
    paidBefore: standing.untilAt,
    limit: LOOKED_UP_A_PAGE,
  });
  const looked = await lookUpPayments(
    deps,
    orders.map(({ paymentIntentId }) => paymentIntentId),
  );
  if (looked === null) {
    return null;
  }
  const last = orders.at(-1);
  const compared = await comparePayments(deps, looked.payments);
  const missing = orders.filter(({ paymentIntentId }) => looked.missing.includes(paymentIntentId));
  return {
    statements: [...compared.statements, noteDifferences(deps.db, missing.map(withoutPayment), deps.now())],
    to: {
      ...NOTHING_COUNTED,
      stage: last === undefined ? "money_back" : "orders",
      cursor: last?.id ?? null,
      settled: compared.settled,
    },
  };
}

/** What was found in earlier runs and lies outside the period is looked at again, until it is resolved. */
async function pageOfDifferences(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const subjects = await listPaymentDifferences(deps.db, {
    after: standing.cursor ?? "",
    before: standing.startedAt,
    limit: LOOKED_UP_A_PAGE,
  });
  const looked = await lookUpPayments(deps, subjects);
  if (looked === null) {
    return null;
  }
  const compared = await comparePayments(deps, looked.payments);
  const orders = await listOrdersOfPayments(deps.db, [], looked.missing);
  const missing = orders.flatMap((order) => (order.state === "paid" ? [withoutPayment(order)] : []));
  const last = subjects.at(-1);
  return {
    statements: [
      resolveDifferences(deps.db, looked.missing, deps.now()),
      ...compared.statements,
      noteDifferences(deps.db, missing, deps.now()),
    ],
    to: {
      ...NOTHING_COUNTED,
      stage: last === undefined ? "books" : "differences",
      cursor: last ?? null,
      settled: compared.settled,
    },
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
    to: { ...NOTHING_COUNTED, stage: last === null ? "done" : "books", cursor: last, accounts },
  };
}
