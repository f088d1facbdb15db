/** Staff refund orders: the quote says everything first, the refund is made once however often the button is pressed, and every input is checked. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { newOrderId, signedInCustomer } from "../support/customer.ts";
import { nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  boughtBy,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  fails,
  newRefundId,
  spends,
  staffRefunds,
} from "../refunds/support.ts";
import { fieldsOf, type Seen, staffMember } from "./support.ts";

const staff = staffMember();

const quoteAnswer = z.object({
  refund_id: z.string(),
  quote: z.object({
    amount_cents: z.number(),
    credits_to_take: z.number(),
    credits_owed: z.number(),
    balance_after: z.number(),
  }),
});

function quotes({ orderId }: Bought, fields: Record<string, string> = {}, by = staff): Promise<Seen> {
  return by.visits(`/admin/orders/${orderId}/quote?${String(new URLSearchParams(fields))}`);
}

/** Presses the button on a page with a quote, after typing a note if one is given. */
function confirms({ orderId }: Bought, quote: Seen, by = staff, note = ""): Promise<Seen> {
  const path = `/admin/orders/${orderId}/refund`;
  return by.submits(path, { ...fieldsOf(quote, path), note });
}

/** Requests a quote as JSON. */
async function reads({ orderId }: Bought, query: string): Promise<{ status: number; body: unknown }> {
  const headers = { Accept: "application/json" };
  const response = await staff.ask(`/admin/orders/${orderId}/quote${query}`, { headers });
  return { status: response.status, body: await response.json() };
}

async function refundsAtStripe({ paymentIntent }: Bought): Promise<number[]> {
  const { data } = await stripe.refunds.list({ payment_intent: paymentIntent, limit: 100 });
  return data.map(({ amount }) => amount);
}

function upwards(one: number, other: number): number {
  return one - other;
}

/** A customer who bought 1,000 credits in another currency than the deployment's own. */
async function buysIn(currency: string, unitPriceMicros: number): Promise<Bought> {
  await env.DB.prepare("INSERT INTO price_tiers VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING")
    .bind(currency, unitPriceMicros)
    .run();
  return buysCredits(1000, { by: await customerUnder({ CURRENCY: currency }) });
}

