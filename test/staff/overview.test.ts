/** The overview, where whatever waits for a person is seen at once, and finding an order by anything that names it. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { advance, control } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { bankSays, nextCall } from "../support/stripe.ts";
import {
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  moves,
  newRefundId,
  spends,
  staffRefunds,
} from "../refunds/support.ts";
import { type Seen, staffMember } from "./support.ts";

const staff = staffMember();

function finds(what: string): Promise<Seen> {
  return staff.submits("/admin/find", { q: what });
}

/** Searches in vain, and returns the page that this leads to. */
async function findsNothing(what: string): Promise<Seen> {
  const { status, location } = await finds(what);
  expect(status).toBe(303);
  expect(location).toMatch(/^\/admin\/find\?nothing=\w+$/);
  return staff.visits(location ?? "");
}

async function warned(paymentIntent: string): Promise<void> {
  await control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent });
}

describe("the overview", () => {
  it("says of each list that nothing is waiting when nothing is", async () => {
    const page = await staff.visits("/admin");
    expect(page.text).toContain("No dispute is open.");
    expect(page.text).toContain("There are no fraud warnings from banks.");
    expect(page.text).toContain("No order is in progress.");
    expect(page.text).toContain("No refund is waiting for Stripe.");
  });

  it("shows an unfinished order, whose it is, and since when it has been waiting", async () => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await nextCall("POST /v1/setup_intents", "unreachable", 2);
    await customer.buys({ orderId });
    const page = await staff.visits("/admin");
    expect(page.html).toContain(`href="/admin/orders/${orderId}"`);
    expect(page.text).toContain(customer.email);
    expect(page.text).toMatch(/Placed since \d+ \w+ \d{4}/);
    const order = await staff.visits(`/admin/orders/${orderId}`);
    expect(order.text).toContain("Only a paid order can be refunded.");
    expect(order.text).toContain("Card verified Not yet");
    await customer.settles(orderId);
  });

  it("shows a fraud warning with what can still be done about it", async () => {
    const bought = await buysCredits(1000);
    await warned(bought.paymentIntent);
    await everythingArrives(bought);
    for (const path of ["/admin", `/admin/orders/${bought.orderId}`]) {
      const page = await staff.visits(path);
      expect(page.text).toContain("Nothing has been done yet. A refund can still prevent a dispute.");
    }
    expect(await staff.reads("/admin")).toMatchObject({
      fraud_warnings: [{ order_id: bought.orderId, is_actionable: true }],
    });
  });

  it("says how much was refunded for a warning that was answered automatically", async () => {
    const customer = await customerUnder({ REFUND_ON_FRAUD_WARNING: "yes" });
    const bought = await buysCredits(1000, { by: customer });
    await warned(bought.paymentIntent);
    await everythingArrives(bought);
    const page = await staff.visits("/admin");
    expect(page.text).toContain("$10.00 was refunded automatically, to prevent a dispute.");
    const order = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(order.text).toContain("Automatic, after a fraud warning: fraudulent.");
  });

  it("shows open disputes with the day evidence is due, the soonest first", async () => {
    const later = await buysCredits(1000);
    const sooner = await buysCredits(500);
    const [one, other] = [await disputed(later), await disputed(sooner, { reason: "product_not_received" })];
    await everythingArrives(later);
    await everythingArrives(sooner);
    const soon = Date.now() + 30 * 60 * 60_000;
    await env.DB.prepare("UPDATE disputes SET evidence_due_at = ?2 WHERE id = ?1").bind(other, soon).run();

    const page = await staff.visits("/admin");

    expect(page.html.indexOf(other)).toBeGreaterThan(0);
    expect(page.html.indexOf(other)).toBeLessThan(page.html.indexOf(one));
    expect(page.text).toContain("Product not received");
    expect(page.text).toMatch(/Evidence due in (?:29|30) hours by/);
    expect(page.text).toContain("$5.00 is disputed. Stripe took $5.00 out of our balance for it.");
    await env.DB.prepare("UPDATE disputes SET evidence_due_at = 1 WHERE id = ?1").bind(other).run();
    expect((await staff.visits("/admin")).text).toContain("Evidence overdue");
    await moves(one, "lost");
    await moves(other, "won");
    await everythingArrives(later);
    await everythingArrives(sooner);
    expect((await staff.visits("/admin")).text).toContain("No dispute is open.");
  });

  it("shows a failed refund until as much of its order has been refunded after all", async () => {
    expect((await staff.visits("/admin")).text).toContain("There are no failed refunds to deal with.");
    const bought = await buysCredits(1000, { card: "4000000000005126" });
    await staffRefunds(bought, 400);
    await advance({ seconds: 60 });
    await everythingArrives(bought);
    const [refund] = await rows(
      "SELECT id, stripe_refund_id, state FROM refunds WHERE order_id = ?1",
      bought.orderId,
    );
    expect(refund).toMatchObject({ state: "failed" });

    const page = await staff.visits("/admin");
    const panel = /id="failed-refunds".*?<\/section>/s.exec(page.html)?.[0] ?? "";
    expect(panel).toContain(`href="/admin/orders/${bought.orderId}"`);
    expect(panel).toContain(bought.customer.email);
    expect(page.text).toMatch(/Failed \$4\.00 requested on \d+ \w+ \d{4} staff@example\.com/);
    expect(page.text).toContain("Stripe says: expired or canceled card.");
    expect(await staff.reads("/admin")).toMatchObject({
      failed_refunds: [{ id: refund?.["id"], failure: "expired_or_canceled_card", amount_cents: 400 }],
    });

    // It takes as much money in later refunds that succeed to make it good.
    await env.DB.prepare(
      `INSERT INTO refunds (id, account_id, order_id, state, amount_cents, actor, stripe_refund_id, requested_at, known_at)
       VALUES (?1, ?2, ?3, 'succeeded', 399, 'stripe', 're_later', ?4, ?4)`,
    )
      .bind(newRefundId(), bought.accountId, bought.orderId, Date.now() + 120_000)
      .run();
    expect((await staff.visits("/admin")).text).toContain("Stripe says: expired or canceled card.");
    await env.DB.prepare(
      `INSERT INTO refunds (id, account_id, order_id, state, amount_cents, actor, stripe_refund_id, requested_at, known_at)
       VALUES (?1, ?2, ?3, 'succeeded', 1, 'stripe', 're_latest', ?4, ?4)`,
    )
      .bind(newRefundId(), bought.accountId, bought.orderId, Date.now() + 120_000)
      .run();
    expect((await staff.visits("/admin")).text).toContain("There are no failed refunds to deal with.");
  });

  it("shows the first twenty of many unfinished orders, and says that there are more", async () => {
    const { accountId } = await buysCredits(1000);
    await env.DB.batch(
      Array.from({ length: 23 }, () =>
        env.DB.prepare(
          `INSERT INTO orders (id, account_id, state, credits, unit_price_micros, amount_cents, currency,
             confirmation_token, save_card, placed_at)
           VALUES (?1, ?2, 'placed', 1, 10000, 1, 'usd', 'ctoken_1', 0, ?3)`,
        ).bind(newOrderId(), accountId, Date.now()),
      ),
    );
    const page = await staff.visits("/admin");
    expect(page.text).toContain("Showing the first 20; there are more.");
    await env.DB.prepare(
      "UPDATE orders SET state = 'abandoned', ended_at = 1 WHERE confirmation_token = 'ctoken_1'",
    ).run();
  });
});

