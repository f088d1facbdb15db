/** A page of a comparison that fails every time: the stage is given up, staff see which and why, and the rest is compared. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { listReconciliations } from "../../src/store/reconciliations.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { balanceOf, type Bought, buysCredits } from "../refunds/support.ts";
import { staffMember } from "../staff/support.ts";
import { rows } from "../support/books.ts";
import { begins, byForce } from "./support.ts";

beforeEach(begins);

/** Takes away the receipt of a paid order, without which its row cannot be read; the answer puts it back. */
async function bent({ orderId }: Bought): Promise<() => Promise<void>> {
  const [receipt] = await rows("SELECT * FROM receipts WHERE order_id = ?1", orderId);
  await byForce("receipts", "DELETE FROM receipts WHERE order_id = ?1", orderId);
  const columns = Object.keys(receipt ?? {});
  const places = columns.map((_column, place) => `?${place + 1}`);
  return () =>
    byForce(
      "receipts",
      `INSERT INTO receipts (${columns.join(", ")}) VALUES (${places.join(", ")})`,
      ...Object.values(receipt ?? {}).map((value) => value ?? ""),
    );
}

/** Runs until the comparison is done, and answers how many runs failed before that. */
async function failuresUntilDone(): Promise<number> {
  for (let failures = 0; failures < 20; failures += 1) {
    const standing = await reconcileNow(env).catch(() => null);
    if (standing?.stage === "done") {
      return failures;
    }
  }
  return Infinity;
}

describe("an order whose row cannot be read", () => {
  it("stops neither the stages after it nor the next comparison, and what was skipped is compared once it can be", async () => {
    const broken = await buysCredits(1000);
    const refunded = await buysCredits(500);
    const mend = await bent(broken);
    await stripe.refunds.create({ payment_intent: refunded.paymentIntent });

    await expect(reconcileNow(env)).rejects.toThrow("an order's row holds what its state needs");
    const page = await staffMember().visits("/admin/books");
    expect(page.text).toContain("failed 1 time at the same page");

    // Once more for each of the two stages that read the order: Stripe's payments, and our paid orders.
    expect(await failuresUntilDone()).toBe(3);

    expect(await listDifferences(env.DB, 10)).toMatchObject([
      { kind: "part_not_compared", subject: "orders" },
      {
        kind: "part_not_compared",
        subject: "payments",
        ours: { stage: "payments", after_id: null, problem: expect.stringContaining("an order's row") },
      },
    ]);
    expect(await balanceOf(refunded)).toBe(0);
    const { text } = await staffMember().visits("/admin/books");
    expect(text).toMatch(/Books were compared only in part as of .*: 0 payments, 2 differences\./);
    expect(text).toContain("A part was not compared");
    expect(text).toContain("Where it failed Stage payments After none Problem");

    await mend();
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 2, skipped: 0, differences: 0 });
    const [second, first] = await listReconciliations(env.DB, 2);
    // It goes back as far as the one that skipped payments.
    expect(second?.fromAt).toBe(first?.fromAt);
  });
});
