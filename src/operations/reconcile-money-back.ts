/** Reconciles money back, both ways: Stripe's refunds and disputes against ours, and ours against Stripe's. */
import { DAY, type Instant } from "../domain/instant.ts";
import { keepDifferences } from "../store/reconciliation-differences.ts";
import { listMoneyBackToLookUp } from "../store/reconciliation-money-back.ts";
import type { Reconciliation } from "../store/reconciliations.ts";
import { listDisputesOfPeriod } from "../stripe/disputes.ts";
import type { Period } from "../stripe/list-of-period.ts";
import { listRefundsOfPeriod } from "../stripe/refunds.ts";
import { askPatiently, foundOf, lookUpEach, upToCompared } from "./ask-patiently.ts";
import {
  compareMoneyBack,
  differencesOfUnknown,
  disputeAtStripe,
  lookUpMoneyBack,
  refundAtStripe,
} from "./compare-money-back.ts";
import type { Page } from "./reconcile-pages.ts";
import type { ReconcileDeps } from "./reconcile-payments.ts";

/** A refund can fail up to a month after it was made; a dispute can take half a year from opening to final decision. */
export const REFUNDS_CHANGE_FOR = 35 * DAY;
const DISPUTES_CHANGE_FOR = 180 * DAY;

/** How many of ours are looked up one by one before the cursor moves. */
const LOOKED_UP_A_PAGE = 20;

/** The next page of Stripe's refunds; null when Stripe does not answer. */
export async function pageOfRefunds(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const answer = await askPatiently(deps, () =>
    listRefundsOfPeriod(deps.stripe, periodOf(standing, REFUNDS_CHANGE_FOR)),
  );
  if (answer === null) {
    return null;
  }
  const { found, next } = answer.value;
  const done = await compareMoneyBack(deps, found.map(refundAtStripe));
  if (done === null) {
    return null;
  }
  const { compared, ...page } = done;
  return {
    ...page,
    cursor: compared < found.length ? (found[compared - 1]?.facts.stripeRefundId ?? null) : next,
  };
}

/** The next page of Stripe's disputes; null when Stripe does not answer. */
export async function pageOfDisputes(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const answer = await askPatiently(deps, () =>
    listDisputesOfPeriod(deps.stripe, periodOf(standing, DISPUTES_CHANGE_FOR)),
  );
  if (answer === null) {
    return null;
  }
  const { found, next } = answer.value;
  const done = await compareMoneyBack(deps, found.map(disputeAtStripe));
  if (done === null) {
    return null;
  }
  const { compared, ...page } = done;
  return { ...page, cursor: compared < found.length ? (found[compared - 1]?.facts.id ?? null) : next };
}

/**
 * Our side: looks up, by id, each of our refunds and disputes that Stripe's lists have not shown, each dispute that is
 * older than the list and not decided yet, and each that differed before. Null when Stripe does not answer.
 */
export async function pageOfMoneyBack(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const ours = await listMoneyBackToLookUp(deps.db, {
    after: standing.cursor ?? "",
    knownBefore: standing.untilAt,
    openedBefore: periodOf(standing, DISPUTES_CHANGE_FOR).from,
    foundBefore: standing.startedAt,
    limit: LOOKED_UP_A_PAGE,
  });
  const looked = await lookUpEach(
    deps,
    ours.map(({ id }) => id),
    (id) => lookUpMoneyBack(deps, ours.find((one) => one.id === id)?.what ?? "refund", id),
  );
  if (looked === null) {
    return null;
  }
  const done = await compareMoneyBack(deps, foundOf(looked));
  if (done === null) {
    return null;
  }
  const reached = upToCompared(looked, done.compared);
  const missing = reached.filter(({ found }) => found === null).map(({ id }) => id);
  const unknown = await differencesOfUnknown(
    deps,
    ours.filter(({ id }) => missing.includes(id)),
  );
  return {
    settled: done.settled,
    statements: [
      ...done.statements,
      ...keepDifferences(deps.db, { subjects: missing, found: unknown }, deps.now()),
    ],
    cursor: reached.at(-1)?.id ?? null,
  };
}

/** The period a stage reads, if its objects can still change for `changesFor` milliseconds after they were made. */
export function periodOf({ fromAt, untilAt, cursor }: Reconciliation, changesFor: Instant): Period {
  return { from: Math.min(fromAt, Math.max(untilAt - changesFor, 0)), until: untilAt, after: cursor };
}
