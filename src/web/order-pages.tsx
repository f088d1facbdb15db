/** The pages of one order: where it stands, and its receipt. Nobody sees an order of another account. */
import { Hono } from "hono";
import { isOrderId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import { findOrder } from "../store/orders.ts";
import { findReceipt } from "../store/receipts.ts";
import { fail, wantsPage } from "./failure-response.ts";
import { requireSession } from "./middleware/session.ts";
import { toOrderJson } from "./order-json.ts";
import { OrderPage } from "./pages/order-page.tsx";
import { ReceiptPage } from "./pages/receipt-page.tsx";
import { toReceiptJson } from "./receipt-json.ts";
import type { SignedInEnv } from "./web-env.ts";

export const orderPageRoutes = new Hono<SignedInEnv>()
  .get("/orders/:id", requireSession, async (c) => {
    const { account, deps } = c.var;
    const order = await findOwnOrder(deps.db, account.id, c.req.param("id"));
    if (order === null) {
      return fail(c, { kind: "order_not_found" });
    }
    return wantsPage(c)
      ? c.html(<OrderPage settings={deps.settings} email={account.email} order={order} />)
      : c.json({ order: toOrderJson(order) });
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
    const { settings } = deps;
    return wantsPage(c)
      ? c.html(<ReceiptPage settings={settings} email={account.email} order={order} receipt={receipt} />)
      : c.json({ receipt: toReceiptJson(receipt, order) });
  });

async function findOwnOrder(db: D1Database, accountId: string, id: string): Promise<Order | null> {
  const order = isOrderId(id) ? await findOrder(db, id) : null;
  return order?.accountId === accountId ? order : null;
}
