/** What the tests of reconciling share: books and a Stripe without a past, others who pay, and what is listed. */
import { env } from "cloudflare:workers";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";

/** Empties Stripe, and takes what earlier tests left here as seen by it. */
export async function begins(): Promise<void> {
  await control("/reset");
  await env.DB.batch([
    env.DB.prepare("DELETE FROM differences"),
    env.DB.prepare("DELETE FROM reconciliations"),
    // What earlier tests paid, the emptied stand-in does not know.
    env.DB.prepare("UPDATE orders SET reconciled_at = 1"),
    env.DB.prepare("UPDATE refunds SET reconciled_at = 1"),
    env.DB.prepare("UPDATE disputes SET reconciled_at = 1"),
  ]);
}

/** So many payments of others through the same Stripe account, so that ours stand on several pages. */
export async function othersPay(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await stripe.paymentIntents.create({
      amount: 100,
      currency: "usd",
      payment_method: "pm_card_visa",
      confirm: true,
      allowed_payment_method_types: ["card"],
      return_url: "https://example.com",
    });
  }
}

/** What is listed, as kinds in the order of their names. */
export async function kindsListed(): Promise<string[]> {
  const found = await listDifferences(env.DB, 100);
  return found.map(({ kind }) => kind).toSorted();
}

/** What no statement can do while its table's guards are there, as only a hand at the console could. They come back. */
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
