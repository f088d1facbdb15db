import { exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { boughtWith, chargeOf, control, eventTypes, reset, stripe } from "../stripe/support.ts";

beforeEach(reset);

async function paymentsPage(): Promise<string> {
  const response = await exports.default.fetch("http://localhost:8787/stand-in/payments");
  return response.text();
}

/** Every form of the page: where it goes, what it sends when nothing is changed in it, and its button. */
async function forms() {
  const page = await paymentsPage();
  return [...page.matchAll(/<form[^>]*data-switch="\/stand-in([^"]+)"[^>]*>(.*?)<\/form>/gs)].map(
    ([, action = "", content = ""]) => ({
      action,
      button: /<button[^>]*>([^<]*)</.exec(content)?.[1] ?? "",
      values: Object.fromEntries([...inputsOf(content), ...choicesOf(content)]),
    }),
  );
}

function inputsOf(content: string): [string, unknown][] {
  return [...content.matchAll(/<input[^>]*>/g)].map(([input]) => {
    const [, name = ""] = /name="([^"]*)"/.exec(input) ?? [];
    const [, value = ""] = /value="([^"]*)"/.exec(input) ?? [];
    return [name, input.includes("data-number") ? Number(value) : value];
  });
}

function choicesOf(content: string): [string, unknown][] {
  return [...content.matchAll(/<select name="([^"]*)"([^>]*)><option value="([^"]*)"/g)].map(
    ([, name = "", marks = "", value = ""]) => [name, marks.includes("data-flag") ? value === "true" : value],
  );
}

/** Presses the first button of that name, with `changes` to what its form holds. */
async function pressButton(name: string, changes: object = {}): Promise<void> {
  const form = (await forms()).find(({ button }) => button === name);
  if (form === undefined) {
    throw new Error(`The page has no button "${name}".`);
  }
  await control(form.action, { ...form.values, ...changes });
}

describe("the page of payments", () => {
  it("says that there is none yet", async () => {
    expect(await paymentsPage()).toContain("No payment yet.");
    expect(await forms()).toEqual([]);
  });

  it("shows a payment with its customer, card and amount, and what can befall it", async () => {
    const { paid } = await boughtWith("4242424242424242");
    const page = await paymentsPage();

    expect(page).toContain(paid.id);
    expect(page).toContain("<strong>$50.00</strong> ada@example.com");
    expect(page).toContain("visa ·· 4242");
    expect((await forms()).map(({ button }) => button)).toEqual(["Open", "Refund", "Warn"]);
  });

  it("does not show a payment that was declined", async () => {
    await boughtWith("4000000000000341").catch(() => null);

    expect(await paymentsPage()).toContain("No payment yet.");
  });

  it.each([
    ["Win", "won"],
    ["Lose", "lost"],
  ])("a dispute is opened; %s makes it %s", async (button, status) => {
    const { paid } = await boughtWith("4242424242424242");
    await pressButton("Open", { reason: "duplicate" });
    const [opened] = (await stripe.disputes.list({ payment_intent: paid.id })).data;
    expect(opened).toMatchObject({ status: "needs_response", reason: "duplicate", amount: 5000 });

    await pressButton(button);

    expect((await stripe.disputes.retrieve(opened?.id ?? "")).status).toBe(status);
    expect(await paymentsPage()).toContain(`Dispute over $50.00, duplicate: ${status}`);
  });

  it.each([
    ["Close the inquiry", "warning_closed", 0],
    ["Make it a dispute", "needs_response", 1],
  ])("an inquiry is sent; %s makes it %s", async (button, status, withdrawals) => {
    const { paid } = await boughtWith("4242424242424242");
    await pressButton("Open", { inquiry: true });
    expect(await paymentsPage()).toContain("Inquiry over $50.00, fraudulent: needs response");

    await pressButton(button);

    const [dispute] = (await stripe.disputes.list({ payment_intent: paid.id })).data;
    expect(dispute?.status).toBe(status);
    const withdrawn = (await eventTypes()).filter((type) => type === "charge.dispute.funds_withdrawn");
    expect(withdrawn).toHaveLength(withdrawals);
  });

  it("the issuer warns of fraud", async () => {
    const { paid } = await boughtWith("4242424242424242");
    await pressButton("Warn");

    const { data } = await stripe.radar.earlyFraudWarnings.list({ payment_intent: paid.id });
    expect(data).toHaveLength(1);
    expect(await paymentsPage()).toContain("fraud warning");
  });

  it("somebody refunds a part at Stripe, then the rest, and there is nothing left to refund", async () => {
    const { paid } = await boughtWith("4242424242424242");
    await pressButton("Refund", { amount: 2000 });
    await pressButton("Refund");

    const charge = await stripe.charges.retrieve(chargeOf(paid).id);
    expect(charge).toMatchObject({ amount_refunded: 5000, refunded: true });
    const { data } = await stripe.refunds.list({ payment_intent: paid.id });
    expect(data.map(({ amount, status }) => ({ amount, status }))).toEqual([
      { amount: 3000, status: "succeeded" },
      { amount: 2000, status: "succeeded" },
    ]);
    expect((await forms()).map(({ button }) => button)).not.toContain("Refund");
  });

  it.each([
    ["Let it succeed", "succeeded", 5000],
    ["Let it fail", "failed", 0],
    ["Cancel it", "canceled", 0],
  ])("a refund stays pending until it is told: %s makes it %s", async (button, status, refunded) => {
    const { paid } = await boughtWith("4242424242424242");
    await pressButton("Refund", { pending: true });
    await control("/clock", { advance_seconds: 86_400 });
    expect((await stripe.refunds.list({ payment_intent: paid.id })).data[0]?.status).toBe("pending");

    await pressButton(button);

    expect((await stripe.refunds.list({ payment_intent: paid.id })).data[0]?.status).toBe(status);
    expect((await stripe.charges.retrieve(chargeOf(paid).id)).amount_refunded).toBe(refunded);
  });

  it("a refund that succeeded can still fail", async () => {
    const { paid } = await boughtWith("4242424242424242");
    await pressButton("Refund");
    await pressButton("Let it fail");

    expect((await stripe.refunds.list({ payment_intent: paid.id })).data[0]?.status).toBe("failed");
  });

  it("what Stripe refuses is said in its words", async () => {
    await boughtWith("4242424242424242");
    await pressButton("Open");

    await expect(pressButton("Refund")).rejects.toThrow("has been charged back; cannot issue a refund");
  });
});
