import { beforeEach, describe, expect, it } from "vitest";
import { boughtWith, chargeOf, control, errorOf, eventTypes, reset, stripe } from "./support.ts";

beforeEach(reset);

/** A payment that has been disputed, and the dispute. */
async function disputed(number: string) {
  const { paid } = await boughtWith(number);
  await control("/stripe/jobs/run", { kind: "open_disputes" });
  const { data } = await stripe.disputes.list({ payment_intent: paid.id });
  const [dispute] = data;
  if (dispute === undefined) {
    throw new Error("There is no dispute.");
  }
  return { paid, dispute, disputes: data };
}

describe("a dispute", () => {
  it("takes the money and a fee (card …0259)", async () => {
    const { paid, dispute } = await disputed("4000000000000259");

    expect(dispute).toMatchObject({
      amount: 5000,
      reason: "fraudulent",
      status: "needs_response",
      is_charge_refundable: false,
      balance_transactions: [{ amount: -5000, fee: 1500, net: -6500 }],
    });
    expect((await stripe.charges.retrieve(chargeOf(paid).id)).disputed).toBe(true);
    expect((await eventTypes()).slice(-2)).toEqual([
      "charge.dispute.created",
      "charge.dispute.funds_withdrawn",
    ]);
  });

  it("can be about a product not received (card …2685)", async () => {
    expect((await disputed("4000000000002685")).dispute.reason).toBe("product_not_received");
  });

  it("can be one of several for a payment (card …0079)", async () => {
    const { disputes } = await disputed("4000000404000079");

    expect(disputes.map(({ amount }) => amount)).toEqual([2500, 2500]);
  });

  it("is won with winning evidence, and the money comes back", async () => {
    const { dispute } = await disputed("4000000000000259");

    const answered = await stripe.disputes.update(dispute.id, {
      evidence: { uncategorized_text: "winning_evidence", product_description: "1,000 credits" },
    });
    expect(answered).toMatchObject({
      status: "under_review",
      evidence_details: { has_evidence: true, submission_count: 1 },
    });
    await control("/stripe/jobs/run", { kind: "decide_dispute" });

    const won = await stripe.disputes.retrieve(dispute.id);
    expect(won.status).toBe("won");
    expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-5000, 5000]);
    expect((await eventTypes()).slice(-3)).toEqual([
      "charge.dispute.updated",
      "charge.dispute.funds_reinstated",
      "charge.dispute.closed",
    ]);
  });

  it("is lost with losing evidence", async () => {
    const { dispute } = await disputed("4000000000000259");

    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: "losing_evidence" } });
    await control("/stripe/jobs/run", { kind: "decide_dispute" });

    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("lost");
    expect((await eventTypes()).at(-1)).toBe("charge.dispute.closed");
  });

  it("keeps evidence that is not submitted yet", async () => {
    const { dispute } = await disputed("4000000000000259");

    const staged = await stripe.disputes.update(dispute.id, {
      evidence: { customer_name: "Ada" },
      submit: false,
    });

    expect(staged).toMatchObject({ status: "needs_response", evidence: { customer_name: "Ada" } });
  });

  it("is lost when nobody answers it, and when it is accepted", async () => {
    const first = await disputed("4000000000000259");
    await control("/stripe/jobs/run", { kind: "lapse_dispute" });
    expect(await stripe.disputes.retrieve(first.dispute.id)).toMatchObject({
      status: "lost",
      evidence_details: { past_due: true },
    });

    const second = await disputed("4000000000000259");
    expect((await stripe.disputes.close(second.dispute.id)).status).toBe("lost");
    expect((await errorOf(stripe.disputes.close(second.dispute.id))).statusCode).toBe(400);
  });

  it("prevents a refund", async () => {
    const { paid } = await disputed("4000000000000259");

    const error = await errorOf(stripe.refunds.create({ payment_intent: paid.id }));

    expect(error).toMatchObject({ statusCode: 400, code: "charge_disputed" });
  });

  it("can go through an appeal", async () => {
    const { dispute } = await disputed("4000000000000259");

    for (const status of ["won", "appeal_needs_response"]) {
      await control("/stripe/disputes/move", { id: dispute.id, status });
    }
    const answered = await stripe.disputes.update(dispute.id, {
      evidence: { appeal: { card: { reason_for_filing: "Delivered." } } },
    });
    expect(answered).toMatchObject({
      status: "appeal_under_review",
      evidence: { appeal: { card: { reason_for_filing: "Delivered." } } },
    });

    await control("/stripe/disputes/move", { id: dispute.id, status: "lost" });
    const lost = await stripe.disputes.retrieve(dispute.id);
    expect(lost.balance_transactions.map(({ amount }) => amount)).toEqual([-5000, 5000, -5000]);
  });
});

describe("an inquiry", () => {
  it("takes no money, and can be answered with a refund (card …1976)", async () => {
    const { paid, dispute } = await disputed("4000000000001976");

    expect(dispute).toMatchObject({
      status: "warning_needs_response",
      is_charge_refundable: true,
      balance_transactions: [],
    });
    expect(await eventTypes()).not.toContain("charge.dispute.funds_withdrawn");
    expect((await stripe.refunds.create({ payment_intent: paid.id })).status).toBe("succeeded");
  });

  it("is closed by winning evidence, and escalates on losing evidence", async () => {
    const won = await disputed("4000000000001976");
    await stripe.disputes.update(won.dispute.id, { evidence: { uncategorized_text: "winning_evidence" } });
    const lost = await disputed("4000000000001976");
    await stripe.disputes.update(lost.dispute.id, { evidence: { uncategorized_text: "losing_evidence" } });

    await control("/stripe/jobs/run", { kind: "decide_dispute" });

    expect((await stripe.disputes.retrieve(won.dispute.id)).status).toBe("warning_closed");
    expect((await stripe.disputes.retrieve(lost.dispute.id)).status).toBe("needs_response");
    expect(await eventTypes()).toContain("charge.dispute.funds_withdrawn");
  });
});

describe("an early fraud warning", () => {
  it("follows the payment, and calls for nothing more once it is refunded (card …5423)", async () => {
    const { paid } = await boughtWith("4000000000005423");
    await control("/stripe/jobs/run", { kind: "warn_of_fraud" });
    const [warning] = (await stripe.radar.earlyFraudWarnings.list({ payment_intent: paid.id })).data;
    expect(warning).toMatchObject({ actionable: true, charge: chargeOf(paid).id });

    await stripe.refunds.create({ payment_intent: paid.id });

    const after = await stripe.radar.earlyFraudWarnings.retrieve(warning?.id ?? "");
    expect(after.actionable).toBe(false);
    expect((await eventTypes()).at(-1)).toBe("radar.early_fraud_warning.updated");
  });

  it("can be about any payment", async () => {
    const { paid } = await boughtWith("4242424242424242");

    await control("/stripe/early_fraud_warnings", { payment_intent: paid.id });
    await control("/stripe/disputes", { payment_intent: paid.id, amount: 1000, inquiry: true });

    expect(await eventTypes()).toContain("radar.early_fraud_warning.created");
    expect((await stripe.disputes.list()).data[0]).toMatchObject({ amount: 1000 });
  });
});
