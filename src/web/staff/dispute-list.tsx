/** GET /admin/disputes: all disputes, open ones first. */
import { Hono } from "hono";
import { listDecidedDisputes, listDecisions, listOpenDisputes } from "../../store/disputes.ts";
import { listKnownOrders } from "../../store/known-orders.ts";
import { wantsPage } from "../failure-response.ts";
import { DisputeListPage, type DisputesSeen } from "./pages/dispute-list-page.tsx";
import type { StaffEnv } from "./staff-env.ts";
import { toDisputeJson } from "./staff-json.ts";

/** How many open disputes are shown, and how many decided ones per page. */
const SHOWN = { open: 100, decided: 20 };

export const disputeListRoutes = new Hono<StaffEnv>().get("/admin/disputes", async (c) => {
  const { deps, staff } = c.var;
  const seen = await readDisputes(deps.db, c.req.query("before") ?? null);
  if (wantsPage(c)) {
    const { seller } = deps.settings;
    return c.html(<DisputeListPage seller={seller} staff={staff} seen={seen} now={deps.now()} />);
  }
  return c.json({
    open: seen.open.slice(0, SHOWN.open).map((dispute) => toDisputeJson(dispute)),
    decided: seen.decided.map((dispute) => toDisputeJson(dispute, seen.decisions.get(dispute.id))),
    before: seen.next,
  });
});

/** A page of decided disputes, starting after `before`; the first page also lists the open ones. */
async function readDisputes(db: D1Database, before: string | null): Promise<DisputesSeen> {
  const [open, found] = await Promise.all([
    before === null ? listOpenDisputes(db, SHOWN.open + 1) : [],
    listDecidedDisputes(db, { before, limit: SHOWN.decided + 1 }),
  ]);
  const decided = found.slice(0, SHOWN.decided);
  const [orders, decisions] = await Promise.all([
    listKnownOrders(
      db,
      [...open, ...decided].map(({ orderId }) => orderId),
    ),
    listDecisions(db, decided),
  ]);
  const next = found.length > decided.length ? (decided.at(-1)?.id ?? null) : null;
  return { open, decided, orders, decisions, isFirst: before === null, next, limit: SHOWN.open };
}