describe("a quote", () => {
  it("gives the amount, the credits to be taken, the credits used and left, the new balance, and Stripe's fee", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 300);
    await staffRefunds(bought, 100);
    await env.DB.prepare(
      "UPDATE orders SET fee_cents = 59, net_cents = 941, fee_currency = 'usd' WHERE id = ?1",
    )
      .bind(bought.orderId)
      .run();

    const page = await quotes(bought, { amount: "5.00", reason: "duplicate" });

    expect(page.status).toBe(200);
    expect(page.text).toContain("Refund $5.00?");
    expect(page.text).toContain("Refund to card $5.00");
    expect(page.text).toContain("Credits to take back 500 credits");
    expect(page.text).toContain("Balance afterwards 100 credits");
    expect(page.text).toContain("1,000 bought, 100 already taken back, 300 used, 600 left");
    expect(page.text).toContain("Stripe's fee $0.59, which Stripe does not return");
    expect(page.text).toContain("Left to refund afterwards $4.00");
    expect(page.text).toContain("Paid twice");
    expect(page.text).not.toContain("owes");
    expect(page.headers.get("Cache-Control")).toContain("no-store");
  });

  it("gives Stripe's fee in the currency that Stripe settles in", async () => {
    const bought = await buysIn("jpy", 1_500_000);
    await env.DB.prepare(
      "UPDATE orders SET fee_cents = 39, net_cents = 604, fee_currency = 'usd' WHERE id = ?1",
    )
      .bind(bought.orderId)
      .run();
    const page = await quotes(bought);
    expect(page.text).toContain("Refund ¥1,500?");
    expect(page.text).toContain("Stripe's fee $0.39, which Stripe does not return");
  });

  it("does nothing yet: no refund is written or made, and no credit moves", async () => {
    const bought = await buysCredits(1000);
    await quotes(bought, {});
    expect(await rows("SELECT id FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([]);
    expect(await refundsAtStripe(bought)).toEqual([]);
    expect(await balanceOf(bought)).toBe(1000);
  });

  it("without an amount is for everything that is left", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 250);
    expect((await quotes(bought, { amount: "" })).text).toContain("Refund $7.50?");
  });

  it("says plainly that refunding used credits leaves the customer owing them", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 900);
    const page = await quotes(bought);
    expect(page.text).toContain("This leaves the balance at −900: the customer owes 900 credits.");
    expect(page.text).toContain("The customer has already used 900 credits from this order.");
    expect(page.text).toContain("Balance afterwards −900 (owed)");
  });

  it("says so when Stripe's fee is not known yet", async () => {
    const bought = await buysCredits(1000);
    await env.DB.prepare("UPDATE orders SET fee_cents = NULL, net_cents = NULL WHERE id = ?1")
      .bind(bought.orderId)
      .run();
    expect((await quotes(bought)).text).toContain("Not known yet. Stripe does not return it.");
  });

  it.each([
    "12,50",
    "1,250",
    "$5",
    "5 USD",
    "-5",
    "+5",
    "5e2",
    "0x10",
    "５",
    "5.",
    ".5",
    "1 000",
    "NaN",
    "5.123",
    "0",
    "0.00",
    "99999999999999999999",
    "<script>",
  ])("for “%s” is refused beside the field, which keeps what was typed", async (amount) => {
    const bought = await buysCredits(1000);
    const page = await quotes(bought, { amount, reason: "duplicate" });
    expect(page.status).toBe(422);
    expect(page.html).toMatch(/<input[^>]*id="amount"[^>]*aria-invalid="true"/);
    expect(page.html).toMatch(/id="amount-error"/);
    expect(page.html).toMatch(/<option value="duplicate" selected/);
    expect(page.html).toContain(`value="${amount === "<script>" ? "&lt;script&gt;" : amount}"`);
    expect(page.html).not.toContain("<script>");
    expect(page.text).not.toContain("Refund $");
  });

  it("for more than is left is refused beside the field, which says how much is left", async () => {
    const bought = await buysCredits(1000);
    const page = await quotes(bought, { amount: "10.01" });
    expect(page.status).toBe(422);
    expect(page.html).toMatch(/id="amount-error"[^>]*>\s*Only \$10\.00 of this order is left to refund/);
  });

  it.each([
    "reason=because",
    "note=in+an+address",
    "surprise=1",
    "amount=1&amount=2",
    "__proto__=1",
    `amount=${"1".repeat(41)}`,
  ])("is refused when its query is not what the form sends (%s)", async (query) => {
    const bought = await buysCredits(1000);
    const page = await staff.visits(`/admin/orders/${bought.orderId}/quote?${query}`);
    expect(page.status).toBe(422);
    expect(page.text).not.toContain("Refund $");
  });

  it("opened again after a refund has a new refund id, so that confirming it cannot repeat the old one", async () => {
    const bought = await buysCredits(1000);
    const quote = await quotes(bought, { amount: "6.00" });
    await confirms(bought, quote);
    const again = await quotes(bought, { amount: "3.00" });
    expect(again.status).toBe(200);
    expect(again.text).toContain("Left to refund afterwards $1.00");
    const path = `/admin/orders/${bought.orderId}/refund`;
    expect(fieldsOf(again, path)["refund_id"]).not.toBe(fieldsOf(quote, path)["refund_id"]);
    expect((await quotes(bought, { amount: "6.00" })).text).toContain("Only $4.00 of this order is left");
    expect(await refundsAtStripe(bought)).toEqual([600]);
  });

  it.each([
    ["refused", "4000000000000036"],
    ["declined", "4000000000000341"],
    ["verifying", "4000002760003184"],
  ])(
    "for an unpaid order, which is %s, is refused with a page and as JSON, and so is confirming one",
    async (state, card) => {
      const customer = await signedInCustomer();
      const orderId = newOrderId();
      await customer.buys({ orderId, card });
      const unpaid = await boughtBy(customer, orderId);
      expect(await rows("SELECT state FROM orders WHERE id = ?1", orderId)).toEqual([{ state }]);

      const page = await quotes(unpaid, { amount: "1.00" });

      expect(page.status).toBe(404);
      expect(page.text).toContain("This order does not exist, or it has not been paid.");
      expect(page.text).not.toContain("Refund $");
      expect(page.html).not.toContain(`action="/admin/orders/${orderId}/refund"`);
      const refused = { status: 404, body: { error: { code: "order_not_found" } } };
      expect(await reads(unpaid, "")).toMatchObject(refused);
      const asked = { refund_id: newRefundId(), amount_cents: 100, credits_owed: 0 };
      expect(await staff.posts(`/admin/orders/${orderId}/refund`, asked)).toMatchObject(refused);
      expect(await rows("SELECT id FROM refunds WHERE order_id = ?1", orderId)).toEqual([]);
    },
  );

  it("for an unknown or a disputed order is refused", async () => {
    expect((await staff.visits(`/admin/orders/${newOrderId()}/quote`)).status).toBe(404);
    expect((await staff.visits("/admin/orders/nonsense/quote")).status).toBe(404);
    const bought = await buysCredits(1000);
    await disputed(bought);
    await everythingArrives(bought);
    const page = await quotes(bought);
    expect(page.status).toBe(409);
    expect(page.text).toContain("This payment is disputed");
  });

  it("as JSON gives the same figures, and errors in the one shape", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 900);
    const { status, body } = await reads(bought, "?amount=5.00");
    expect(status).toBe(200);
    expect(quoteAnswer.parse(body).quote).toMatchObject({
      amount_cents: 500,
      credits_to_take: 500,
      balance_after: -400,
      credits_owed: 400,
    });
    expect(await reads(bought, "?amount=five")).toMatchObject({
      status: 422,
      body: { error: { code: "invalid_request", fields: ["amount"], request_id: expect.any(String) } },
    });
    expect(await reads(bought, "?amount=11")).toMatchObject({
      status: 422,
      body: { error: { code: "refund_exceeds_rest", fields: ["amount_cents"] } },
    });
  });
});

