/**
 * GET /admin/books; POST /admin/books/reconcile, which compares the books with Stripe on request; and POST
 * /admin/books/close, which closes a difference with a note.
 */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import { reconcileNow } from "../../cron/reconcile.ts";
import type { Failure } from "../../domain/failure.ts";
import { isOrderId } from "../../domain/ids.ts";
import { SECOND } from "../../domain/instant.ts";
import { log } from "../../log.ts";
import { closeDifference } from "../../operations/close-difference.ts";
import { listCronRuns } from "../../store/cron-runs.ts";
import { listKnownOrders } from "../../store/known-orders.ts";
import {
  countDifferences,
  listDifferences,
  listEarlierDifferences,
} from "../../store/reconciliation-differences.ts";
import { findLastReconciliation, listReconciliations } from "../../store/reconciliations.ts";
import { fail, statusOf, wantsPage } from "../failure-response.ts";
import { limitBody } from "./limit-body.ts";
import { type Books, BooksPage } from "./pages/books-page.tsx";
import type { ClosingTyped } from "./pages/difference-item.tsx";
import { LONGEST_NOTE } from "./pages/refund-quote-page.tsx";
import { readSent } from "./read-form.ts";
import type { StaffEnv } from "./staff-env.ts";
import { toCronRunJson, toDifferenceJson, toReconciliationJson } from "./staff-json.ts";
import { sentenceForStaff } from "./staff-sentences.ts";

const SHOWN = { reconciliations: 10, differences: 50, earlier: 20, runs: 12 };

/** How long a request compares, and how long its response waits for that at most; the cron continues with the rest. */
const COMPARING_LASTS = 6 * SECOND;
const ANSWER_WAITS = 8 * SECOND;

const closing = z.strictObject({
  kind: z.string().check(z.maxLength(100)),
  subject: z.string().check(z.maxLength(255)),
  /** The version that the page showed: a difference that has changed since is not closed unseen. */
  version: z.union([z.int(), z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number))]),
  note: z._default(z.string().check(z.trim(), z.maxLength(LONGEST_NOTE)), ""),
});

const NO_NOTE = "Say why it can be closed.";

export const booksRoutes = new Hono<StaffEnv>()
  .get("/admin/books", async (c) => {
    const books = await readBooks(c.var.deps.db);
    if (wantsPage(c)) {
      return page(c, books);
    }
    return c.json({
      reconciliations: books.reconciliations.map(toReconciliationJson),
      open_differences: books.openCount,
      differences: books.open.map(toDifferenceJson),
      earlier: books.earlier.map(toDifferenceJson),
      cron_runs: books.runs.map(toCronRunJson),
    });
  })

  // After a fresh sign-in at Cloudflare Access, the browser comes back here with GET.
  .get("/admin/books/reconcile", (c) => c.redirect("/admin/books", 303))

  .post("/admin/books/reconcile", async (c) => {
    const { db } = c.var.deps;
    const comparing = reconcileNow(c.env, COMPARING_LASTS).catch((error: unknown) => {
      // Progress is saved page by page, so the next run continues from there.
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
  })

  .get("/admin/books/close", (c) => c.redirect("/admin/books", 303))

  .post("/admin/books/close", limitBody, async (c) => {
    const { deps, staff } = c.var;
    const sent = await readSent(c, closing);
    if (!sent.ok) {
      return refuse(c, sent.failure);
    }
    if (sent.value.note === "") {
      const fields = [{ field: "note", problem: NO_NOTE }];
      return refuse(c, { kind: "invalid_request", fields }, { ...sent.value, error: NO_NOTE });
    }
    const closed = await closeDifference(deps, { ...sent.value, actor: staff });
    if (!closed.ok) {
      return refuse(c, closed.failure, sent.value);
    }
    return wantsPage(c)
      ? c.redirect("/admin/books#earlier", 303)
      : c.json({ difference: toDifferenceJson(closed.difference) });
  });

function page(
  c: Context<StaffEnv>,
  books: Books,
  failure?: Failure,
  typed?: ClosingTyped,
): Response | Promise<Response> {
  const { deps, staff } = c.var;
  return c.html(
    <BooksPage
      seller={deps.settings.seller}
      staff={staff}
      books={books}
      now={deps.now()}
      {...(failure !== undefined && typed?.error === undefined && { problem: sentenceForStaff(failure) })}
      {...(typed !== undefined && { typed })}
    />,
    failure === undefined ? 200 : statusOf(failure),
  );
}

/** Shows a failure on the page as it is now; `typed` puts the note back beside its difference. */
async function refuse(c: Context<StaffEnv>, failure: Failure, typed?: ClosingTyped): Promise<Response> {
  return wantsPage(c) ? page(c, await readBooks(c.var.deps.db), failure, typed) : fail(c, failure);
}

async function readBooks(db: D1Database): Promise<Books> {
  const [reconciliations, last, openCount, open, earlier, runs] = await Promise.all([
    listReconciliations(db, SHOWN.reconciliations),
    findLastReconciliation(db),
    countDifferences(db),
    listDifferences(db, SHOWN.differences),
    listEarlierDifferences(db, SHOWN.earlier),
    listCronRuns(db, SHOWN.runs),
  ]);
  const orderIds = [...open, ...earlier].flatMap(({ orderId }) =>
    orderId !== null && isOrderId(orderId) ? [orderId] : [],
  );
  const orders = await listKnownOrders(db, orderIds);
  const currencies = new Map([...orders.values()].map(({ order }) => [order.id, order.currency] as const));
  return { reconciliations, last, openCount, open, earlier, runs, currencies };
}
