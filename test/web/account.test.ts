/** The account page: what a customer sees in each state, and what a program reads as JSON. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { idOf, insert, type Row, rows } from "../support/books.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { visit } from "../support/visitor.ts";

const page = (customer: Customer, path = "/account") => visit(path, customer.cookie);

describe("a new account", () => {
  it("shows a balance of 0 and no orders yet", async () => {
    const customer = await signedInCustomer();

    const { status, text } = await page(customer);

    expect(status).toBe(200);
    expect(text).toContain("Balance 0 credits");
    expect(text).toContain("No orders yet.");
    expect(text).toContain(customer.email);
  });

  it("is offered each credit pack with its unit price, its total and the saving over the first price tier", async () => {
    const { text } = await page(await signedInCustomer());

    expect(text).toContain("1,000 $10.00 $0.01 each");
    expect(text).toContain("10,000 $90.00 $0.009 each Save $10.00");
    expect(text).toContain("50,000 $400.00 $0.008 each Save $100.00");
    expect(text).toContain("100 to 1,000,000 credits per order.");
  });

  it("is asked for a card, because none is saved yet", async () => {
    const { html } = await page(await signedInCustomer());

    expect(html).toMatch(/<fieldset id="new-card">/);
    expect(html).toContain('id="keep-card" checked');
    expect(html).not.toContain('name="card"');
  });

  it("gets a page without inline scripts or styles, as its own content security policy requires", async () => {
    const { html } = await page(await signedInCustomer());

    expect(html).not.toMatch(/ style="/);
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/ on[a-z]+="/);
  });

  it("gets a page that stays under 4 KB compressed, even after its first purchase", async () => {
    const customer = await signedInCustomer();
    await customer.buys();

    const { html } = await page(customer);

    expect(await compressedBytes(html)).toBeLessThan(4 * 1024);
  });
});

describe("the account page after a purchase", () => {
  it("shows the balance, the order with its card and receipt, and the contact details given with the card", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys({ credits: 5000 });

    const { text, html } = await page(customer);

    expect(text).toContain("Balance 5,000 credits");
    expect(text).toContain("5,000 credits $50.00 Paid");
    expect(text).toContain("Visa ···· 4242");
    expect(html).toContain(`href="/orders/${order?.id}/receipt"`);
    expect(text).toContain("Name Ada Lovelace");
  });

  it("offers the saved card by brand and last four digits, already selected, as well as another card", async () => {
    const customer = await signedInCustomer();
    await customer.buys();

    const { html, text } = await page(customer);

    const [card] = (await customer.account()).saved_cards;
    expect(html).toMatch(new RegExp(`value="${card?.id}" checked="" data-card="Visa ···· 4242"`));
    expect(html).toMatch(/<fieldset id="new-card" hidden/);
    expect(text).toContain("Use another card");
  });

  it("does not offer a card the customer asked not to keep", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ save: false });

    const { html } = await page(customer);

    expect(html).not.toContain('name="card"');
  });

  it("does not offer a card that has expired", async () => {
    const customer = await signedInCustomer();
    await customer.buys();
    await env.DB.prepare("UPDATE cards SET exp_year = 2020").run();

    const { html } = await page(customer);

    expect(html).not.toContain('name="card"');
  });
});

describe("the list of orders", () => {
  it("shows a refused order as refused, without a receipt", async () => {
    const customer = await signedInCustomer();
    await customer.buys({ card: "4000000000000036" });

    const { text, html } = await page(customer);

    expect(text).toContain("1,000 credits $10.00 Refused");
    expect(html).not.toContain("/receipt");
  });

  it("gives an order that is waiting for the bank a button that asks where it is", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card: "4000000000003220" });

    const { html, text } = await page(customer);

    expect(text).toContain("In progress");
    expect(html).toContain(`data-settle="${orderId}"`);
  });
});

describe("a balance below zero", () => {
  it("is shown as credits owed, not as a negative number", async () => {
    const customer = await signedInCustomer();
    const { order } = await customer.buys();
    await takeBackAfterSpending(order?.id ?? "", 200);

    const { text } = await page(customer);

    expect(text).toContain("You owe 200 credits");
    expect(text).not.toContain("-200");
  });
});

describe("a long list of orders", () => {
  it("is shown ten at a time with a link to earlier orders, and skips or repeats none", async () => {
    const customer = await signedInCustomer();
    await placeOrders(customer, 23);

    const first = await page(customer);
    const older = await page(customer, olderPage(first.html));
    const oldest = await page(customer, olderPage(older.html));

    const shown = [first, older, oldest].map(({ html }) => html.match(/href="\/orders\/ord_\w+"/g) ?? []);
    expect(shown.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(new Set(shown.flat()).size).toBe(23);
    expect(oldest.html).not.toContain("?before=");
  });

  it("refuses a page address that names no order", async () => {
    const customer = await signedInCustomer();

    expect((await page(customer, "/account?before=yesterday")).status).toBe(422);
  });
});

describe("the account page as JSON", () => {
  it("holds the account, its orders and its saved cards", async () => {
    const customer = await signedInCustomer();
    await customer.buys();

    const response = await customer.request("/account");

    expect(response.headers.get("Content-Type")).toContain("application/json");
    expect(await response.json()).toEqual({
      account: { id: expect.any(String), email: customer.email, name: "Ada Lovelace", balance: 1000 },
      orders: [expect.objectContaining({ state: "paid", credits: 1000 })],
      older_orders: null,
      saved_cards: [
        {
          id: expect.stringMatching(/^crd_/),
          brand: "visa",
          last4: "4242",
          exp_month: expect.any(Number),
          exp_year: expect.any(Number),
        },
      ],
    });
  });
});

function olderPage(html: string): string {
  return /href="(\/account\?before=\w+)"/.exec(html)?.[1] ?? "";
}

async function compressedBytes(text: string): Promise<number> {
  const stream = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream ?? null).arrayBuffer()).byteLength;
}

/** Places orders in the minutes before now and leaves them unfinished. */
async function placeOrders(customer: Customer, count: number): Promise<void> {
  const placed = env.DB.prepare(
    `INSERT INTO orders (id, account_id, state, credits, unit_price_micros, amount_cents, currency,
       confirmation_token, save_card, placed_at)
     SELECT ?1, id, 'placed', 100, 10000, 100, 'usd', 'ctoken_test', 0, ?3
     FROM accounts
     WHERE email = ?2`,
  );
  const now = Date.now();
  await env.DB.batch(
    Array.from({ length: count }, (_, index) =>
      // Three share each moment, so that a page break falls inside one.
      placed.bind(newOrderId(), customer.email, now - Math.floor(index / 3) * 60_000),
    ),
  );
}

/** Uses `spent` of the order's 1,000 credits, then takes all of them back, as a refund would. */
async function takeBackAfterSpending(orderId: string, spent: number): Promise<void> {
  const { account_id, grant_id } =
    (await rows("SELECT account_id, grant_id FROM ledger_entries WHERE order_id = ?1", orderId))[0] ?? {};
  const entry = (seq: number, kind: string, credits: number, balance: number, more: Row) =>
    insert("ledger_entries", {
      account_id: account_id ?? "",
      seq,
      id: idOf("ent"),
      kind,
      credits,
      balance_after: balance,
      grant_id: grant_id ?? "",
      part: 0,
      actor: "test",
      created_at: Date.now(),
      ...more,
    });
  await env.DB.batch([
    entry(2, "spend", -spent, 1000 - spent, { source_type: "spend", source_id: idOf("spd") }),
    entry(3, "refund", -1000, -spent, { source_type: "refund", source_id: "re_test", order_id: orderId }),
  ]);
}
