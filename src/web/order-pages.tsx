/** The pages of one order: its state, and its receipt. Customers only ever see orders of their own account. */
import { Hono } from "hono";
import { isOrderId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import { offerRefund } from "../domain/refund-quote.ts";
import { traceOf } from "../domain/trace.ts";
import { readRefundable } from "../operations/read-refundable.ts";
import { listMoneyBack } from "../store/money-back.ts";
import { findOrder } from "../store/orders.ts";
import { findReceipt } from "../store/receipts.ts";
import { fail, wantsPage } from "./failure-response.ts";
import { requireSession } from "./middleware/session.ts";
import { toMoneyBackJson } from "./money-back-json.ts";
import { toOrderJson } from "./order-json.ts";
import { OrderPage } from "./pages/order-page.tsx";
import { ReceiptPage } from "./pages/receipt-page.tsx";
import { toReceiptJson } from "./receipt-json.ts";
import { toTraceJson } from "./trace-json.ts";
import type { SignedInEnv } from "./web-env.ts";

export const orderPageRoutes = new Hono<SignedInEnv>()
  .get("/orders/:id", requireSession, async (c) => {
    const { account, deps } = c.var;
    const order = await findOwnOrder(deps.db, account.id, c.req.param("id"));
    if (order === null) {
      return fail(c, { kind: "order_not_found" });
    }
    const read =
      order.state === "paid" ? await readRefundable({ ...deps, accountId: account.id }, order.id) : null;
    const back = read === null ? { refunds: [], disputes: [] } : read.refundable;
    const trace = traceOf(order, {});
    if (!wantsPage(c)) {
      return c.json({ order: toOrderJson(order), ...toMoneyBackJson(back), trace: toTraceJson(trace) });
    }
    const { settings, now } = deps;
    const days = settings.selfServiceRefundDays;
    const offered =
      read === null ? null : offerRefund(read.refundable, { paidAt: read.order.paidAt, now: now(), days });
    const offer = offered?.ok === true ? { quote: offered.quote, refundId: deps.newId("rfd") } : null;
    return c.html(
      <OrderPage
        settings={settings}
        email={account.email}
        order={order}
        back={back}
        trace={trace}
        offer={offer}
      />,
    );
  })

  .get("/orders/:id/receipt", requireSession, async (c) => {
    const { account, deps } = c.var;
    const order = await findOwnOrder(deps.db, account.id, c.req.param("id"));
    if (order === null) {
      return fail(c, { kind: "order_not_found" });
    }
    const receipt = order.state === "paid" ? await findReceipt(deps.db, order.id) : null;
    if (order.state !== "paid" || receipt === null) {
      return fail(c, { kind: "not_found" });
    }
    const { settings, db } = deps;
    const back = (await listMoneyBack(db, [order.id])).get(order.id) ?? { refunds: [], disputes: [] };
    if (!wantsPage(c)) {
      return c.json({ receipt: toReceiptJson(receipt, order, back) });
    }
    const { email } = account;
    return c.html(
      <ReceiptPage settings={settings} email={email} order={order} receipt={receipt} back={back} />,
    );
  });

async function findOwnOrder(db: D1Database, accountId: string, id: string): Promise<Order | null> {
  const order = isOrderId(id) ? await findOrder(db, id) : null;
  return order?.accountId === accountId ? order : null;
}
