/** A payment that staff were told of and refunded in full at Stripe: it is resolved, and differs again if the refund fails. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { DAY } from "../../src/domain/instant.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { newOrderId } from "../support/customer.ts";
import { bankSays, chargesAtStripe, delivers, nextCall } from "../support/stripe.ts";
import { type Bought, buysCredits, expectBooksToAgree, fails, lines } from "../refunds/support.ts";
import { staffMember } from "../staff/support.ts";
import { begins, kindsListed } from "./support.ts";

beforeEach(begins);
afterEach(async () => {
  vi.useRealTimers();
  await bankSays("as_card");
});

const staff = staffMember();

/** A payment at Stripe with our metadata that the product did not make. Returns its id. */
async function paysAtStripe(orderId: string, amount = 1000): Promise<string> {
  const payment = await chargesAtStripe({ amount, metadata: { order_id: orderId } });
  return payment.id;
}

/** An order that was placed and never charged. */
async function uncharged({ customer }: Bought): Promise<string> {
  const orderId = newOrderId();
  await nextCall("POST /v1/payment_intents", "unreachable", 2);
  await customer.buys({ orderId });
  return orderId;
}

/** A purchase whose card passed its checks when it was verified, and failed one when it was charged. */
async function chargedWithFailedCheck(): Promise<Bought> {
  await bankSays("pass_at_setup");
  return buysCredits(1000, { card: "4000000000000036" });
}

describe("a payment without credits of ours", () => {
  it.each<[string, (bought: Bought) => Promise<string>]>([
    ["second_payment", ({ orderId }) => paysAtStripe(orderId)],
    ["payment_without_order", () => paysAtStripe(newOrderId())],
    ["amount_differs", async (bought) => paysAtStripe(await uncharged(bought), 999)],
    // It is not the customer's own payment, so it can never be posted.
    ["payment_not_credited", async (bought) => paysAtStripe(await uncharged(bought))],
  ])("listed as %s is resolved once all of it is refunded, not a part", async (kind, happens) => {
    const payment = await happens(await buysCredits(1000));
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 1 });
    expect(await kindsListed()).toEqual([kind]);

    await stripe.refunds.create({ payment_intent: payment, amount: 400 });
    expect(await reconcileNow(env)).toMatchObject({ differences: 1 });
    await stripe.refunds.create({ payment_intent: payment });
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
    // Nor is it listed when Stripe tells of the payment once more.
    await delivers({ type: "payment_intent.succeeded", payment_intent: payment });
    expect(await kindsListed()).toEqual([]);
  });

  it("is listed again if its refund fails weeks later, even if staff had closed it", async () => {
    const { orderId } = await buysCredits(1000);
    const payment = await paysAtStripe(orderId);
    await reconcileNow(env);
    await staff.posts("/admin/books/close", {
      kind: "second_payment",
      subject: payment,
      version: 1,
      note: "Refunded",
    });
    const refund = await stripe.refunds.create({ payment_intent: payment });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });

    vi.setSystemTime(Date.now() + 20 * DAY);
    await fails(refund.id);

    expect(await reconcileNow(env)).toMatchObject({ differences: 1 });
    expect(await kindsListed()).toEqual(["second_payment"]);
  });
});

describe("an order charged although a check failed", () => {
  it("is listed for staff, and reconciled all the same", async () => {
    const { orderId } = await chargedWithFailedCheck();
    expect(await reconcileNow(env)).toMatchObject({ payments: 1, differences: 1 });
    expect(await kindsListed()).toEqual(["check_failed"]);
    const [order] = await rows("SELECT reconciled_at FROM orders WHERE id = ?1", orderId);
    expect(order?.["reconciled_at"]).not.toBeNull();
  });

  it("stays closed once staff have closed it", async () => {
    const { paymentIntent } = await chargedWithFailedCheck();
    await reconcileNow(env);
    const closed = await staff.posts("/admin/books/close", {
      kind: "check_failed",
      subject: paymentIntent,
      version: 1,
      note: "Known to us",
    });
    expect(closed.status).toBe(200);
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * DAY });
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
    vi.setSystemTime(Date.now() + 60 * DAY);
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
  });

  it("is resolved once the order is refunded in full", async () => {
    const bought = await chargedWithFailedCheck();
    await reconcileNow(env);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent });
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -1000],
    ]);
    await expectBooksToAgree(bought);
  });
});