describe("the search", () => {
  it("leads from an order, receipt or payment to the order, and from an e-mail address to the customer", async () => {
    const bought = await buysCredits(1000);
    const [receipt] = await rows("SELECT number FROM receipts WHERE order_id = ?1", bought.orderId);
    const signs = [bought.orderId, String(receipt?.["number"]), bought.paymentIntent, `  ${bought.orderId} `];
    for (const sign of signs) {
      const answer = await finds(sign);
      expect([answer.status, answer.location]).toEqual([303, `/admin/orders/${bought.orderId}`]);
    }
    await buysCredits(500, { by: bought.customer });
    const upper = bought.customer.email.toUpperCase();
    const found = await finds(upper);
    expect([found.status, found.location]).toEqual([303, `/admin/accounts/${bought.accountId}`]);
    expect((await finds(bought.accountId)).location).toBe(found.location);
    const page = await staff.visits(found.location ?? "");
    expect(page.text).toContain(bought.customer.email);
    expect(page.text).toContain("Has 1,500 credits.");
    expect(page.html.match(/href="\/admin\/orders\//g)).toHaveLength(2);
  });

  it.each([
    ["an order id nobody has", newOrderId(), 404, "No order or account matches"],
    ["a receipt number not issued", "999999999", 404, "No order or account matches"],
    ["an e-mail address nobody has", "nobody@example.com", 404, "No order or account matches"],
    ["nothing", "", 422, "This is not an order ID"],
    ["words", "that customer from Tuesday", 422, "This is not an order ID"],
    ["a pattern", "%@%", 404, "No order or account matches"],
  ])("says that it found nothing for %s", async (_name, sign, status, words) => {
    const page = await findsNothing(sign);
    expect(page.status).toBe(status);
    expect(page.text).toContain(words);
  });

  it("finds an account without orders, and shows its balance", async () => {
    const customer = await signedInCustomer();
    const page = await staff.visits((await finds(customer.email)).location ?? "");
    expect(page.text).toContain("Has 0 credits.");
    expect(page.text).toContain("This account has no orders.");
  });

  it("repeats an order id that it did not find, but never an e-mail address", async () => {
    const orderId = newOrderId();
    expect((await findsNothing(orderId)).text).toContain(`No order or account matches ${orderId}`);
    const page = await findsNothing("nobody@example.com");
    expect(page.text).toContain("No order or account matches that e-mail address.");
    expect(page.html).not.toContain("nobody@");
  });

  it("shows no markup from a search or from the page's URL", async () => {
    for (const sign of [`"><script>alert(1)</script>`, `<b>@</b>`]) {
      const page = await findsNothing(sign);
      const asked = await staff.visits(`/admin/find?nothing=${encodeURIComponent(sign)}`);
      expect(page.html + asked.html).not.toMatch(/<script>|<b>|alert\(1\)/);
      expect(asked.status).toBe(422);
    }
  });

  it("leads as JSON to the order or the account, which are JSON too, and gives an error when it finds nothing", async () => {
    const bought = await buysCredits(1000);
    const [receipt] = await rows("SELECT number FROM receipts WHERE order_id = ?1", bought.orderId);
    const orderPath = `/admin/orders/${bought.orderId}`;
    const accountPath = `/admin/accounts/${bought.accountId}`;
    for (const [q, path] of [
      [bought.orderId, orderPath],
      [String(receipt?.["number"]), orderPath],
      [bought.paymentIntent, orderPath],
      [bought.accountId, accountPath],
      [bought.customer.email, accountPath],
    ]) {
      const found = await staff.ask("/admin/find", {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify({ q }),
      });
      expect([found.status, found.headers.get("Location")]).toEqual([303, path]);
    }
    expect(await staff.reads(orderPath)).toMatchObject({
      order: { id: bought.orderId, account: { id: bought.accountId, email: bought.customer.email } },
    });
    expect(await staff.reads(accountPath)).toMatchObject({
      account: { id: bought.accountId, email: bought.customer.email, balance: 1000 },
      orders: [
        {
          id: bought.orderId,
          account: { id: bought.accountId, email: bought.customer.email },
          payment_intent_id: bought.paymentIntent,
        },
      ],
    });
    expect(await staff.posts("/admin/find", { q: "what" })).toMatchObject({
      status: 422,
      body: { error: { code: "invalid_request", fields: ["q"] } },
    });
    expect(await staff.posts("/admin/find", { q: "999999999" })).toMatchObject({
      status: 404,
      body: { error: { code: "order_not_found" } },
    });
    expect(await staff.posts("/admin/find", {})).toMatchObject({ status: 422 });
  });

  it("never puts an e-mail address into the URL of a page", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought);
    for (const path of ["/admin", `/admin/orders/${bought.orderId}`, `/admin/disputes/${id}`]) {
      const { html } = await staff.visits(path);
      expect(html).not.toMatch(/(?:href|action)="[^"]*(?:@|%40)/);
    }
    await moves(id, "won");
    await everythingArrives(bought);
  });

  it("leads to a staff page with a 404 for an unknown account", async () => {
    for (const id of [`acc_${"0".repeat(32)}`, "nonsense"]) {
      const page = await staff.visits(`/admin/accounts/${id}`);
      expect(page.status).toBe(404);
      expect(page.html).toContain('href="/admin"');
    }
    expect((await staff.visits("/admin/find")).location).toBe("/admin");
  });
});

