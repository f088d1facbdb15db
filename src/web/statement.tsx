/** GET /account/statement: the ledger in words, page by page as HTML or JSON, or complete as CSV for bookkeeping. */
import { Hono } from "hono";
import type { AccountId } from "../domain/ids.ts";
import type { Deps } from "../deps.ts";
import { listPostedAfter, listPostedBefore, readLastSeq, sampleBalances } from "../store/ledger.ts";
import { balanceCurve } from "./balance-curve.ts";
import { fail, wantsPage } from "./failure-response.ts";
import { requireSession } from "./middleware/session.ts";
import { type Statement, StatementPage } from "./pages/statement-page.tsx";
import { CSV_HEAD, toCsvRecord } from "./statement-csv.ts";
import { toStatementLineJson } from "./statement-json.ts";
import { type StatementLine, toStatementLines } from "./statement-lines.ts";
import type { SignedInEnv } from "./web-env.ts";

const LINES_A_PAGE = 50;
/** How many balances the chart draws; more would not be visible. */
const BALANCES_DRAWN = 200;
/** How many CSV lines are read at a time. D1 allows 1,000 queries per request, so there is room for millions of lines. */
const LINES_A_READING = 5000;

const NEWEST = Number.MAX_SAFE_INTEGER;

export const statementRoutes = new Hono<SignedInEnv>()
  .get("/account/statement", requireSession, async (c) => {
    const { account, deps } = c.var;
    const asked = c.req.query("before");
    const before = asked === undefined ? NEWEST : Number(asked);
    if (!Number.isSafeInteger(before) || before < 1) {
      const fields = [{ field: "before", problem: "must be an entry number" }];
      return fail(c, { kind: "invalid_request", fields });
    }
    const isNewest = asked === undefined;
    const statement = await readStatement(deps, account.id, {
      before,
      lines: LINES_A_PAGE,
      balances: isNewest && wantsPage(c) ? BALANCES_DRAWN : 0,
    });
    if (!wantsPage(c)) {
      return c.json({
        balance: account.balance,
        entries: statement.lines.map(toStatementLineJson),
        older_entries: statement.older,
      });
    }
    const { settings } = deps;
    return c.html(
      <StatementPage settings={settings} account={account} statement={statement} isNewest={isNewest} />,
    );
  })

  .get("/account/statement.csv", requireSession, async (c) => {
    const { account, deps } = c.var;
    const { db, now } = deps;
    // Entries posted while the file is being sent belong to the next download.
    const last = await readLastSeq(db, account.id);
    const lines = allLines(db, account.id, last);
    // Read the first lines before responding, so that an unreachable database still gives an error status.
    const first = await lines.next();
    const day = new Date(now()).toISOString().slice(0, 10);
    c.header("Content-Type", "text/csv; charset=utf-8; header=present");
    c.header("Content-Disposition", `attachment; filename="statement-${day}.csv"`);
    return c.body(toStream(first.done === true ? [] : first.value, lines));
  });

/** The newest lines before the entry `before`, newest first, and the chart if `balances` is above zero. */
export async function readStatement(
  { db, now }: Pick<Deps, "db" | "now">,
  accountId: AccountId,
  page: { before: number; lines: number; balances: number },
): Promise<Statement> {
  // Fetch one more than is shown, to know whether there are older ones.
  const [entries, balances] = await Promise.all([
    listPostedBefore(db, accountId, { before: page.before, acts: page.lines + 1 }),
    page.balances === 0 ? [] : sampleBalances(db, accountId, page.balances),
  ]);
  const found = toStatementLines(entries).toReversed();
  const lines = found.slice(0, page.lines);
  const oldest = lines.at(-1);
  const hasOlder = found.length > lines.length && oldest !== undefined;
  return {
    lines,
    older: hasOlder ? `/account/statement?before=${oldest.seq}` : null,
    curve: balanceCurve(balances, now(), page.balances),
  };
}

/** Every line up to the entry `last`, oldest first, in batches of a few thousand. */
async function* allLines(
  db: D1Database,
  accountId: AccountId,
  last: number,
): AsyncGenerator<StatementLine[]> {
  let after = 0;
  while (after < last) {
    const entries = await listPostedAfter(db, accountId, { after, last, acts: LINES_A_READING });
    const newest = entries.at(-1);
    if (newest === undefined) {
      return;
    }
    yield toStatementLines(entries);
    after = newest.seq;
  }
}

/** The file, generated as it is downloaded. A failed read aborts it, and the browser reports a failed download. */
function toStream(
  first: readonly StatementLine[],
  others: AsyncGenerator<StatementLine[]>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(CSV_HEAD + first.map(toCsvRecord).join("")));
    },
    async pull(controller) {
      const next = await others.next();
      if (next.done === true) {
        controller.close();
      } else {
        controller.enqueue(encoder.encode(next.value.map(toCsvRecord).join("")));
      }
    },
    async cancel() {
      await others.return(undefined);
    },
  });
}
