/** Reconciling what went back: Stripe's refunds and disputes against ours, so that one whose events were all lost is booked too. */
import { DAY, type Instant } from "../domain/instant.ts";
import type { Difference } from "../domain/reconciliation.ts";
import { log } from "../log.ts";
import { listMoneyBack } from "../store/money-back.ts";
import { noteDifferences, resolveDifferences } from "../store/reconciliation-differences.ts";
import { listOrdersOfPayments } from "../store/reconciliation-orders.ts";
import type { Reconciliation } from "../store/reconciliations.ts";
import { listDisputesOfPeriod } from "../stripe/disputes.ts";
import { listRefundsOfPeriod } from "../stripe/refunds.ts";
import type { Page } from "./reconcile-pages.ts";
import { askPatiently, type ReconcileDeps } from "./reconcile-payments.ts";

/** A refund may fail for a month after it was made; a dispute may take half a year from its opening to its last word. */
const REFUNDS_CHANGE_FOR = 35 * DAY;
const DISPUTES_CHANGE_FOR = 180 * DAY;

/** The next page of Stripe's refunds; null when Stripe does not answer. */
export async function pageOfRefunds(deps: ReconcileDeps, standing: Reconciliation): Promise<Page | null> {
  const page = await askPatiently(deps, () =>
    listRefundsOfPeriod(deps.stripe, periodOf(standing, REFUNDS_CHANGE_FOR)),
  );
  if (page === null) {
    return null;
  }
  const { found, next } = page.value;
  const said = found.map(({ facts, paymentIntentId }) => ({
    paymentIntentId,
    id: facts.stripeRefundId,
    word: facts.state,
  }));
  return toPage(await bookWhatDiffers(deps, said), next === null ? "disputes" : "refunds", next);
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
  const said = found.map(({ facts, paymentIntentId }) => ({
    paymentIntentId,
    id: facts.id,
    word: `${facts.status} ${facts.withdrawnCents}`,
  }));
  return toPage(await bookWhatDiffers(deps, said), next === null ? "orders" : "disputes", next);
}

function periodOf(
  { fromAt, untilAt, cursor }: Reconciliation,
  changesFor: Instant,
): { from: Instant; until: Instant; after: string | null } {
  return { from: Math.min(fromAt, Math.max(untilAt - changesFor, 0)), until: untilAt, after: cursor };
}

type Booked = { settled: number; statements: D1PreparedStatement[] };

function toPage(booked: Booked, stage: Page["to"]["stage"], cursor: string | null): Page {
  const { settled, statements } = booked;
  return { statements, to: { payments: 0, accounts: 0, settled, stage, cursor } };
}

/** Has every paid order recorded anew of which we know less than Stripe says here. */
async function bookWhatDiffers(
  deps: ReconcileDeps,
  said: readonly { paymentIntentId: string; id: string; word: string }[],
): Promise<Booked> {
  const orders = await listOrdersOfPayments(
    deps.db,
    [],
    said.map(({ paymentIntentId }) => paymentIntentId),
  );
  const paid = orders.filter((order) => order.state === "paid");
  const known = await listMoneyBack(
    deps.db,
    paid.map(({ id }) => id),
  );
  const words = new Map<string, string>();
  for (const { refunds, disputes } of known.values()) {
    for (const { stripeRefundId, state } of refunds) {
      words.set(stripeRefundId ?? "", state);
    }
    for (const { id, status, withdrawnCents } of disputes) {
      words.set(id, `${status} ${withdrawnCents}`);
    }
  }
  const differences: Difference[] = [];
  const behind = paid.filter((order) =>
    said.some(
      ({ paymentIntentId, id, word }) => paymentIntentId === order.paymentIntentId && words.get(id) !== word,
    ),
  );
  for (const order of behind) {
    const isBooked = await deps.recordMoneyBack(order).catch((error: unknown) => {
      log("money_back_not_booked", {
        order: order.id,
        error: error instanceof Error ? error.message : "unknown",
      });
      return false;
    });
    if (!isBooked) {
      differences.push({
        kind: "money_back_not_booked",
        subject: order.id,
        accountId: order.accountId,
        orderId: order.id,
        ours: null,
        theirs: Object.fromEntries(
          said.flatMap(({ paymentIntentId, id, word }) =>
            paymentIntentId === order.paymentIntentId ? [[id, word]] : [],
          ),
        ),
        occurredAt: deps.now(),
      });
    }
  }
  return {
    settled: behind.length - differences.length,
    statements: [
      resolveDifferences(
        deps.db,
        paid.map(({ id }) => id),
        deps.now(),
      ),
      noteDifferences(deps.db, differences, deps.now()),
    ],
  };
}
