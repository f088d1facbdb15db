/** While a payment is disputed: what the operator stops, for whom, until when; and what was under way already. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { challenge } from "../stand-in/stripe/support.ts";
import worker from "../stand-in/worker.ts";
import { rows } from "../support/books.ts";
import { newOrderId, ORIGIN } from "../support/customer.ts";
import { nextCall, paymentsOf } from "../support/stripe.ts";
import {
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  moves,
} from "./support.ts";

const ALWAYS_CHALLENGED = "4000002760003184";
const ON_HOLD = { status: 403, error: { code: "account_on_hold" } };

/** Somebody with a saved card and a payment of which a part is disputed. */
async function disputedUnder(setting: string): Promise<{ bought: Bought; dispute: string }> {
  const bought = await buysCredits(1000, { by: await customerUnder({ DURING_DISPUTE: setting }) });
  const dispute = await disputed(bought, { amount: 100 });
  await everythingArrives(bought);
  return { bought, dispute };
}

/** The account page as this deployment would show it under another setting. */
async function accountPageUnder({ customer }: Bought, setting: string): Promise<string> {
  const context = createExecutionContext();
  const request = new Request(`${ORIGIN}/account`, {
    headers: { Cookie: customer.cookie, Accept: "text/html" },
  });
  const settings: Record<string, unknown> = { DURING_DISPUTE: setting };
  const response = await worker.fetch(request, { ...env, ...settings }, context);
  await waitOnExecutionContext(context);
  return (await response.text()).replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
}

describe.each([
  ["stop_buying", "nothing can be bought here"],
  ["stop_all", "nothing can be bought or spent here"],
] as const)("with the setting %s", (setting, said) => {
  it("nothing is bought, by a new card or a saved one, and neither Stripe nor D1 hears of it", async () => {
    const { bought } = await disputedUnder(setting);
    const [card] = (await bought.customer.account()).saved_cards;
    const orderId = newOrderId();

    expect(await bought.customer.buys({ orderId })).toMatchObject(ON_HOLD);
    expect(await bought.customer.buys({ orderId, cardId: card?.id ?? "none" })).toMatchObject(ON_HOLD);

    expect(await rows("SELECT id FROM orders WHERE id = ?1", orderId)).toEqual([]);
    expect(await paymentsOf(bought.customer)).toHaveLength(1);
    expect(await balanceOf(bought)).toBe(900);
  });

  it("the page says what is stopped, and nothing of it once the dispute is decided", async () => {
    const { bought, dispute } = await disputedUnder(setting);
    expect((await accountPageUnder(bought, setting)).toLowerCase()).toContain(said);
    await moves(dispute, "won");
    await everythingArrives(bought);
    expect((await accountPageUnder(bought, setting)).toLowerCase()).not.toContain(said);
  });

  it("buying goes on when the last of several disputes is decided, and stops again for an appeal", async () => {
    const { bought, dispute } = await disputedUnder(setting);
    const second = await disputed(bought, { amount: 200 });
    await moves(dispute, "lost");
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject(ON_HOLD);

    await moves(second, "lost");
    await everythingArrives(bought);
    expect(await bought.customer.buys({ credits: 500 })).toMatchObject({ status: 200 });

    await moves(second, "appeal_needs_response");
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject(ON_HOLD);
    await expectBooksToAgree(bought);
  });

  it("nobody else is kept from buying", async () => {
    await disputedUnder(setting);
    const other = await customerUnder({ DURING_DISPUTE: setting });
    expect(await other.buys()).toMatchObject({ status: 200 });
  });
});

describe("with the setting nothing", () => {
  it("buying goes on, and the page stops nothing", async () => {
    const { bought } = await disputedUnder("nothing");
    expect(await accountPageUnder(bought, "nothing")).not.toMatch(/nothing can be bought/i);
    expect(await bought.customer.buys({ credits: 500 })).toMatchObject({ status: 200 });
    expect(await balanceOf(bought)).toBe(1400);
  });
});

describe("a purchase under way when the dispute opens", () => {
  it("waiting for its customer at the bank is finished: they were asked, and answered", async () => {
    const bought = await buysCredits(1000);
    const orderId = newOrderId();
    const placed = await bought.customer.buys({ orderId, credits: 500, card: ALWAYS_CHALLENGED });
    expect(placed).toMatchObject({ status: 202, order: { state: "verifying" } });

    await disputed(bought);
    await everythingArrives(bought);
    expect(await bought.customer.buys()).toMatchObject(ON_HOLD);

    await challenge({ client_secret: placed.client_secret ?? null }, "authenticated");
    const verified = await bought.customer.settles(orderId);
    expect(verified).toMatchObject({ status: 202, order: { state: "paying" } });
    await challenge({ client_secret: verified.client_secret ?? null }, "authenticated");
    expect(await bought.customer.settles(orderId)).toMatchObject({ status: 200, order: { state: "paid" } });
    expect(await balanceOf(bought)).toBe(500);
  });

  it("whose charge is on its way to Stripe is credited, once, and the dispute is booked beside it", async () => {
    const bought = await buysCredits(1000);
    const [card] = (await bought.customer.account()).saved_cards;
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "slow", 1, 1500);

    const buying = bought.customer.buys({ orderId, credits: 500, cardId: card?.id ?? "none" });
    await expect
      .poll(() => rows("SELECT state FROM orders WHERE id = ?1", orderId))
      .toEqual([{ state: "paying" }]);
    await disputed(bought, { amount: 400 });
    await everythingArrives(bought);

    expect(await buying).toMatchObject({ status: 200, order: { state: "paid" } });
    expect(await balanceOf(bought)).toBe(1100);
    expect(await bought.customer.buys({ orderId, credits: 500, cardId: card?.id ?? "none" })).toMatchObject({
      status: 200,
    });
    expect(await bought.customer.buys()).toMatchObject(ON_HOLD);
    await expectBooksToAgree(bought);
  });

  it("whose charge was cut off is found and credited by the alarm", async () => {
    const bought = await buysCredits(1000);
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "lose_answer", 2);
    await bought.customer.buys({ orderId, credits: 500 });
    await disputed(bought);
    await everythingArrives(bought);
    await env.ACCOUNT.getByName(bought.accountId).recover(bought.accountId);
    expect(await balanceOf(bought)).toBe(500);
  });
});
