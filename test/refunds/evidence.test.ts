/** Evidence: a pack from our own books, submitted when staff say so, once, whatever is cut off. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { advance, challenge, stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  boughtBy,
  buysCredits,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  spends,
  staffRefunds,
} from "./support.ts";

async function buildsEvidence({ accountId }: Bought, disputeId: string) {
  return env.ACCOUNT.getByName(accountId).buildEvidence(accountId, disputeId);
}

async function submits({ accountId }: Bought, disputeId: string, words?: string) {
  return env.ACCOUNT.getByName(accountId).submitEvidence(accountId, {
    disputeId,
    actor: "staff@example.com",
    changes: words === undefined ? {} : { uncategorizedText: words },
  });
}

async function disputedAndKnown(bought: Bought, how: Parameters<typeof disputed>[1] = {}): Promise<string> {
  const id = await disputed(bought, how);
  await everythingArrives(bought);
  return id;
}

describe("the pack", () => {
  it("tells the order, its checks, its receipt, who signed in, and what the credits were used for", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 300);
    await spends(bought, 50);
    await staffRefunds(bought, 100);
    const id = await disputedAndKnown(bought);
    // Sessions and links are forgotten in time; that somebody signed in is not.
    await env.DB.batch([
      env.DB.prepare("DELETE FROM sessions WHERE account_id = ?1").bind(bought.accountId),
      env.DB.prepare("DELETE FROM sign_in_tokens WHERE email = ?1").bind(bought.customer.email),
    ]);

    const pack = await buildsEvidence(bought, id);

    expect(pack).toMatchObject({
      ok: true,
      evidence: {
        billingAddress: "1 Market St, San Francisco, CA, 94105, US",
        customerEmailAddress: bought.customer.email,
        customerName: "Ada Lovelace",
        duplicateChargeExplanation: "",
        serviceDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      },
    });
    const { evidence } = pack.ok ? pack : { evidence: null };
    expect(evidence?.uncategorizedText).toContain(bought.orderId);
    expect(evidence?.uncategorizedText).toContain("1000 credits for USD 10.00; receipt number");
    expect(evidence?.uncategorizedText).toContain(
      "street address matches, postcode matches, security code matches",
    );
    expect(evidence?.uncategorizedText).toContain("ending in 4242");
    expect(evidence?.uncategorizedText).toContain("Refunded already: USD 1.00");
    expect(evidence?.accessActivityLog).toMatch(/UTC {2}signed in/);
    expect(evidence?.accessActivityLog).toContain("used 350 credits in 2 calls");
  });

  it("of a payment said to be made twice tells the others apart", async () => {
    const other = await buysCredits(500);
    const bought = await buysCredits(1000, { by: other.customer });
    const id = await disputedAndKnown(bought, { reason: "duplicate" });
    const pack = await buildsEvidence(bought, id);
    expect(pack.ok && pack.evidence.duplicateChargeExplanation).toContain(other.orderId);
  });

  it("of a payment that was challenged tells how the challenge ended", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    const asked = await customer.buys({ orderId, card: "4000000000003220" });
    await challenge({ client_secret: asked.client_secret ?? null }, "authenticated");
    const paying = await customer.settles(orderId);
    await challenge({ client_secret: paying.client_secret ?? null }, "authenticated").catch(() => null);
    await customer.settles(orderId);
    const bought = await boughtBy(customer, orderId);
    const id = await disputedAndKnown(bought);

    const pack = await buildsEvidence(bought, id);

    expect(pack.ok && pack.evidence.uncategorizedText).toContain("(3-D Secure): authenticated.");
  });

  it("of a dispute of somebody else's finds none", async () => {
    const bought = await buysCredits(1000);
    const other = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    expect(await buildsEvidence(other, id)).toMatchObject({ failure: { kind: "dispute_not_found" } });
    expect(await submits(other, id)).toMatchObject({ failure: { kind: "dispute_not_found" } });
  });
});

describe("submitting", () => {
  it("puts it before the bank, which decides; won, the credits are back", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);

    expect(await submits(bought, id, "winning_evidence")).toMatchObject({ ok: true, isSubmitted: true });

    const dispute = await stripe.disputes.retrieve(id);
    expect(dispute).toMatchObject({
      status: "under_review",
      evidence: { customer_email_address: bought.customer.email, uncategorized_text: "winning_evidence" },
      evidence_details: { submission_count: 1 },
    });
    expect(await rows("SELECT status FROM disputes WHERE id = ?1", id)).toEqual([{ status: "under_review" }]);
    await advance({ seconds: 10 });
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(1000);
    await expectBooksToAgree(bought);
  });

  it("with losing evidence leaves the credits taken", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await submits(bought, id, "losing_evidence");
    await advance({ seconds: 10 });
    await everythingArrives(bought);
    expect(await rows("SELECT status FROM disputes WHERE id = ?1", id)).toEqual([{ status: "lost" }]);
    await expectBooksToAgree(bought);
  });

  it("twice is once: the bank takes no more", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await submits(bought, id);
    expect(await submits(bought, id)).toMatchObject({ failure: { kind: "dispute_not_answerable" } });
    expect((await stripe.disputes.retrieve(id)).evidence_details.submission_count).toBe(1);
  });

  it.each(["unreachable", "lose_answer", "fail_after", "api_error"] as const)(
    "that meets %s stands, and the alarm submits the same, once",
    async (fault) => {
      const bought = await buysCredits(1000);
      const id = await disputedAndKnown(bought);
      await nextCall("POST /v1/disputes", fault, 2);

      const made = await submits(bought, id, "What we said at first.");
      expect(made).toMatchObject({ ok: true });
      await alarmRings(bought);

      const dispute = await stripe.disputes.retrieve(id);
      expect(dispute).toMatchObject({
        status: "under_review",
        evidence: { uncategorized_text: "What we said at first." },
        evidence_details: { submission_count: 1 },
      });
      const [kept] = await rows("SELECT round, submitted_at FROM dispute_evidence WHERE dispute_id = ?1", id);
      expect(kept).toMatchObject({ round: 0, submitted_at: expect.any(Number) });
      await expectBooksToAgree(bought);
    },
  );

  it("when the dispute is over is refused", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await stripe.disputes.close(id);
    // We do not know it yet.
    expect(await submits(bought, id)).toMatchObject({ failure: { kind: "evidence_refused" } });
    expect(await submits(bought, id)).toMatchObject({ failure: { kind: "dispute_not_answerable" } });
    await expectBooksToAgree(bought);
  });
});
