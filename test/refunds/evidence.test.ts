/** Evidence for a dispute: built from our own books and submitted when staff decide to, once, whatever is cut off. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { recoverAll } from "../../src/cron/recover.ts";
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
  moves,
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

async function outcomesOf(disputeId: string) {
  return rows(
    `SELECT stage, attempt, submitted_at IS NOT NULL AS is_submitted, refusal
     FROM dispute_evidence
     WHERE dispute_id = ?1
     ORDER BY asked_at, attempt`,
    disputeId,
  );
}

describe("the evidence", () => {
  it("gives the order, its card checks, its receipt, the sign-ins, and how many credits were used", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 300);
    await spends(bought, 50);
    await staffRefunds(bought, 100);
    const id = await disputedAndKnown(bought);
    // Sessions and sign-in links are forgotten in time; the sign-ins themselves are not.
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
    expect(evidence?.uncategorizedText).toContain("Refund issued: USD 1.00");
    expect(evidence?.accessActivityLog).toMatch(/UTC {2}signed in/);
    expect(evidence?.accessActivityLog).toContain("used 350 credits in 2 calls");
  });

  it("tells a payment disputed as a duplicate apart from the customer's others", async () => {
    const other = await buysCredits(500);
    const bought = await buysCredits(1000, { by: other.customer });
    const id = await disputedAndKnown(bought, { reason: "duplicate" });
    const pack = await buildsEvidence(bought, id);
    expect(pack.ok && pack.evidence.duplicateChargeExplanation).toContain(other.orderId);
  });

  it("says how the challenge of a challenged payment ended", async () => {
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

  it("cannot be built or submitted for another account's dispute", async () => {
    const bought = await buysCredits(1000);
    const other = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    expect(await buildsEvidence(other, id)).toMatchObject({ failure: { kind: "dispute_not_found" } });
    expect(await submits(other, id)).toMatchObject({ failure: { kind: "dispute_not_found" } });
  });
});

describe("the evidence of an appeal", () => {
  it("is a single text, the reason for the appeal, which is all that Stripe accepts then", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await moves(id, "lost");
    await moves(id, "appeal_needs_response");
    await everythingArrives(bought);
    const pack = await buildsEvidence(bought, id);
    expect(pack).toMatchObject({ ok: true, evidence: { customerName: "", accessActivityLog: "" } });

    expect(await submits(bought, id)).toMatchObject({ ok: true, isSubmitted: true });

    const dispute = await stripe.disputes.retrieve(id);
    expect(dispute.status).toBe("appeal_under_review");
    expect(dispute.evidence.appeal?.card?.reason_for_filing).toContain(bought.orderId);
    expect(dispute.evidence.access_activity_log).toBeNull();
  });

  it("does not include evidence from before the appeal that never reached Stripe", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await nextCall("POST /v1/disputes", "unreachable", 2);
    await submits(bought, id, "What we said at first.");
    await moves(id, "lost");
    await moves(id, "appeal_needs_response");
    await alarmRings(bought);

    expect((await stripe.disputes.retrieve(id)).status).toBe("appeal_needs_response");
    expect(await outcomesOf(id)).toEqual([
      { stage: "open", attempt: 1, is_submitted: 0, refusal: "too_late" },
    ]);
    expect(await submits(bought, id, "winning_evidence")).toMatchObject({ ok: true, isSubmitted: true });
    await advance({ seconds: 10 });
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(1000);
    await expectBooksToAgree(bought);
  });
});

describe("submitting evidence", () => {
  it("puts it before the bank, and the credits come back when the dispute is won", async () => {
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

  it("that loses the dispute leaves the credits taken", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await submits(bought, id, "losing_evidence");
    await advance({ seconds: 10 });
    await everythingArrives(bought);
    expect(await rows("SELECT status FROM disputes WHERE id = ?1", id)).toEqual([{ status: "lost" }]);
    await expectBooksToAgree(bought);
  });

  it("a second time is refused, because the bank accepts it only once", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await submits(bought, id);
    expect(await submits(bought, id)).toMatchObject({ failure: { kind: "dispute_not_answerable" } });
    expect((await stripe.disputes.retrieve(id)).evidence_details.submission_count).toBe(1);
  });

  it.each(["unreachable", "lose_answer", "fail_after", "api_error"] as const)(
    "that meets %s is kept, and the alarm submits the same evidence, once",
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

  it("that Stripe refuses can be followed by submitting other evidence", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    expect(await submits(bought, id, "More than Stripe takes. ".repeat(1000))).toMatchObject({
      failure: { kind: "evidence_refused" },
    });
    await alarmRings(bought);
    expect((await stripe.disputes.retrieve(id)).status).toBe("needs_response");

    expect(await submits(bought, id, "Other words.")).toMatchObject({ ok: true, isSubmitted: true });

    expect((await stripe.disputes.retrieve(id)).evidence.uncategorized_text).toBe("Other words.");
    expect(await outcomesOf(id)).toEqual([
      { stage: "open", attempt: 1, is_submitted: 0, refusal: expect.any(String) },
      { stage: "open", attempt: 2, is_submitted: 1, refusal: null },
    ]);
  });

  it("that was cut off is submitted by the cron even though the alarm is lost", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await nextCall("POST /v1/disputes", "unreachable", 2);
    await submits(bought, id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 60 * 1000 });
    await recoverAll(env);
    vi.useRealTimers();
    expect((await stripe.disputes.retrieve(id)).status).toBe("under_review");
  });

  it("after the dispute is over is refused", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await stripe.disputes.close(id);
    // Our books do not know yet that it is over.
    expect(await submits(bought, id)).toMatchObject({ failure: { kind: "evidence_refused" } });
    expect(await submits(bought, id)).toMatchObject({ failure: { kind: "dispute_not_answerable" } });
    await expectBooksToAgree(bought);
  });
});
