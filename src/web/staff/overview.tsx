/** GET /admin: the books at a glance and what waits for somebody. GET /admin/find: one order, by whatever names it. */
import { Hono } from "hono";
import { isOrderId } from "../../domain/ids.ts";
import { listCronRuns } from "../../store/cron-runs.ts";
import { listOpenDisputes } from "../../store/disputes.ts";
import { listNewestFraudWarnings } from "../../store/fraud-warnings.ts";
import {
  findAccountByEmail,
  findKnownOrders,
  listKnownOrders,
  listOpenOrders,
  type OrderSign,
} from "../../store/known-orders.ts";
import { listMoneyBack } from "../../store/money-back.ts";
import { countDifferences } from "../../store/reconciliation-differences.ts";
import { findLastReconciliation, findUnfinishedReconciliation } from "../../store/reconciliations.ts";
import { listWaitingRefunds } from "../../store/refunds.ts";
import { fail, wantsPage } from "../failure-response.ts";
import { FoundPage } from "./pages/found-page.tsx";
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

/** How many of each list are shown. */
const SHOWN = 20;
const FOUND_AT_MOST = 50;

export const overviewRoutes = new Hono<StaffEnv>()
  .get("/admin", async (c) => {
    const { deps, staff } = c.var;
    const overview = await readOverview(deps.db);
    if (wantsPage(c)) {
      const { seller } = deps.settings;
      return c.html(<OverviewPage seller={seller} staff={staff} overview={overview} now={deps.now()} />);
    }
    const { reconciliation, cron, openOrders, waitingRefunds, disputes, warnings } = overview;
    return c.json({
      books: {
        last: reconciliation.last && toReconciliationJson(reconciliation.last),
        under_way: reconciliation.underWay && toReconciliationJson(reconciliation.underWay),
        open_differences: reconciliation.openDifferences,
      },
      cron: cron && toCronRunJson(cron),
      open_orders: openOrders.slice(0, SHOWN).map(toStaffOrderJson),
      waiting_refunds: waitingRefunds.slice(0, SHOWN).map(toStaffRefundJson),
      disputes: disputes.slice(0, SHOWN).map(toDisputeJson),
      fraud_warnings: warnings.slice(0, SHOWN).map(toWarningJson),
    });
  })

  .get("/admin/find", async (c) => {
    const { deps, staff } = c.var;
    const { seller } = deps.settings;
    const asked = (c.req.query("q") ?? "").trim().slice(0, 254);
    const sign = toSign(asked);
    if (sign === null) {
      const problem = "This is no order id, no receipt number, no payment of Stripe's and no e-mail address.";
      return wantsPage(c)
        ? c.html(<FoundPage seller={seller} staff={staff} asked={asked} problem={problem} />, 422)
        : fail(c, { kind: "invalid_request", fields: [{ field: "q", problem: "names nothing" }] });
    }
    const [orders, account] = await Promise.all([
      findKnownOrders(deps.db, sign, FOUND_AT_MOST),
      sign.by === "email" ? findAccountByEmail(deps.db, sign.email) : null,
    ]);
    if (!wantsPage(c)) {
      return c.json({ orders: orders.map(toStaffOrderJson) });
    }
    const [only] = orders;
    if (only !== undefined && orders.length === 1 && sign.by !== "email") {
      return c.redirect(`/admin/orders/${only.order.id}`, 303);
    }
    const back = await listMoneyBack(
      deps.db,
      orders.map(({ order }) => order.id),
    );
    const found = { orders, account, back };
    return c.html(<FoundPage seller={seller} staff={staff} asked={asked} found={found} />);
  });

async function readOverview(db: D1Database): Promise<Overview> {
  const [last, underWay, openDifferences, [cron = null], openOrders, waitingRefunds, disputes, warnings] =
    await Promise.all([
      findLastReconciliation(db),
      findUnfinishedReconciliation(db),
      countDifferences(db),
      listCronRuns(db, 1),
      listOpenOrders(db, SHOWN + 1),
      listWaitingRefunds(db, SHOWN + 1),
      listOpenDisputes(db, SHOWN + 1),
      listNewestFraudWarnings(db, SHOWN + 1),
    ]);
  const warned = warnings.map(({ orderId }) => orderId);
  const [orders, back] = await Promise.all([
    listKnownOrders(db, [...[...disputes, ...waitingRefunds].map(({ orderId }) => orderId), ...warned]),
    listMoneyBack(db, warned),
  ]);
  const reconciliation = { last, underWay, openDifferences };
  return {
    reconciliation,
    cron,
    openOrders,
    waitingRefunds,
    disputes,
    warnings,
    orders,
    back,
    limit: SHOWN,
  };
}

/** What was typed as a sign of an order; null where it can be none. */
function toSign(asked: string): OrderSign | null {
  if (isOrderId(asked)) {
    return { by: "id", id: asked };
  }
  if (/^\d{1,12}$/.test(asked)) {
    return { by: "receipt", number: Number(asked) };
  }
  if (/^pi_\w{1,200}$/.test(asked)) {
    return { by: "payment", paymentIntentId: asked };
  }
  return /^[^\s@]+@[^\s@]+$/.test(asked) ? { by: "email", email: asked } : null;
}
