/** What the tests of reconciling share: books and a Stripe without a past, payments of others, and the differences listed. */
import { env } from "cloudflare:workers";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { control } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { chargesAtStripe } from "../support/stripe.ts";

/** Empties Stripe, and marks what earlier tests left in our books as already reconciled. */
export async function begins(): Promise<void> {
  await control("/reset");
  await env.DB.batch([
    env.DB.prepare("DELETE FROM differences"),
    env.DB.prepare("DELETE FROM reconciliations"),
    // The emptied stand-in does not know what earlier tests paid.
    env.DB.prepare("UPDATE orders SET reconciled_at = 1"),
    env.DB.prepare("UPDATE refunds SET reconciled_at = 1"),
    env.DB.prepare("UPDATE disputes SET reconciled_at = 1"),
  ]);
}

/** Makes that many payments of others through the same Stripe account, so that ours are spread over several pages. */
export async function othersPay(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await chargesAtStripe({ amount: 100 });
  }
}

/** The kinds of the differences listed, in alphabetical order. */
export async function kindsListed(): Promise<string[]> {
  const found = await listDifferences(env.DB, 100);
  return found.map(({ kind }) => kind).toSorted();
}

/** Runs a statement that the table's triggers would refuse, as only someone at the console could, then restores them. */
export async function byForce(
  table: string,
  statement: string,
  ...values: (string | number)[]
): Promise<void> {
  const guards = await rows(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1",
    table,
  );
  await env.DB.batch([
    ...guards.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${String(name)}`)),
    env.DB.prepare(statement).bind(...values),
    ...guards.map(({ sql }) => env.DB.prepare(String(sql))),
  ]);
}
