/** Reconciling what went back, both ways: Stripe's refunds and disputes against ours, and ours against Stripe's. */
import { DAY, type Instant } from "../domain/instant.ts";
import { noteDifferences, resolveDifferences } from "../store/reconciliation-differences.ts";
import { listMoneyBackToLookUp } from "../store/reconciliation-money-back.ts";
import type { Reconciliation } from "../store/reconciliations.ts";
import { listDisputesOfPeriod } from "../stripe/disputes.ts";
import type { Period } from "../stripe/list-of-period.ts";
import { listRefundsOfPeriod } from "../stripe/refunds.ts";
import { askPatiently, lookUpEach } from "./ask-patiently.ts";
import {
  type Compared,
  compareMoneyBack,
  differencesOfUnknown,
  disputeAtStripe,
  lookUpMoneyBack,
  refundAtStripe,
} from "./compare-money-back.ts";
import type { Page } from "./reconcile-pages.ts";
import type { ReconcileDeps } from "./reconcile-payments.ts";

/** A refund may fail for a month after it was made; a dispute may take half a year from its opening to its last word. */
const REFUNDS_CHANGE_FOR = 35 * DAY;
const DISPUTES_CHANGE_FOR = 180 * DAY;

/** How many of ours are looked up one by one before the cursor moves. */
const LOOKED_UP_A_PAGE = 20;

/** The next page of Stripe's refunds; null when Stripe does not answer. */
export async function pageOfRefunds(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const page = await askPatiently(deps, () =>
    listRefundsOfPeriod(deps.stripe, periodOf(standing, REFUNDS_CHANGE_FOR)),
  );
  if (page === null) {
    return null;
  }
  const { found, next } = page.value;
  const compared = await compareMoneyBack(deps, found.map(refundAtStripe));
  return compared === null ? null : toPage(compared, next === null ? "disputes" : "refunds", next);
}

/** The next page of Stripe's disputes; null when Stripe does not answer. */
export async function pageOfDisputes(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const page = await askPatiently(deps, () =>
    listDisputesOfPeriod(deps.stripe, periodOf(standing, DISPUTES_CHANGE_FOR)),
  );
  if (page === null) {
    return null;
  }
  const { found, next } = page.value;
  const compared = await compareMoneyBack(deps, found.map(disputeAtStripe));
  return compared === null ? null : toPage(compared, next === null ? "fraud_warnings" : "disputes", next);
}

/**
 * Our side: each refund and dispute that Stripe's lists have not shown is asked for by its id, and so is each that
 * differed before. Null when Stripe does not answer.
 */
export async function pageOfMoneyBack(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const ours = await listMoneyBackToLookUp(deps.db, {
    after: standing.cursor ?? "",
    knownBefore: standing.untilAt,
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
  const compared = await compareMoneyBack(
    deps,
    looked.flatMap(({ found }) => found ?? []),
  );
  if (compared === null) {
    return null;
  }
  const missing = new Set(looked.flatMap(({ id, found }) => (found === null ? [id] : [])));
  const unknown = await differencesOfUnknown(
    deps,
    ours.filter(({ id }) => missing.has(id)),
  );
  const last = ours.at(-1);
  return toPage(
    {
      settled: compared.settled,
      statements: [
        resolveDifferences(deps.db, [...missing], deps.now()),
        ...compared.statements,
        noteDifferences(deps.db, unknown, deps.now()),
      ],
    },
    last === undefined ? "differences" : "money_back",
    last?.id ?? null,
  );
}

/** How far back a stage looks whose objects change for `changesFor` after they were made. */
export function periodOf({ fromAt, untilAt, cursor }: Reconciliation, changesFor: Instant): Period {
  return { from: Math.min(fromAt, Math.max(untilAt - changesFor, 0)), until: untilAt, after: cursor };
}

/** A page that counts nothing but what it settled. */
export function toPage(
  { settled, statements }: Compared,
  stage: Page["to"]["stage"],
  cursor: string | null,
): Page {
  return { statements, to: { payments: 0, accounts: 0, settled, stage, cursor } };
}
