import { beforeEach, describe, expect, it } from "vitest";
import {
  advance,
  boughtWith,
  charge,
  chargeOf,
  control,
  errorOf,
  eventTypes,
  reset,
  stripe,
} from "./support.ts";

beforeEach(reset);

describe("a refund", () => {
  it("gives back part of a payment, then the rest, and no more", async () => {
    const { paid } = await boughtWith("4242424242424242");

    const first = await stripe.refunds.create({ payment_intent: paid.id, amount: 2000 });
    expect(first).toMatchObject({ status: "succeeded", amount: 2000, payment_intent: paid.id });
    const tooMuch = await errorOf(stripe.refunds.create({ payment_intent: paid.id, amount: 3001 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, rawType: "invalid_request_error", param: "amount" });

    const rest = await stripe.refunds.create({
      payment_intent: paid.id,
      reason: "requested_by_customer",
      expand: ["charge", "balance_transaction"],
    });
    expect(rest).toMatchObject({
      amount: 3000,
      charge: { amount_refunded: 5000, refunded: true },
      balance_transaction: { amount: -3000, fee: 0, type: "refund" },
    });

    const again = await errorOf(stripe.refunds.create({ payment_intent: paid.id }));
    expect(again).toMatchObject({ statusCode: 400, code: "charge_already_refunded" });
    expect((await stripe.refunds.list({ payment_intent: paid.id })).data).toHaveLength(2);
  });

  it("is announced twice: by a refund event and by a charge event", async () => {
    const { paid } = await boughtWith("4242424242424242");

    await stripe.refunds.create({ payment_intent: paid.id, amount: 2000 });

    expect((await eventTypes()).slice(-2)).toEqual(["refund.created", "charge.refunded"]);
    const [said] = (await stripe.events.list({ type: "charge.refunded" })).data;
    expect(said?.data.previous_attributes).toEqual({ amount_refunded: 0 });
    expect(said?.data.object).not.toHaveProperty("refunds");
  });

  it("can be pending and succeed later (card …7726)", async () => {
    const { paid } = await boughtWith("4000000000007726");
    const refund = await stripe.refunds.create({ payment_intent: paid.id });
    expect(refund).toMatchObject({ status: "pending", pending_reason: "processing" });

    await advance({ hours: 1 });

    expect((await stripe.refunds.retrieve(refund.id)).status).toBe("succeeded");
    const [said] = (await stripe.events.list({ type: "refund.updated" })).data;
    expect(said?.data.previous_attributes).toMatchObject({ status: "pending" });
  });

  it("can succeed and fail later, so that the charge counts as not refunded (card …5126)", async () => {
    const { paid } = await boughtWith("4000000000005126");
    const refund = await stripe.refunds.create({ payment_intent: paid.id });
    expect(refund.status).toBe("succeeded");

    await control("/stripe/jobs/run", { kind: "fail_refund" });

    const failed = await stripe.refunds.retrieve(refund.id, { expand: ["failure_balance_transaction"] });
    expect(failed).toMatchObject({
      status: "failed",
      failure_reason: "expired_or_canceled_card",
      failure_balance_transaction: { amount: 5000, type: "refund_failure" },
    });
    expect(await stripe.charges.retrieve(chargeOf(paid).id)).toMatchObject({
      amount_refunded: 0,
      refunded: false,
    });
    expect((await eventTypes()).at(-1)).toBe("refund.failed");
  });

  it("can be made to fail for any card", async () => {
    const { paid } = await boughtWith("4242424242424242");
    const refund = await stripe.refunds.create({ payment_intent: paid.id });

    await control("/stripe/refunds/fail", { id: refund.id });

    expect((await stripe.refunds.retrieve(refund.id)).status).toBe("failed");
  });

  it("that is pending can be canceled by hand, and the money comes back", async () => {
    const { paid } = await boughtWith("4000000000007726");
    const refund = await stripe.refunds.create({ payment_intent: paid.id });
    expect(refund.status).toBe("pending");

    await control("/stripe/refunds/cancel", { id: refund.id });

    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: "canceled",
      failure_reason: "merchant_request",
    });
    expect(await stripe.charges.retrieve(chargeOf(paid).id)).toMatchObject({ amount_refunded: 0 });
    expect((await eventTypes()).at(-1)).toBe("charge.refund.updated");
  });

  it("needs a payment that succeeded", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 5000, currency: "usd" });

    const error = await errorOf(stripe.refunds.create({ payment_intent: intent.id }));

    expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
  });

  it("of a partial capture gives back what was captured, not what was released", async () => {
    const { customer, method } = await boughtWith("4242424242424242");
    const held = await charge(customer, method, { capture_method: "manual" });

    const captured = await stripe.paymentIntents.capture(held.id, {
      amount_to_capture: 3000,
      expand: ["latest_charge"],
    });
    expect(captured).toMatchObject({ amount: 5000, amount_received: 3000, status: "succeeded" });
    expect(chargeOf(captured)).toMatchObject({ amount_captured: 3000, amount_refunded: 2000 });

    expect((await stripe.refunds.create({ payment_intent: held.id })).amount).toBe(3000);
  });

  it("of a released hold is recorded with its reason and moves no money", async () => {
    const { customer, method } = await boughtWith("4242424242424242");
    await charge(customer, method, { capture_method: "manual" });

    await advance({ days: 8 });

    const [refund] = (await stripe.refunds.list()).data;
    expect(refund).toMatchObject({ reason: "expired_uncaptured_charge", balance_transaction: null });
  });
});