describe("a refund by staff", () => {
  it("is not made by a GET request, such as the one after signing in again, which leads to the order's page", async () => {
    const bought = await buysCredits(1000);
    const page = await staff.visits(`/admin/orders/${bought.orderId}/refund`);
    expect([page.status, page.location]).toEqual([303, `/admin/orders/${bought.orderId}`]);
  });

  it.each([
    [501, 422],
    [20_000, 413],
  ])("with a note of %i characters is refused", async (length, status) => {
    const bought = await buysCredits(1000);
    const quote = await quotes(bought, { amount: "1.00" });
    expect((await confirms(bought, quote, staff, "x".repeat(length))).status).toBe(status);
    expect(await refundsAtStripe(bought)).toEqual([]);
  });

  it("of part of an order returns the money and takes the credits, in the staff member's name", async () => {
    const grace = staffMember("grace@example.com");
    const bought = await buysCredits(1000);
    const quote = await quotes(bought, { amount: "2.50", reason: "fraudulent" }, grace);
    const answer = await confirms(bought, quote, grace, "  as agreed ");

    expect(answer.status).toBe(303);
    expect(await refundsAtStripe(bought)).toEqual([250]);
    expect(await balanceOf(bought)).toBe(750);
    expect(await rows("SELECT actor, note, reason FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual(
      [{ actor: "grace@example.com", note: "as agreed", reason: "fraudulent" }],
    );
    const page = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(page.text).toContain("Took 250 credits.");
    expect(page.text).toContain("grace@example.com: fraudulent. “as agreed”");
    expect(page.text).toContain("Partly refunded");
    await expectBooksToAgree(bought);
  });

  it("of a whole order leaves nothing to refund", async () => {
    const bought = await buysCredits(1000);
    await confirms(bought, await quotes(bought));
    expect(await refundsAtStripe(bought)).toEqual([1000]);
    const page = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(page.text).toContain("There is nothing left to refund on this order.");
    expect(page.html).not.toContain('id="amount"');
    expect((await quotes(bought)).status).toBe(409);
    await expectBooksToAgree(bought);
  });

  it("of used credits leaves them owed, as the order's and the account's page say", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 900);
    await confirms(bought, await quotes(bought));
    expect(await balanceOf(bought)).toBe(-900);
    const page = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(page.text).toContain("Owes 900 credits");
    const found = await staff.visits(`/admin/accounts/${bought.accountId}`);
    expect(found.text).toContain("Owes 900 credits.");
    await expectBooksToAgree(bought);
  });

  it("is made once when the button is pressed several times at once and again later", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 700);
    const quote = await quotes(bought, { amount: "6.00" });
    const answers = await Promise.all([
      confirms(bought, quote),
      confirms(bought, quote),
      confirms(bought, quote),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect((await confirms(bought, quote)).status).toBe(303);
    expect(await refundsAtStripe(bought)).toEqual([600]);
    expect(await balanceOf(bought)).toBe(-300);
    await expectBooksToAgree(bought);
  });

  it("confirmed by two members of staff at once is made once if there is not enough for both, and the second is told so", async () => {
    const bought = await buysCredits(1000);
    const grace = staffMember("grace@example.com");
    const [one, other] = await Promise.all([
      quotes(bought, { amount: "6.00" }),
      quotes(bought, { amount: "6.00" }, grace),
    ]);
    const answers = await Promise.all([confirms(bought, one), confirms(bought, other, grace)]);
    expect(answers.map(({ status }) => status).toSorted(upwards)).toEqual([303, 422]);
    const told = answers.find(({ status }) => status === 422);
    expect(told?.text).toContain("Only $4.00 of this order is left to refund.");
    expect(await refundsAtStripe(bought)).toEqual([600]);
    await expectBooksToAgree(bought);
  });

  it("of a whole order confirmed twice at once is made once", async () => {
    const bought = await buysCredits(1000);
    const [one, other] = await Promise.all([quotes(bought), quotes(bought)]);
    const answers = await Promise.all([confirms(bought, one), confirms(bought, other)]);
    expect(answers.map(({ status }) => status).toSorted(upwards)).toEqual([303, 409]);
    expect(await refundsAtStripe(bought)).toEqual([1000]);
  });

  it("confirmed twice at once from different quotes is made twice if there is enough for both", async () => {
    const bought = await buysCredits(1000);
    const [one, other] = await Promise.all([
      quotes(bought, { amount: "3.00" }),
      quotes(bought, { amount: "4.00" }),
    ]);
    await Promise.all([confirms(bought, one), confirms(bought, other)]);
    expect((await refundsAtStripe(bought)).toSorted(upwards)).toEqual([300, 400]);
    expect(await balanceOf(bought)).toBe(300);
    await expectBooksToAgree(bought);
  });

  it("that would now leave more owed than its quote said is quoted again, and made only once that is confirmed", async () => {
    const bought = await buysCredits(1000);
    const quote = await quotes(bought);
    await spends(bought, 400);

    const again = await confirms(bought, quote, staff, "typed before");

    expect(again.status).toBe(409);
    expect(again.html).toContain("typed before</textarea>");
    expect(again.text).toContain("it would now leave 400 credits owed");
    expect(again.text).toContain("This leaves the balance at −400: the customer owes 400 credits.");
    expect(await refundsAtStripe(bought)).toEqual([]);
    expect(await balanceOf(bought)).toBe(600);
    expect((await confirms(bought, again)).status).toBe(303);
    expect(await balanceOf(bought)).toBe(-400);
  });

  it("that leaves less owed than its quote said is made", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 400);
    const quote = await quotes(bought);
    await buysCredits(500, { by: bought.customer });
    expect((await confirms(bought, quote)).status).toBe(303);
    expect(await balanceOf(bought)).toBe(100);
  });

  it("with the same id for another amount is a conflict", async () => {
    const bought = await buysCredits(1000);
    const path = `/admin/orders/${bought.orderId}/refund`;
    const refund = { refund_id: newRefundId(), amount_cents: 100, credits_owed: 0 };
    expect((await staff.posts(path, refund)).status).toBe(200);
    expect(await staff.posts(path, { ...refund, amount_cents: 200 })).toMatchObject({
      status: 409,
      body: { error: { code: "refund_conflict" } },
    });
    expect(await refundsAtStripe(bought)).toEqual([100]);
  });

  it.each([
    { refund_id: "rfd_1" },
    { refund_id: "re_123" },
    { amount_cents: 0.5 },
    { amount_cents: -1 },
    { amount_cents: "1e3" },
    { amount_cents: 100_000_000 },
    { credits_owed: undefined },
    { actor: "boss@example.com" },
  ])("requested with %o is refused, and nothing is made", async (wrong) => {
    const bought = await buysCredits(1000);
    const { status, body } = await staff.posts(`/admin/orders/${bought.orderId}/refund`, {
      refund_id: newRefundId(),
      amount_cents: 100,
      credits_owed: 0,
      ...wrong,
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { code: "invalid_request" } });
    expect(await refundsAtStripe(bought)).toEqual([]);
  });

  it("still stands when Stripe is unreachable, is shown as waiting, and is finished by the alarm", async () => {
    const bought = await buysCredits(1000);
    const quote = await quotes(bought, { amount: "5.00" });
    await nextCall("POST /v1/refunds", "unreachable", 2);

    expect((await confirms(bought, quote)).status).toBe(303);

    const waiting = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(waiting.text).toContain("Waiting for Stripe");
    expect(waiting.text).toContain("Refund in progress");
    const overview = await staff.visits("/admin");
    expect(overview.text).toContain("requested by staff@example.com");
    await alarmRings(bought);
    expect(await balanceOf(bought)).toBe(500);
    expect((await staff.visits(`/admin/orders/${bought.orderId}`)).text).toContain("Took 500 credits.");
    expect((await staff.visits("/admin")).text).toContain("No refund is waiting for Stripe.");
    await expectBooksToAgree(bought);
  });

  it("that the bank sends back is shown as failed, with the credits given back", async () => {
    const bought = await buysCredits(1000);
    await confirms(bought, await quotes(bought));
    const [refund] = await rows("SELECT stripe_refund_id FROM refunds WHERE order_id = ?1", bought.orderId);
    await fails(String(refund?.["stripe_refund_id"]));
    await everythingArrives(bought);
    const page = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(page.text).toContain("The money did not arrive. 1,000 credits went back to the customer.");
    expect(page.text).toContain("refund reversal");
    expect(await balanceOf(bought)).toBe(1000);
  });

  it("that Stripe refuses because the order was refunded there meanwhile says so", async () => {
    const bought = await buysCredits(1000);
    const quote = await quotes(bought);
    await stripe.refunds.create({ payment_intent: bought.paymentIntent });
    const answer = await confirms(bought, quote);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("Stripe did not accept this refund. No credits were taken.");
    expect(answer.text).toContain("Made at Stripe");
    await everythingArrives(bought);
    await expectBooksToAgree(bought);
  });
});

