/** GET /admin/orders/:id: everything the books hold about one order. */
import { Hono } from "hono";
import type { AccountId } from "../../domain/ids.ts";
import { isOrderId } from "../../domain/ids.ts";
import { quoteRefund } from "../../domain/refund-quote.ts";
import { traceOf } from "../../domain/trace.ts";
import { readRefundable } from "../../operations/read-refundable.ts";
import { findAccount } from "../../store/accounts.ts";
import { listFraudWarnings } from "../../store/fraud-warnings.ts";
import { findKnownOrders, type KnownOrder } from "../../store/known-orders.ts";
import { listEntriesOfOrder, listEventsOfOrder } from "../../store/order-history.ts";
import type { Deps } from "../../deps.ts";
import { fail, wantsPage } from "../failure-response.ts";
import { toTraceJson } from "../trace-json.ts";
import { type OrderSeen, StaffOrderPage } from "./pages/order-page.tsx";
import type { StaffEnv } from "./staff-env.ts";
import {
  toDisputeJson,
  toEntryJson,
  toStaffOrderJson,
  toStaffRefundJson,
  toWarningJson,
} from "./staff-json.ts";

/** How many entries and events are shown. */
const SHOWN = 50;

export const staffOrderRoutes = new Hono<StaffEnv>().get("/admin/orders/:id", async (c) => {
  const { deps, staff } = c.var;
  const seen = await readOrder(deps, c.req.param("id"));
  if (seen === null) {
    return fail(c, { kind: "order_not_found" });
  }
  if (!wantsPage(c)) {
    return c.json({
      order: toStaffOrderJson(seen),
      balance: seen.balance,
      trace: toTraceJson(seen.trace),
      refunds: seen.back.refunds.map(toStaffRefundJson),
      disputes: seen.back.disputes.map(toDisputeJson),
      fraud_warnings: seen.warnings.map(toWarningJson),
      entries: seen.entries.map(toEntryJson),
      refundable_cents: seen.refundable?.ok === true ? seen.refundable.leftCents : 0,
    });
  }
  const { seller } = deps.settings;
  return c.html(<StaffOrderPage seller={seller} staff={staff} seen={seen} isLive={isLive(deps)} />);
});

/** The order with this id, whichever account it belongs to; null if there is none. */
export async function findKnownOrder(db: D1Database, id: string): Promise<KnownOrder | null> {
  const [known = null] = isOrderId(id) ? await findKnownOrders(db, { by: "id", id }, 1) : [];
  return known;
}

/** The order with everything its page shows; null if there is none. Does not call Stripe. */
export async function readOrder(deps: Deps, id: string): Promise<OrderSeen | null> {
  const { db } = deps;
  const known = await findKnownOrder(db, id);
  if (known === null) {
    return null;
  }
  const { order } = known;
  const { id: orderId, accountId } = order;
  const [account, paid, warnings, entries, events] = await Promise.all([
    findAccount(db, accountId),
    readPaid(deps, accountId, known),
    listFraudWarnings(db, orderId),
    listEntriesOfOrder(db, { accountId, orderId }, SHOWN),
    listEventsOfOrder(db, orderId, SHOWN),
  ]);
  return {
    ...known,
    ...paid,
    balance: account?.balance ?? 0,
    trace: traceOf(order, {}),
    warnings,
    entries,
    events,
    limit: SHOWN,
  };
}

/** Whether this deployment uses Stripe's live mode, so the money is real. */
export function isLive({ settings }: Pick<Deps, "settings">): boolean {
  return settings.stripe.publishableKey.startsWith("pk_live_");
}

async function readPaid(
  deps: Deps,
  accountId: AccountId,
  { order }: KnownOrder,
): Promise<Pick<OrderSeen, "back" | "refundable">> {
  const read = await readRefundable({ ...deps, accountId }, order.id);
  if (read === null) {
    return { back: { refunds: [], disputes: [] }, refundable: null };
  }
  const { refunds, disputes } = read.refundable;
  const quoted = quoteRefund(read.refundable, null);
  return {
    back: { refunds, disputes },
    refundable: quoted.ok ? { ok: true, leftCents: quoted.quote.leftCents } : quoted,
  };
}
