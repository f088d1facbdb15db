/** The books against themselves: whatever is bent by hand at the console, past the triggers, is found and named. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import {
  type Bought,
  buysCredits,
  disputed,
  everythingArrives,
  spends,
  staffRefunds,
} from "../refunds/support.ts";
import { begins, byForce, kindsListed } from "./support.ts";

beforeEach(begins);

/** A purchase of 1,000 credits, of which 100 are spent, 300 refunded and 200 disputed. */
async function busyAccount(): Promise<Bought> {
  const bought = await buysCredits(1000);
  await spends(bought, 100);
  await staffRefunds(bought, 300);
  await disputed(bought, { amount: 200 });
  await everythingArrives(bought);
  return bought;
}

type Bending = { table: string; bend: string; mend: string; finds: string[] };

// ?1 is the account. What `bend` breaks, `mend` puts right.
const BENDINGS: [string, Bending][] = [
  [
    "a balance",
    {
      table: "accounts",
      bend: "UPDATE accounts SET balance = balance + 500 WHERE id = ?1",
      mend: "UPDATE accounts SET balance = balance - 500 WHERE id = ?1",
      finds: ["balance_is_not_the_sum_of_entries"],
    },
  ],
  [
    "the number of the last entry",
    {
      table: "accounts",
      bend: "UPDATE accounts SET last_seq = last_seq + 1 WHERE id = ?1",
      mend: "UPDATE accounts SET last_seq = last_seq - 1 WHERE id = ?1",
      finds: ["balance_is_not_the_sum_of_entries"],
    },
  ],
  [
    "what remains of a grant",
    {
      table: "grants",
      bend: "UPDATE grants SET remaining = remaining - 100 WHERE account_id = ?1",
      mend: "UPDATE grants SET remaining = remaining + 100 WHERE account_id = ?1",
      finds: ["grant_is_not_the_sum_of_entries"],
    },
  ],
  [
    "a grant that no entry brought",
    {
      table: "grants",
      bend: `INSERT INTO grants (id, account_id, kind, order_id, granted, remaining, expires_at, created_at)
             VALUES ('grt_00000000000000000000000000000000', ?1, 'promotion', NULL, 10, 10, NULL, 1)`,
      mend: "DELETE FROM grants WHERE account_id = ?1 AND id = 'grt_00000000000000000000000000000000'",
      finds: ["grant_is_not_the_sum_of_entries"],
    },
  ],
  [
    "the credits of a spend",
    {
      table: "ledger_entries",
      bend: "UPDATE ledger_entries SET credits = credits - 5 WHERE account_id = ?1 AND kind = 'spend'",
      mend: "UPDATE ledger_entries SET credits = credits + 5 WHERE account_id = ?1 AND kind = 'spend'",
      finds: [
        "balance_is_not_the_sum_of_entries",
        "entries_do_not_continue_each_other",
        "grant_is_not_the_sum_of_entries",
      ],
    },
  ],
  [
    "the credits of a purchase",
    {
      table: "ledger_entries",
      bend: "UPDATE ledger_entries SET credits = credits + 5 WHERE account_id = ?1 AND kind = 'purchase'",
      mend: "UPDATE ledger_entries SET credits = credits - 5 WHERE account_id = ?1 AND kind = 'purchase'",
      finds: [
        "balance_is_not_the_sum_of_entries",
        "entries_do_not_continue_each_other",
        "grant_is_not_the_sum_of_entries",
        "purchase_without_paid_order",
      ],
    },
  ],
  [
    "a refund's credits, offset by a spend's, so that every sum is right",
    {
      table: "ledger_entries",
      bend: `UPDATE ledger_entries SET credits = credits + CASE kind WHEN 'refund' THEN 50 ELSE -50 END
             WHERE account_id = ?1 AND kind IN ('refund', 'spend')`,
      mend: `UPDATE ledger_entries SET credits = credits - CASE kind WHEN 'refund' THEN 50 ELSE -50 END
             WHERE account_id = ?1 AND kind IN ('refund', 'spend')`,
      finds: ["credits_taken_differ_from_money_back", "entries_do_not_continue_each_other"],
    },
  ],
  [
    "an entry's balance_after",
    {
      table: "ledger_entries",
      bend: "UPDATE ledger_entries SET balance_after = balance_after + 1 WHERE account_id = ?1 AND seq = 2",
      mend: "UPDATE ledger_entries SET balance_after = balance_after - 1 WHERE account_id = ?1 AND seq = 2",
      finds: ["entries_do_not_continue_each_other"],
    },
  ],
  [
    "a purchase's entry, which becomes a promotion",
    {
      table: "ledger_entries",
      bend: "UPDATE ledger_entries SET kind = 'promotion', order_id = NULL WHERE account_id = ?1 AND kind = 'purchase'",
      mend: `UPDATE ledger_entries
             SET kind = 'purchase', order_id = (SELECT id FROM orders WHERE account_id = ?1)
             WHERE account_id = ?1 AND kind = 'promotion'`,
      finds: ["paid_order_without_purchase"],
    },
  ],
];

describe("comparing the books with themselves", () => {
  it.each(BENDINGS)(
    "finds %s changed by force, and finds it mended afterwards",
    async (_what, { table, bend, mend, finds }) => {
      const { accountId } = await busyAccount();
      expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });

      await byForce(table, bend, accountId);
      expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: finds.length });
      expect(await kindsListed()).toEqual(finds);
      const found = await listDifferences(env.DB, 10);
      expect(new Set(found.map((difference) => difference.accountId))).toEqual(new Set([accountId]));

      await byForce(table, mend, accountId);
      expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    },
  );

  it("lists both the balance that stands and the sum of its entries", async () => {
    const { accountId } = await busyAccount();
    await byForce("accounts", "UPDATE accounts SET balance = 1500 WHERE id = ?1", accountId);
    await reconcileNow(env);
    expect(await listDifferences(env.DB, 10)).toMatchObject([
      { subject: accountId, ours: { credits: 1500, credits_by_entries: 400 }, theirs: null },
    ]);
    await byForce("accounts", "UPDATE accounts SET balance = 400 WHERE id = ?1", accountId);
  });
});