describe("a refund in yen, which has no decimals", () => {
  it("is typed and shown in whole yen, and takes its credits", async () => {
    const bought = await buysIn("jpy", 1_500_000);
    const page = await quotes(bought, { amount: "500" });
    expect(page.text).toContain("Refund ¥500?");
    expect(page.text).toContain("Credits to take back 333 credits");
    await confirms(bought, page);
    expect(await refundsAtStripe(bought)).toEqual([500]);
    expect(await balanceOf(bought)).toBe(667);
    expect((await staff.visits(`/admin/orders/${bought.orderId}`)).text).toContain("¥1,000 is left.");
    await confirms(bought, await quotes(bought));
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it.each(["500.00", "500.5", "5.0"])("is refused for the amount “%s”", async (amount) => {
    const page = await quotes(await buysIn("jpy", 1_500_000), { amount });
    expect(page.status).toBe(422);
    expect(page.text).toContain("JPY has no decimals.");
  });
});

describe("a refund in Kuwaiti dinars, which have three decimals", () => {
  it("is typed with up to three decimals, and takes its credits", async () => {
    const bought = await buysIn("kwd", 10_000);
    const page = await quotes(bought, { amount: "2.5" });
    expect(page.text).toMatch(/Refund KWD\s2\.500\?/);
    expect(page.text).toContain("Credits to take back 250 credits");
    await confirms(bought, page);
    expect(await refundsAtStripe(bought)).toEqual([2500]);
    expect(await balanceOf(bought)).toBe(750);
    const smaller = await quotes(bought, { amount: "0.010" });
    expect(smaller.text).toMatch(/Refund KWD\s0\.010\?/);
    await expectBooksToAgree(bought);
  });

  it.each([
    ["2.5005", "KWD has at most 3 decimals."],
    ["2.505", "Refunds in this currency must be a multiple of"],
    ["0.001", "Refunds in this currency must be a multiple of"],
  ])("is refused for the amount “%s”: %s", async (amount, words) => {
    const page = await quotes(await buysIn("kwd", 10_000), { amount });
    expect(page.status).toBe(422);
    expect(page.text).toContain(words);
  });
});
