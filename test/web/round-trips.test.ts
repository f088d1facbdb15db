/** What a purchase costs in D1 round trips and Stripe calls, counted where they leave the product. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import { createDeps } from "../../src/deps.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { isAccountId, isCardId, isOrderId } from "../../src/domain/ids.ts";
import type { PayWith } from "../../src/domain/order.ts";
import { placeOrder } from "../../src/operations/place-order.ts";
import { newOrderId, signedInCustomer } from "../support/customer.ts";

type Count = { journal: string[] };

/** The usual bindings, with a line in the journal for each round trip to D1 and each call to Stripe. */
function countedBindings(count: Count): typeof env {
  const prepared = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === "bind") {
          return (...values: unknown[]) => prepared(target.bind(...values));
        }
        const value: unknown = Reflect.get(target, name);
        if (name === "first" || name === "run" || name === "all" || name === "raw") {
          count.journal.push("D1");
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const db = new Proxy(env.DB, {
    get(target, name) {
      if (name === "prepare") {
        // A statement sent by itself costs a round trip; of a batch, only the batch does.
        return (sql: string) => prepared(target.prepare(sql));
      }
      const value: unknown = Reflect.get(target, name);
      if (name === "batch") {
        count.journal.push("D1");
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const stripe = new Proxy(env.STRIPE, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "fetch") {
        return (input: RequestInfo | URL, init?: RequestInit) => {
          count.journal.push("Stripe");
          return target.fetch(input, init);
        };
      }
      return value;
    },
  });
  return { ...env, DB: db, STRIPE: stripe };
}

/** Places an order as a cold Account object does, and returns the journal of what it cost. */
async function costOf(accountId: string, payWith: PayWith): Promise<string[]> {
  const count: Count = { journal: [] };
  const created = createDeps(countedBindings(count));
  const orderId = newOrderId();
  if (!created.ok || !isAccountId(accountId) || !isOrderId(orderId)) {
    throw new Error("The test's own set-up is wrong");
  }
  const { deps } = created;
  const takeTurn = createQueue({ maxWaiting: 10, maxWaitMilliseconds: 1000, maxWorkMilliseconds: 1000 });
  const ledger = openLedger(deps.db, accountId, takeTurn, deps);
  const account = { ...deps, accountId, watch: () => Promise.resolve(), takeTurn, ...ledger };
  const placed = await placeOrder(account, { orderId, content: { credits: toCredits(1000), payWith } });
  expect(placed).toMatchObject({ placed: true, settled: { order: { state: "paid" } } });
  return count.journal;
}

describe("a purchase that needs no challenge", () => {
  it("takes four D1 round trips and two Stripe calls with a new card, and only one round trip after the money moved", async () => {
    const customer = await signedInCustomer();
    const { account } = await customer.account();
    await expect.poll(() => customerIsKnown(account.id)).toBe(true);

    const cost = await costOf(account.id, {
      kind: "new_card",
      confirmationToken: await customer.typesCard("4242424242424242"),
      saveCard: true,
    });

    expect(cost).toEqual(["D1", "D1", "Stripe", "D1", "Stripe", "D1"]);
  });

  it("takes three D1 round trips and one Stripe call with a saved card", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    const { account, saved_cards: cards } = await customer.account();
    const cardId = cards[0]?.id ?? "none";
    if (!isCardId(cardId)) {
      throw new Error("There is no saved card");
    }

    const cost = await costOf(account.id, { kind: "saved_card", cardId });

    expect(cost).toEqual(["D1", "D1", "Stripe", "D1"]);
  });
});

async function customerIsKnown(accountId: string): Promise<boolean> {
  const row = await env.DB.prepare("SELECT 1 FROM accounts WHERE id = ?1 AND stripe_customer_id IS NOT NULL")
    .bind(accountId)
    .first();
  return row !== null;
}
