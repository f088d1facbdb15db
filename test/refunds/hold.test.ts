/** While a payment is disputed: what the operator's setting stops, for whom and until when, and what happens to purchases already under way. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { challenge } from "../stand-in/stripe/support.ts";
import worker from "../stand-in/worker.ts";
import { rows } from "../support/books.ts";
import { newOrderId, ORIGIN } from "../support/customer.ts";
import { nextCall, paymentsOf } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  moves,
  spends,
} from "./support.ts";

const ALWAYS_CHALLENGED = "4000002760003184";
const ON_HOLD = { status: 403, error: { code: "account_on_hold" } };

/** A customer with a saved card and a payment that is partly disputed. */
async function disputedUnder(setting: string): Promise<{ bought: Bought; dispute: string }> {
  const bought = await buysCredits(1000, { by: await customerUnder({ DURING_DISPUTE: setting }) });
  const dispute = await disputed(bought, { amount: 100 });
  await everythingArrives(bought);
  return { bought, dispute };
}

/** The cron runs once, as this deployment would run it under another setting. */
async function cronRunsUnder(setting: string): Promise<void> {
  const context = createExecutionContext();
  const settings: Record<string, unknown> = { DURING_DISPUTE: setting };
  await worker.scheduled(createScheduledController(), { ...env, ...settings });
  await waitOnExecutionContext(context);
}

/** The account page as this deployment would show it with another setting. */
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
  ["stop_buying", "you cannot buy credits"],
  ["stop_all", "you cannot buy or use credits"],
] as const)("during a dispute under the setting %s", (setting, said) => {
  it("nothing can be bought, with a new card or a saved one, and no order or payment is made", async () => {
    const { bought } = await disputedUnder(setting);
    const [card] = (await bought.customer.account()).saved_cards;
    const orderId = newOrderId();

    expect(await bought.customer.buys({ orderId })).toMatchObject(ON_HOLD);
    expect(await bought.customer.buys({ orderId, cardId: card?.id ?? "none" })).toMatchObject(ON_HOLD);

    expect(await rows("SELECT id FROM orders WHERE id = ?1", orderId)).toEqual([]);
    expect(await paymentsOf(bought.customer)).toHaveLength(1);
    expect(await balanceOf(bought)).toBe(900);
  });

  it("the account page says what is stopped, until the dispute is decided", async () => {
    const { bought, dispute } = await disputedUnder(setting);
    expect((await accountPageUnder(bought, setting)).toLowerCase()).toContain(said);
    await moves(dispute, "won");
    await everythingArrives(bought);
    expect((await accountPageUnder(bought, setting)).toLowerCase()).not.toContain(said);
  });

  it("buying resumes when the last of several disputes is decided, and stops again for an appeal", async () => {
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

  it("other customers can still buy", async () => {
    await disputedUnder(setting);
    const other = await customerUnder({ DURING_DISPUTE: setting });
    expect(await other.buys()).toMatchObject({ status: 200 });
  });
});

describe("spending", () => {
  it("of other credits goes on during a dispute under the default setting", async () => {
    const { bought } = await disputedUnder("stop_buying");
    await spends(bought, 300);
    expect(await balanceOf(bought)).toBe(600);
  });

  it("is refused by the database during a dispute under stop_all, and resumes when the dispute is decided", async () => {
    const { bought, dispute } = await disputedUnder("stop_all");
    await expect(spends(bought, 1)).rejects.toThrow("spending is stopped while a dispute is open");

    await moves(dispute, "lost");
    await everythingArrives(bought);
    await spends(bought, 300);

    await moves(dispute, "appeal_under_review");
    await everythingArrives(bought);
    await expect(spends(bought, 1)).rejects.toThrow("spending is stopped");
    expect(await balanceOf(bought)).toBe(600);
    await expectBooksToAgree(bought);
  });

  it("stays stopped while another dispute of the account is open, and is never stopped for an inquiry", async () => {
    const { bought, dispute } = await disputedUnder("stop_all");
    await disputed(bought, { amount: 200 });
    await moves(dispute, "won");
    await everythingArrives(bought);
    await expect(spends(bought, 1)).rejects.toThrow("spending is stopped");

    const asked = await buysCredits(1000, { by: await customerUnder({ DURING_DISPUTE: "stop_all" }) });
    await disputed(asked, { inquiry: true });
    await everythingArrives(asked);
    await spends(asked, 1);
    expect(await balanceOf(asked)).toBe(999);
  });

  it("stops and resumes with the next run of the cron when the operator changes the setting", async () => {
    const { bought } = await disputedUnder("stop_buying");
    await cronRunsUnder("stop_all");
    await expect(spends(bought, 1)).rejects.toThrow("spending is stopped");
    await cronRunsUnder("nothing");
    await spends(bought, 1);
    expect(await balanceOf(bought)).toBe(899);
  });
});

describe("during a dispute under the setting nothing", () => {
  it("buying goes on, and the account page does not say otherwise", async () => {
    const { bought } = await disputedUnder("nothing");
    expect(await accountPageUnder(bought, "nothing")).not.toMatch(/you cannot buy/i);
    expect(await bought.customer.buys({ credits: 500 })).toMatchObject({ status: 200 });
    expect(await balanceOf(bought)).toBe(1400);
  });
});

describe("a purchase under way when the dispute opens", () => {
  it("is finished after the challenge it was waiting for", async () => {
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

  it("is credited once if its charge is already on its way to Stripe, and the dispute is booked as well", async () => {
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

  it("is found and credited by the alarm if its charge was cut off", async () => {
    const bought = await buysCredits(1000);
    const orderId = newOrderId();
    await nextCall("POST /v1/payment_intents", "lose_answer", 2);
    const cut = await bought.customer.buys({ orderId, credits: 500 });
    expect(cut).toMatchObject({ status: 503, error: { order: { state: "paying" } } });
    await disputed(bought);
    await everythingArrives(bought);
    expect(await balanceOf(bought)).toBe(0);

    await alarmRings(bought);

    expect(await rows("SELECT state FROM orders WHERE id = ?1", orderId)).toEqual([{ state: "paid" }]);
    expect(await balanceOf(bought)).toBe(500);
    expect(await paymentsOf(bought.customer)).toHaveLength(2);
    await expectBooksToAgree(bought);
  });
});
