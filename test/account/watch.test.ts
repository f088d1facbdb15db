/** What the account's alarm watches over: whatever may be cut off, from before it begins, and nothing that does not exist. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { control } from "../stand-in/stripe/support.ts";
import { customerUnder, newRefundId } from "../refunds/support.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { nextCall } from "../support/stripe.ts";

beforeEach(() => control("/reset"));

const CHALLENGED = "4000002500003155";

async function objectOf(customer: Customer) {
  const { account } = await customer.account();
  return env.ACCOUNT.getByName(account.id);
}

/** When the alarm of the customer's account rings next; null when it does not. */
async function alarmOf(customer: Customer): Promise<number | null> {
  return runInDurableObject(await objectOf(customer), (_, state) => state.storage.getAlarm());
}

/** Loses the alarm, as only the platform could. */
async function losesAlarm(customer: Customer): Promise<void> {
  await runInDurableObject(await objectOf(customer), (_, state) => state.storage.deleteAlarm());
}

function asksForRefund(customer: Customer, orderId: string, refundId: string): Promise<Response> {
  return customer.request(`/orders/${orderId}/refund`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refund_id: refundId }),
  });
}

describe("the alarm is not set", () => {
  it("by asking about any number of orders that do not exist", async () => {
    const customer = await signedInCustomer();
    for (let count = 0; count < 5; count += 1) {
      expect(await customer.settles(newOrderId())).toMatchObject({
        status: 404,
        error: { code: "order_not_found" },
      });
    }
    expect(await alarmOf(customer)).toBeNull();
  });

  it("by asking about someone else's order", async () => {
    const owner = await signedInCustomer();
    const { order } = await owner.buys({ card: CHALLENGED });
    const other = await signedInCustomer();
    expect(await other.settles(order?.id ?? "none")).toMatchObject({ status: 404 });
    expect(await alarmOf(other)).toBeNull();
  });

  it("by asking about a paid order, of which nothing can be cut off any more", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys();
    await losesAlarm(customer);
    expect(await customer.settles(order?.id ?? "none")).toMatchObject({ status: 200 });
    expect(await alarmOf(customer)).toBeNull();
  });

  it("by requesting a refund of an order that does not exist, or one that is not offered", async () => {
    const customer = await customerUnder({ SELF_SERVICE_REFUND_DAYS: "30" });
    expect((await asksForRefund(customer, newOrderId(), newRefundId())).status).toBe(404);
    expect(await alarmOf(customer)).toBeNull();

    const strict = await signedInCustomer();
    const { order } = await strict.buys();
    await losesAlarm(strict);
    expect((await asksForRefund(strict, order?.id ?? "none", newRefundId())).status).toBe(403);
    expect(await alarmOf(strict)).toBeNull();
  });
});

describe("the alarm is set", () => {
  it("by asking about an unfinished order, even if Stripe then does not answer", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys({ card: CHALLENGED });
    await losesAlarm(customer);
    await nextCall("GET /v1/setup_intents", "unreachable", 2);
    expect(await customer.settles(order?.id ?? "none")).toMatchObject({ status: 503 });
    expect(await alarmOf(customer)).not.toBeNull();
  });

  it("by asking about an order that ended without payment, because one may still turn up", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000000002" });
    await losesAlarm(customer);
    expect(await customer.settles(orderId)).toMatchObject({ status: 402 });
    expect(await alarmOf(customer)).not.toBeNull();
  });

  it("by requesting a refund, even if Stripe then does not answer, and again by repeating the request", async () => {
    const customer = await customerUnder({ SELF_SERVICE_REFUND_DAYS: "30" });
    const { order } = await customer.buys();
    await losesAlarm(customer);
    await nextCall("POST /v1/refunds", "unreachable", 2);
    const refundId = newRefundId();
    expect((await asksForRefund(customer, order?.id ?? "none", refundId)).status).toBe(202);
    expect(await alarmOf(customer)).not.toBeNull();

    // Requested again while its outcome is unknown, it is watched over again.
    await losesAlarm(customer);
    await nextCall("GET /v1/refunds", "unreachable", 2);
    expect((await asksForRefund(customer, order?.id ?? "none", refundId)).status).toBe(202);
    expect(await alarmOf(customer)).not.toBeNull();
  });
});
