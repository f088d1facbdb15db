/** What could be sent to the staff pages to get more done than was shown, or to break them, and what comes of it. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { stripe } from "../stand-in/stripe/support.ts";
import { ORIGIN } from "../support/customer.ts";
import {
  balanceOf,
  type Bought,
  buysCredits,
  expectBooksToAgree,
  newRefundId,
  spends,
} from "../refunds/support.ts";
import { fieldsOf, HEADER, type Seen, signedAs, staffMember } from "./support.ts";

const staff = staffMember();

const errorAnswer = z.object({
  error: z.object({ code: z.string(), problems: z.record(z.string(), z.string()).optional() }),
});

function confirms({ orderId }: Bought, quote: Seen, by = staff): Promise<Seen> {
  const path = `/admin/orders/${orderId}/refund`;
  return by.submits(path, fieldsOf(quote, path));
}

async function refundsAtStripe({ paymentIntent }: Bought): Promise<number[]> {
  const { data } = await stripe.refunds.list({ payment_intent: paymentIntent, limit: 100 });
  return data.map(({ amount }) => amount);
}

function opens(header: string): Promise<Response> {
  const headers = { Accept: "application/json", [HEADER.toLowerCase()]: header };
  return exports.default.fetch(new Request(`${ORIGIN}/admin`, { headers }));
}

/** Sends the form that confirms a refund, under any content type. */
async function sends({ orderId }: Bought, contentType: string, body: string) {
  const response = await staff.ask(`/admin/orders/${orderId}/refund`, {
    method: "POST",
    headers: { Accept: "application/json", Origin: ORIGIN, "Content-Type": contentType },
    body: `refund_id=${newRefundId()}&credits_owed=0&${body}`,
  });
  return { status: response.status, body: await response.json() };
}

describe("Access's header", () => {
  it.each(["%s, %s", "%s,", "Bearer %s", "%s.%s"])("sent as %s opens nothing", async (pattern) => {
    const header = pattern.replaceAll("%s", await signedAs({}));
    expect((await opens(header)).status).toBe(404);
  });

  it("is read the same in lower case and with spaces around its value", async () => {
    expect((await opens(`  ${await signedAs({})}  `)).status).toBe(200);
  });
});

describe("refunds confirmed at the same moment, each quoted as leaving nothing owed", () => {
  it("are made only as far as that holds for all of them together", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 600);
    const by = ["ada", "grace", "edsger", "barbara"].map((name) => staffMember(`${name}@example.com`));
    const path = `/admin/orders/${bought.orderId}/quote?amount=2.00`;
    const quotes = await Promise.all(by.map((member) => member.visits(path)));

    const answers = await Promise.all(
      quotes.map((quote, index) => confirms(bought, quote, by[index] ?? staff)),
    );

    expect(answers.map(({ status }) => status).toSorted((one, next) => one - next)).toEqual([
      303, 303, 409, 409,
    ]);
    const told = answers.find(({ status }) => status === 409);
    expect(told?.text).toContain("it would now leave 200 credits owed");
    expect(await refundsAtStripe(bought)).toEqual([200, 200]);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });
});

describe("an amount", () => {
  it.each([0, "0", "000"])("of nothing (%j) is refused before Stripe is called", async (nothing) => {
    const bought = await buysCredits(1000);
    const answer = await staff.posts(`/admin/orders/${bought.orderId}/refund`, {
      refund_id: newRefundId(),
      amount_cents: nothing,
      credits_owed: 0,
    });
    expect(answer.status).toBe(422);
    expect(errorAnswer.parse(answer.body).error.problems).toHaveProperty("amount_cents");
    expect(await refundsAtStripe(bought)).toEqual([]);
  });

  it.each(["999999999999999", "9999999999999.99", "99999999999999.9"])(
    "too large to be an exact number (%s) is refused beside the field",
    async (amount) => {
      const bought = await buysCredits(1000);
      const page = await staff.visits(`/admin/orders/${bought.orderId}/quote?amount=${amount}`);
      expect(page.status).toBe(422);
      expect(page.html).toMatch(/id="amount-error"/);
    },
  );
});

describe("a form", () => {
  it.each([
    [
      "in an unsupported character set",
      "application/x-www-form-urlencoded; charset=utf-16",
      "amount_cents=1",
      422,
    ],
    ["with two amounts", "application/x-www-form-urlencoded", "amount_cents=1&amount_cents=2", 422],
    [
      "with a content type that only begins like a form's",
      "application/x-www-form-urlencodedx",
      "amount_cents=1",
      415,
    ],
  ])("%s is refused, and nothing is made", async (_, contentType, body, status) => {
    const bought = await buysCredits(1000);
    expect((await sends(bought, contentType, body)).status).toBe(status);
    expect(await refundsAtStripe(bought)).toEqual([]);
  });
});

describe("an id that contains a line break or a path out of the staff pages", () => {
  it.each([
    "/admin/orders/x%0d%0aSet-Cookie:a=b/refund",
    "/admin/disputes/x%0d%0aSet-Cookie:a=b/submit",
    "/admin/orders/..%2f..%2faccount/refund",
    "/admin/disputes/%2f%2fevil.example/submit",
  ])("stays encoded in the redirect from %s", async (path) => {
    const seen = await staff.visits(path);
    expect(seen.status).toBe(303);
    expect(seen.headers.get("Set-Cookie")).toBeNull();
    expect(seen.location?.toLowerCase()).toBe(
      path.slice(0, path.lastIndexOf("/")).replace(":a=b", "%3aa%3db").toLowerCase(),
    );
    expect((await staff.visits(seen.location ?? "")).status).toBe(404);
  });
});
