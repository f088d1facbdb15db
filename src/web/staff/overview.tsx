/** GET /admin: the books at a glance, and what needs attention. */
import { Hono } from "hono";
import { listCronRuns } from "../../store/cron-runs.ts";
import { listOpenDisputes } from "../../store/disputes.ts";
import { listNewestFraudWarnings } from "../../store/fraud-warnings.ts";
import { listKnownOrders, listOpenOrders } from "../../store/known-orders.ts";
import { listMoneyBack } from "../../store/money-back.ts";
import { countDifferences } from "../../store/reconciliation-differences.ts";
import { findLastReconciliation, findUnfinishedReconciliation } from "../../store/reconciliations.ts";
import { listFailedRefunds, listWaitingRefunds } from "../../store/refunds.ts";
import { wantsPage } from "../failure-response.ts";
import { type Overview, OverviewPage } from "./pages/overview-page.tsx";
import type { StaffEnv } from "./staff-env.ts";
import {
  toCronRunJson,
  toDisputeJson,
  toReconciliationJson,
  toStaffOrderJson,
  toStaffRefundJson,
  toWarningJson,
} from "./staff-json.ts";

/** How many items of each list are shown. */
const SHOWN = 20;

export const overviewRoutes = new Hono<StaffEnv>().get("/admin", async (c) => {
  const { deps, staff } = c.var;
  const overview = await readOverview(deps.db);
  if (wantsPage(c)) {
    const { seller } = deps.settings;
    return c.html(<OverviewPage seller={seller} staff={staff} overview={overview} now={deps.now()} />);
  }
  const { reconciliation, cron, openOrders, waitingRefunds, failedRefunds, disputes, warnings } = overview;
  return c.json({
    books: {
      last: reconciliation.last && toReconciliationJson(reconciliation.last),
      under_way: reconciliation.underWay && toReconciliationJson(reconciliation.underWay),
      open_differences: reconciliation.openDifferences,
    },
    cron: cron && toCronRunJson(cron),
    open_orders: openOrders.slice(0, SHOWN).map(toStaffOrderJson),
    waiting_refunds: waitingRefunds.slice(0, SHOWN).map(toStaffRefundJson),
    failed_refunds: failedRefunds.slice(0, SHOWN).map(toStaffRefundJson),
    disputes: disputes.slice(0, SHOWN).map(toDisputeJson),
    fraud_warnings: warnings.slice(0, SHOWN).map(toWarningJson),
  });
});

async function readOverview(db: D1Database): Promise<Overview> {
  const [
    last,
    underWay,
    openDifferences,
    [cron = null],
    openOrders,
    waitingRefunds,
    failedRefunds,
    disputes,
    warnings,
  ] = await Promise.all([
    findLastReconciliation(db),
    findUnfinishedReconciliation(db),
    countDifferences(db),
    listCronRuns(db, 1),
    listOpenOrders(db, SHOWN + 1),
    listWaitingRefunds(db, SHOWN + 1),
    listFailedRefunds(db, SHOWN + 1),
    listOpenDisputes(db, SHOWN + 1),
    listNewestFraudWarnings(db, SHOWN + 1),
  ]);
  const warned = warnings.map(({ orderId }) => orderId);
  const [orders, back] = await Promise.all([
    listKnownOrders(db, [
      ...[...disputes, ...waitingRefunds, ...failedRefunds].map(({ orderId }) => orderId),
      ...warned,
    ]),
    listMoneyBack(db, warned),
  ]);
  const reconciliation = { last, underWay, openDifferences };
  return {
    reconciliation,
    cron,
    openOrders,
    waitingRefunds,
    failedRefunds,
    disputes,
    warnings,
    orders,
    back,
    limit: SHOWN,
  };
}
