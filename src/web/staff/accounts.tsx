/** GET /admin/accounts/:id: one customer, and their orders. */
import { Hono } from "hono";
import { isAccountId } from "../../domain/ids.ts";
import { findAccount } from "../../store/accounts.ts";
import { findKnownOrders } from "../../store/known-orders.ts";
import { listMoneyBack } from "../../store/money-back.ts";
import { fail, wantsPage } from "../failure-response.ts";
import { type AccountSeen, StaffAccountPage } from "./pages/account-page.tsx";
import type { StaffEnv } from "./staff-env.ts";
import { toStaffOrderJson } from "./staff-json.ts";

/** How many orders are shown. */
const SHOWN = 50;

export const staffAccountRoutes = new Hono<StaffEnv>().get("/admin/accounts/:id", async (c) => {
  const { deps, staff } = c.var;
  const seen = await readAccount(deps.db, c.req.param("id"));
  if (seen === null) {
    return fail(c, { kind: "not_found" });
  }
  if (wantsPage(c)) {
    return c.html(<StaffAccountPage seller={deps.settings.seller} staff={staff} seen={seen} />);
  }
  const { id, email, name, balance, createdAt } = seen.account;
  return c.json({
    account: { id, email, name, balance, created_at: new Date(createdAt).toISOString() },
    orders: seen.orders.map(toStaffOrderJson),
  });
});

async function readAccount(db: D1Database, id: string): Promise<AccountSeen | null> {
  const account = isAccountId(id) ? await findAccount(db, id) : null;
  if (account === null) {
    return null;
  }
  const orders = await findKnownOrders(db, { by: "account", id: account.id }, SHOWN);
  const back = await listMoneyBack(
    db,
    orders.map(({ order }) => order.id),
  );
  return { account, orders, back, limit: SHOWN };
}