describe("an order's page for staff", () => {
  it("shows its steps, its card checks, its ledger entries and its Stripe events", async () => {
    const bought = await buysCredits(1000);
    await everythingArrives(bought);
    const { text, headers } = await staff.visits(`/admin/orders/${bought.orderId}`);
    for (const step of [
      "Card verified",
      "Card checks",
      "Charged",
      "Credited",
      "Confirmed by Stripe's event",
    ]) {
      expect(text).toContain(`${step} Done`);
    }
    expect(text).toContain("street pass, postcode pass, security code pass");
    expect(text).toContain("purchase +1,000 1,000");
    expect(text).toContain("payment_intent.succeeded Settled");
    expect(text).toContain("No money has gone back for this order.");
    expect(headers.get("Cache-Control")).toContain("no-store");
  });

  it.each([
    ["4000000000000036", "refused", "postal code did not match"],
    ["4000000000000002", "declined", "generic decline"],
  ])("says why an order with the card %s was %s", async (card, _state, words) => {
    const customer = await signedInCustomer();
    const orderId = newOrderId();
    await customer.buys({ orderId, card });
    const page = await staff.visits(`/admin/orders/${orderId}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(words);
    expect(page.text).toContain("This order has no ledger entries.");
  });

  it("shows card checks as unavailable when the bank did not answer them", async () => {
    await bankSays("unavailable");
    const bought = await buysCredits(1000);
    await bankSays("as_card");
    const page = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(page.text).toContain("unavailable");
  });

  it("says that there is no such order for an unknown id", async () => {
    for (const id of [newOrderId(), "nonsense", "%3Cscript%3E"]) {
      const page = await staff.visits(`/admin/orders/${id}`);
      expect(page.status).toBe(404);
      expect(page.text).toContain("This order does not exist");
      expect(page.html).toContain('href="/admin"');
    }
  });

  it("shows names and notes that contain markup as text", async () => {
    const markup = `</textarea><script>alert(1)</script><img src=x onerror=alert(2)>"'&`;
    const bought = await buysCredits(1000);
    const path = `/admin/orders/${bought.orderId}`;
    const mistyped = await staff.visits(
      `${path}/quote?amount=${encodeURIComponent(`">${markup}`.slice(0, 40))}`,
    );
    expect(mistyped.status).toBe(422);
    await spends(bought, 1000);
    const quote = await staff.submits(`${path}/refund`, {
      refund_id: newRefundId(),
      amount_cents: "100",
      credits_owed: "0",
      note: markup,
    });
    expect(quote.status).toBe(409);
    await staff.posts(`${path}/refund`, {
      refund_id: newRefundId(),
      amount_cents: 100,
      credits_owed: 100,
      note: markup,
    });
    await env.DB.prepare("UPDATE orders SET card_brand = ?2 WHERE id = ?1")
      .bind(bought.orderId, markup)
      .run();
    const page = await staff.visits(path);
    for (const { html } of [quote, mistyped, page]) {
      expect(html).not.toMatch(/<script>|<img/);
    }
    expect(page.text).toContain(markup);
    expect(quote.text).toContain(markup);
  });
});
