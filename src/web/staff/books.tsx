/** GET /admin/books, and POST /admin/books/reconcile: comparing the books with Stripe's because somebody asks. */
import { Hono } from "hono";
import { reconcileNow } from "../../account/reconcile-books.ts";
import { isOrderId } from "../../domain/ids.ts";
import { SECOND } from "../../domain/instant.ts";
import { log } from "../../log.ts";
import { listCronRuns } from "../../store/cron-runs.ts";
import { listKnownOrders } from "../../store/known-orders.ts";
import {
  countDifferences,
  listDifferences,
  listResolvedDifferences,
} from "../../store/reconciliation-differences.ts";
import { findLastReconciliation, listReconciliations } from "../../store/reconciliations.ts";
import { wantsPage } from "../failure-response.ts";
import { type Books, BooksPage } from "./pages/books-page.tsx";
import type { StaffEnv } from "./staff-env.ts";
import { toCronRunJson, toDifferenceJson, toReconciliationJson } from "./staff-json.ts";

const SHOWN = { reconciliations: 10, differences: 50, resolved: 10, runs: 12 };

/** For so long pages are compared, and for so long at most the answer waits for it; the cron goes on with the rest. */
const COMPARING_LASTS = 6 * SECOND;
const ANSWER_WAITS = 8 * SECOND;

export const booksRoutes = new Hono<StaffEnv>()
  .get("/admin/books", async (c) => {
    const { deps, staff } = c.var;
    const books = await readBooks(deps.db);
    if (wantsPage(c)) {
      const { seller } = deps.settings;
      return c.html(<BooksPage seller={seller} staff={staff} books={books} now={deps.now()} />);
    }
    return c.json({
      reconciliations: books.reconciliations.map(toReconciliationJson),
      open_differences: books.openCount,
      differences: books.open.map(toDifferenceJson),
      resolved: books.resolved.map(toDifferenceJson),
      cron_runs: books.runs.map(toCronRunJson),
    });
  })

  // Coming back here after signing in again, a browser asks with GET.
  .get("/admin/books/reconcile", (c) => c.redirect("/admin/books", 303))

  .post("/admin/books/reconcile", async (c) => {
    const { db } = c.var.deps;
    const comparing = reconcileNow(c.env, COMPARING_LASTS).catch((error: unknown) => {
      // What was found is kept page by page, so whoever comes next goes on from there.
      log("reconciling_failed", { error: error instanceof Error ? error.message : "unknown" });
      return null;
    });
    c.executionCtx.waitUntil(comparing);
    await Promise.race([comparing, scheduler.wait(ANSWER_WAITS)]);
    if (wantsPage(c)) {
      return c.redirect("/admin/books", 303);
    }
    const [[newest], openDifferences] = await Promise.all([listReconciliations(db, 1), countDifferences(db)]);
    return c.json(
      {
        reconciliation: newest === undefined ? null : toReconciliationJson(newest),
        open_differences: openDifferences,
      },
      newest?.stage === "done" ? 200 : 202,
    );
  });

async function readBooks(db: D1Database): Promise<Books> {
  const [reconciliations, last, openCount, open, resolved, runs] = await Promise.all([
    listReconciliations(db, SHOWN.reconciliations),
    findLastReconciliation(db),
    countDifferences(db),
    listDifferences(db, SHOWN.differences),
    listResolvedDifferences(db, SHOWN.resolved),
    listCronRuns(db, SHOWN.runs),
  ]);
  const orderIds = [...open, ...resolved].flatMap(({ orderId }) =>
    orderId !== null && isOrderId(orderId) ? [orderId] : [],
  );
  const orders = await listKnownOrders(db, orderIds);
  const currencies = new Map([...orders.values()].map(({ order }) => [order.id, order.currency] as const));
  return { reconciliations, last, openCount, open, resolved, runs, currencies };
}
