/** A customer's page for staff: what they bought with which card, what went back, their newest ledger entries, and what stops them. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { rows } from "../support/books.ts";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import {
  buysCredits,
  disputed,
  everythingArrives,
  fails,
  moves,
  spends,
  staffRefunds,
} from "../refunds/support.ts";
import { staffMember } from "./support.ts";

const staff = staffMember();

describe("an account's page", () => {
  it("shows each order's card and receipt, how much went back, and the entries", async () => {
    const bought = await buysCredits(1000);
    const made = await staffRefunds(bought, 300);
    await fails(made.ok ? (made.refund.stripeRefundId ?? "none") : "none");
    await everythingArrives(bought);
    await staffRefunds(bought, 200);
    const [receipt] = await rows("SELECT number FROM receipts WHERE order_id = ?1", bought.orderId);

    const page = await staff.visits(`/admin/accounts/${bought.accountId}`);

    expect(page.text).toContain("Visa ending in 4242");
    expect(page.text).toContain(`Receipt ${Number(receipt?.["number"])}`);
    expect(page.text).toContain("Refunds 2: 1 failed, 1 refunded");
    expect(page.text).toContain("Disputes None");
    expect(page.text).toMatch(/refund −200 800 staff@example\.com/);
    expect(page.text).toMatch(/refund reversal \+300 1,000 stripe/);
    expect(page.text).not.toContain("Too many attempts");
    expect(await staff.reads(`/admin/accounts/${bought.accountId}`)).toMatchObject({
      refunds: { failed: 1, succeeded: 1 },
      disputes: [],
      entries: [{ kind: "refund" }, { kind: "refund_reversal" }, { kind: "refund" }, { kind: "purchase" }],
      stops: { buying_until: null, new_cards_until: null, is_buying_on_hold: false },
    });
  });

  it("shows only the newest twenty of many entries, and says so", async () => {
    const bought = await buysCredits(1000);
    for (let spent = 0; spent < 21; spent += 1) {
      await spends(bought, 1);
    }
    const page = await staff.visits(`/admin/accounts/${bought.accountId}`);
    expect(page.html.match(/<td data-label="Kind"/g)).toHaveLength(20);
    expect(page.text).toContain("Showing the newest 20.");
  });

  it("says that the account is on hold while a dispute stops it, and only then", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought);
    const path = `/admin/accounts/${bought.accountId}`;
    const open = await staff.visits(path);
    expect(open.text).toContain("Disputes 1: 1 disputed");
    expect(open.text).toContain("On hold while one of its payments is disputed: it cannot buy");
    await moves(id, "won");
    await everythingArrives(bought);
    const won = await staff.visits(path);
    expect(won.text).toContain("Disputes 1: 1 won");
    expect(won.text).not.toContain("On hold");
  });

  it("says until when the account cannot buy after too many unpaid attempts", async () => {
    const customer = await signedInCustomer();
    const [account] = await rows("SELECT id FROM accounts WHERE email = ?1", customer.email);
    const path = `/admin/accounts/${String(account?.["id"])}`;
    expect((await staff.visits(path)).text).not.toContain("Too many attempts");
    const hourAgo = Date.now() - 59 * 60_000;
    await env.DB.batch(
      Array.from({ length: 10 }, () =>
        env.DB.prepare(
          `INSERT INTO orders (id, account_id, state, credits, unit_price_micros, amount_cents, currency,
             confirmation_token, save_card, placed_at)
           VALUES (?1, ?2, 'placed', 1, 10000, 1, 'usd', 'ctoken_1', 0, ?3)`,
        ).bind(newOrderId(), String(account?.["id"]), hourAgo),
      ),
    );
    await env.DB.prepare("UPDATE orders SET state = 'abandoned', ended_at = ?2 WHERE account_id = ?1")
      .bind(String(account?.["id"]), hourAgo)
      .run();
    const page = await staff.visits(path);
    expect(page.text).toMatch(/Too many unpaid attempts: it cannot buy until \d+ \w+ \d{4}, \d\d:\d\d UTC/);
    expect(await staff.reads(path)).toMatchObject({ stops: { buying_until: expect.any(String) } });
  });
});
