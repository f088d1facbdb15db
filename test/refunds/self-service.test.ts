/** Customers refunding their own unused credits: only if the operator offers it, within the days it gives, and only what is unused. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { advance } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  mailsTo,
  newRefundId,
  spends,
} from "./support.ts";

const OFFERED = { SELF_SERVICE_REFUND_DAYS: "14" };
const FAILS_LATER = "4000000000005126";
const DAY = 24 * 60 * 60 * 1000;

afterEach(() => {
  vi.useRealTimers();
});

async function asks(
  { customer, orderId }: Bought,
  body: unknown = { refund_id: newRefundId() },
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await customer.request(`/orders/${orderId}/refund`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function buysWithOffer(credits = 1000): Promise<Bought> {
  return buysCredits(credits, { by: await customerUnder(OFFERED) });
}

/** The order's page with the test's own settings. */
async function pageOf({ customer, orderId }: Bought, settings: Record<string, string> = {}): Promise<string> {
  const context = createExecutionContext();
  const response = await app.fetch(
    new Request(`http://localhost:8787/orders/${orderId}`, {
      headers: { Cookie: customer.cookie, Accept: "text/html" },
    }),
    { ...env, ...settings },
    context,
  );
  await waitOnExecutionContext(context);
  return response.text();
}

describe("a refund by the customer", () => {
  it("is neither shown nor granted unless the operator offers it", async () => {
    const bought = await buysCredits(1000);
    expect(await asks(bought)).toMatchObject({
      status: 403,
      body: { error: { code: "refund_not_offered" } },
    });
    expect(await pageOf(bought)).not.toContain("Refund unused credits");
    expect(await balanceOf(bought)).toBe(1000);
  });

  it("gives back the money for all credits if none is used", async () => {
    const bought = await buysWithOffer();
    expect(await asks(bought)).toMatchObject({
      status: 200,
      body: { refund: { state: "succeeded", amount_cents: 1000 } },
    });
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("gives back the money for the unused credits of a partly used order, and nothing more", async () => {
    const bought = await buysWithOffer();
    await spends(bought, 333);
    expect(await asks(bought)).toMatchObject({ body: { refund: { amount_cents: 667 } } });
    expect(await balanceOf(bought)).toBe(0);
    expect(await asks(bought)).toMatchObject({ status: 409, body: { error: { code: "nothing_to_refund" } } });
    await expectBooksToAgree(bought);
  });

  it("gives nothing back for an order whose credits are all used", async () => {
    const bought = await buysWithOffer();
    await spends(bought, 1000);
    expect(await asks(bought)).toMatchObject({ status: 409, body: { error: { code: "nothing_to_refund" } } });
  });

  it("gives nothing back for credits that expired", async () => {
    const bought = await buysWithOffer();
    await spends(bought, 1000, "expiry");
    expect(await asks(bought)).toMatchObject({ status: 409, body: { error: { code: "nothing_to_refund" } } });
  });

  it("is refused once the offered days are over", async () => {
    const bought = await buysWithOffer();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 14 * DAY + 60_000 });
    expect(await asks(bought)).toMatchObject({
      status: 403,
      body: { error: { code: "refund_not_offered" } },
    });
  });

  it("is made once when requested several times with the same id, at once or later", async () => {
    const bought = await buysWithOffer();
    const body = { refund_id: newRefundId() };
    const answers = await Promise.all([asks(bought, body), asks(bought, body), asks(bought, body)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await asks(bought, body)).status).toBe(200);
    expect(await rows("SELECT state FROM refunds WHERE order_id = ?1", bought.orderId)).toHaveLength(1);
    await expectBooksToAgree(bought);
  });

  it("that is cut off still stands, and the alarm finishes it", async () => {
    const bought = await buysWithOffer();
    await nextCall("POST /v1/refunds", "lose_answer", 2);
    expect(await asks(bought)).toMatchObject({ status: 202, body: { refund: { state: "requested" } } });
    await alarmRings(bought);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("keeps its credits from being spent until Stripe has answered", async () => {
    const bought = await buysWithOffer();
    await spends(bought, 100);
    await nextCall("POST /v1/refunds", "lose_answer", 2);
    expect(await asks(bought)).toMatchObject({ status: 202 });

    await expect(spends(bought, 1)).rejects.toThrow("set aside for a refund");
    await alarmRings(bought);

    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("keeps its credits from being spent while Stripe is being asked, and leaves the others to be spent", async () => {
    const bought = await buysWithOffer();
    const other = await buysCredits(500, { by: bought.customer });
    await nextCall("POST /v1/refunds", "slow", 1, 1500);
    const asking = asks(bought);
    await expect
      .poll(() => rows("SELECT state FROM refunds WHERE order_id = ?1", bought.orderId))
      .toEqual([{ state: "requested" }]);

    await expect(spends(bought, 1)).rejects.toThrow("set aside for a refund");
    await spends(other, 200);

    expect(await asking).toMatchObject({ status: 200, body: { refund: { amount_cents: 1000 } } });
    expect(await balanceOf(bought)).toBe(300);
    await expectBooksToAgree(bought);
  });

  it("that Stripe refuses leaves its credits to be spent again", async () => {
    const bought = await buysWithOffer();
    // The dispute's event has not arrived, so only Stripe knows that it makes no refund now.
    await disputed(bought, { amount: 100 });
    expect(await asks(bought)).toMatchObject({ status: 409, body: { error: { code: "refund_refused" } } });

    expect(await balanceOf(bought)).toBe(900);
    await spends(bought, 900);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it("that the bank sends back returns its credits, which can then be spent", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(OFFERED), card: FAILS_LATER });
    await spends(bought, 400);
    expect(await asks(bought)).toMatchObject({ body: { refund: { amount_cents: 600 } } });
    expect(await balanceOf(bought)).toBe(0);
    await advance({ seconds: 10 });
    await everythingArrives(bought);

    expect(await balanceOf(bought)).toBe(600);
    await spends(bought, 600);
    await expectBooksToAgree(bought);
  });

  it("that never reached Stripe is not made once its credits have expired; the customer is told, and repeating it is refused", async () => {
    const bought = await buysWithOffer();
    const body = { refund_id: newRefundId() };
    await nextCall("POST /v1/refunds", "unreachable", 2);
    await asks(bought, body);
    await spends(bought, 900, "expiry");
    await alarmRings(bought);
    expect(await rows("SELECT state, failure FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { state: "refused", failure: "credits_used" },
    ]);
    expect(await balanceOf(bought)).toBe(100);
    const [mail] = await mailsTo(bought);
    expect(mail?.subject).toBe("Your refund of $10.00 could not be made");

    expect(await asks(bought, body)).toMatchObject({
      status: 409,
      body: { error: { code: "refund_refused" } },
    });
    await spends(bought, 100);
    await alarmRings(bought);
    expect(await mailsTo(bought)).toHaveLength(1);
    await expectBooksToAgree(bought);
  });

  it("is refused while the payment is disputed", async () => {
    const bought = await buysWithOffer();
    await disputed(bought, { amount: 100 });
    await everythingArrives(bought);
    expect(await asks(bought)).toMatchObject({ status: 409, body: { error: { code: "order_disputed" } } });
  });

  it.each([{}, { refund_id: "rfd_1" }, { refund_id: newRefundId(), amount_cents: 5 }, "nonsense"])(
    "is refused as invalid when the request is %j",
    async (body) => {
      const bought = await buysCredits(1000);
      expect(await asks(bought, body)).toMatchObject({
        status: 422,
        body: { error: { code: "invalid_request" } },
      });
    },
  );

  it("of someone else's order finds no such order", async () => {
    const bought = await buysWithOffer();
    const stranger = await customerUnder(OFFERED);
    expect(await asks({ ...bought, customer: stranger })).toMatchObject({ status: 404 });
    expect(await balanceOf(bought)).toBe(1000);
  });

  it("is explained on the order's page, and made by a form that needs no script", async () => {
    const bought = await buysWithOffer();
    await spends(bought, 250);
    const page = await pageOf(bought, OFFERED);
    expect(page).toContain("You get $7.50 back to the card ending in 4242, and 750 credits from this order");
    const refundId = /name="refund_id" value="(rfd_[0-9a-f]{32})"/.exec(page)?.[1] ?? "none";

    const response = await bought.customer.request(`/orders/${bought.orderId}/refund`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: "http://localhost:8787",
        Accept: "text/html",
      },
      body: new URLSearchParams({ refund_id: refundId }).toString(),
    });

    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe(`/orders/${bought.orderId}`);
    const after = await pageOf(bought, OFFERED);
    expect(after).toContain("$7.50 was refunded, and its 750 credits left your balance.");
    expect(after).not.toContain("Refund unused credits");
    await expectBooksToAgree(bought);
  });

  it("is not made by another site's form", async () => {
    const bought = await buysWithOffer();
    const response = await bought.customer.request(`/orders/${bought.orderId}/refund`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: "https://evil.example" },
      body: new URLSearchParams({ refund_id: newRefundId() }).toString(),
    });
    expect(response.status).toBe(403);
    expect(await balanceOf(bought)).toBe(1000);
  });
});
