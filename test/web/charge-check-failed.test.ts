/** A card that passes when it is verified and fails a check when it is charged: the money has moved, and the card is forgotten. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { type Customer, signedInCustomer } from "../support/customer.ts";
import { bankSays, cardsAtStripe, chargedCents, delivers, nextCall, paymentsOf } from "../support/stripe.ts";

const FAILS_POSTCODE = "4000000000000036";

afterEach(() => bankSays("as_card"));

async function creditedEntries(customer: Customer): Promise<unknown[]> {
  const { account } = await customer.account();
  const { results } = await env.DB.prepare(
    "SELECT kind, credits FROM ledger_entries WHERE account_id = ?1 ORDER BY seq",
  )
    .bind(account.id)
    .all();
  return results;
}

async function listed(): Promise<{ kind: string; orderId: string | null }[]> {
  const found = await listDifferences(env.DB, 100);
  return found.map(({ kind, orderId }) => ({ kind, orderId }));
}

/** The cards of a customer's account, saved or not, as only the database has them. */
async function cardIdsOf(customer: Customer): Promise<string[]> {
  const { account } = await customer.account();
  const { results } = await env.DB.prepare("SELECT id FROM cards WHERE account_id = ?1")
    .bind(account.id)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

describe("a new card whose check fails only with the charge", () => {
  it("is paid and credited once, and then neither offered, kept at Stripe nor accepted for the next order", async () => {
    await bankSays("pass_at_setup");
    const customer = await signedInCustomer();

    const bought = await customer.buys({ card: FAILS_POSTCODE, save: true });

    expect(bought).toMatchObject({ status: 200, balance: 1000, order: { state: "paid" } });
    const [payment] = await paymentsOf(customer);
    expect(payment?.capture_method).toBe("automatic");
    await delivers({ type: "payment_intent.succeeded", payment_intent: payment?.id ?? "none" }, 2);
    expect(await creditedEntries(customer)).toEqual([{ kind: "purchase", credits: 1000 }]);

    expect((await customer.account()).saved_cards).toEqual([]);
    await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
    const [cardId = "none"] = await cardIdsOf(customer);
    const next = await customer.buys({ cardId });
    expect(next).toMatchObject({ status: 422, error: { code: "invalid_request", fields: ["card_id"] } });
    expect(await chargedCents(customer)).toBe(1000);
  });

  it("is listed by reconciliation, for staff to look at", async () => {
    await bankSays("pass_at_setup");
    const customer = await signedInCustomer();
    const bought = await customer.buys({ card: FAILS_POSTCODE });

    await reconcileNow(env);

    expect(await listed()).toContainEqual({ kind: "check_failed", orderId: bought.order?.id });
  });

  it("is forgotten, too, when the charge's answer was lost and the webhook posts it", async () => {
    await bankSays("pass_at_setup");
    const customer = await signedInCustomer();
    await nextCall("POST /v1/payment_intents", "lose_answer", 2);
    const cut = await customer.buys({ card: FAILS_POSTCODE });
    expect(cut).toMatchObject({ status: 503, error: { order: { state: "paying" } } });
    const [payment] = await paymentsOf(customer);

    await delivers({ type: "payment_intent.succeeded", payment_intent: payment?.id ?? "none" });

    expect(await customer.balance()).toBe(1000);
    expect((await customer.account()).saved_cards).toEqual([]);
    const { account } = await customer.account();
    const due = await env.DB.prepare("SELECT saved, detach_is_due FROM cards WHERE account_id = ?1")
      .bind(account.id)
      .all();
    expect(due.results).toEqual([{ saved: 0, detach_is_due: 1 }]);
  });
});

describe("a saved card whose check fails with a later charge", () => {
  it("is paid and credited once more, and not offered again", async () => {
    await bankSays("pass");
    const customer = await signedInCustomer();
    await customer.buys({ card: FAILS_POSTCODE });
    const [card] = (await customer.account()).saved_cards;
    await bankSays("as_card");

    const bought = await customer.buys({ cardId: card?.id ?? "none" });

    expect(bought).toMatchObject({ status: 200, balance: 2000 });
    expect((await customer.account()).saved_cards).toEqual([]);
    await expect.poll(() => cardsAtStripe(customer)).toEqual([]);
    const next = await customer.buys({ cardId: card?.id ?? "none" });
    expect(next).toMatchObject({ status: 422, error: { fields: ["card_id"] } });
    expect(await chargedCents(customer)).toBe(2000);
  });
});

it("is distinguished from a card that passes with its charge, which stays saved", async () => {
  await bankSays("pass_at_setup");
  const customer = await signedInCustomer();
  await customer.buys();
  expect((await customer.account()).saved_cards).toHaveLength(1);
  expect(await cardsAtStripe(customer)).toHaveLength(1);
});
