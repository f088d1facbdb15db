/** Refunds in currencies whose amounts Stripe accepts only in steps: the rest can always be refunded, and no amount between two steps is requested. */
import { env } from "cloudflare:workers";
import { array, assert, asyncProperty, constantFrom, integer } from "fast-check";
import { describe, expect, it } from "vitest";
import { toCents } from "../../src/domain/money.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { callsMade } from "../support/stripe.ts";
import {
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  everythingArrives,
  expectBooksToAgree,
  newRefundId,
  spends,
  staffRefunds,
} from "./support.ts";

/** Buys 1,000 credits: at a hundredth of the major unit each, or at one whole unit in króna and shilling. */
async function buysIn(currency: string, settings: Record<string, unknown> = {}): Promise<Bought> {
  const price = currency === "ugx" || currency === "isk" ? 1_000_000 : 10_000;
  await env.DB.prepare("INSERT INTO price_tiers VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING")
    .bind(currency, price)
    .run();
  return buysCredits(1000, { by: await customerUnder({ CURRENCY: currency, ...settings }) });
}

function quoteOf({ accountId, orderId }: Bought, cents: number | null) {
  const amount = cents === null ? null : toCents(cents);
  return env.ACCOUNT.getByName(accountId).quoteRefund(accountId, orderId, amount);
}

const CURRENCIES = [
  // Thousandths, in steps of ten: ten dinars paid.
  ["kwd", 10_000, 10],
  ["bhd", 10_000, 10],
  ["jod", 10_000, 10],
  ["omr", 10_000, 10],
  ["tnd", 10_000, 10],
  // Hundredths that are always 00: a thousand krónur or shillings paid.
  ["isk", 100_000, 100],
  ["ugx", 100_000, 100],
] as const;

describe.each(CURRENCIES)("a refund in %s", (currency, paid, step) => {
  it("is refused between two steps, in the quote too, and the refusal names the step", async () => {
    const bought = await buysIn(currency);
    expect(bought.amountCents).toBe(paid);
    const before = (await callsMade()).length;

    for (const amount of [1, step - 1, step + 1, paid - 1]) {
      const failure = { kind: "refund_not_in_steps", stepCents: step, currency };
      expect(await quoteOf(bought, amount)).toMatchObject({ ok: false, failure });
      expect(await staffRefunds(bought, amount)).toMatchObject({ ok: false, failure });
    }
    expect((await callsMade()).length).toBe(before);
    // Stripe would refuse it, too.
    await expect(
      stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: step + 1 }),
    ).rejects.toMatchObject({ code: "invalid_charge_amount" });
    expect(await balanceOf(bought)).toBe(1000);
  });

  it("in awkward parts always leaves a rest that can be refunded, to the last credit", async () => {
    const bought = await buysIn(currency);
    const parts = [step, 3 * step, Math.floor(paid / step / 3) * step];
    for (const part of parts) {
      expect(await staffRefunds(bought, part)).toMatchObject({ ok: true, refund: { state: "succeeded" } });
    }
    const gone = parts.reduce((sum, part) => sum + part, 0);
    expect(await balanceOf(bought)).toBe(1000 - Math.floor((1000 * gone) / paid));

    expect(await quoteOf(bought, null)).toMatchObject({ ok: true, quote: { amountCents: paid - gone } });
    expect(await staffRefunds(bought)).toMatchObject({ ok: true, refund: { amountCents: paid - gone } });

    await everythingArrives(bought, { times: 2, shuffle_seed: 3 });
    expect(await balanceOf(bought)).toBe(0);
    expect(await quoteOf(bought, null)).toMatchObject({ ok: false, failure: { kind: "nothing_to_refund" } });
    await expectBooksToAgree(bought);
  });

  it("of unused credits is rounded down to a step, and takes no used credit", async () => {
    const bought = await buysIn(currency, { SELF_SERVICE_REFUND_DAYS: "30" });
    await spends(bought, 333);
    const answer = await env.ACCOUNT.getByName(bought.accountId).requestRefund(bought.accountId, {
      refundId: newRefundId(),
      orderId: bought.orderId,
    });
    const unused = Math.floor((paid * 667) / 1000 / step) * step;
    expect(answer).toMatchObject({ ok: true, refund: { amountCents: unused, state: "succeeded" } });
    expect(await balanceOf(bought)).toBe(667 - Math.floor((1000 * unused) / paid));
    await expectBooksToAgree(bought);
  });
});

describe("any order in a currency without decimals, or with three", () => {
  it(
    "can be refunded in any parts, whose credits add up to those it brought",
    { timeout: 120_000 },
    async () => {
      // No price divides its currency's step, so that most parts are no whole number of credits.
      await env.DB.prepare(
        "INSERT OR REPLACE INTO price_tiers VALUES ('jpy', 1, 1300000), ('kwd', 1, 13700)",
      ).run();
      await assert(
        asyncProperty(
          constantFrom("jpy" as const, "kwd" as const),
          integer({ min: 100, max: 20_000 }),
          array(integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }),
          async (currency, credits, percents) => {
            const bought = await buysCredits(credits, { by: await customerUnder({ CURRENCY: currency }) });
            const paid = bought.amountCents;
            const step = currency === "kwd" ? 10 : 1;
            let gone = 0;
            for (const percent of percents) {
              // The part of what is left, but at least the smallest there is.
              const part = Math.max(Math.floor(((paid - gone) * percent) / 100 / step), 1) * step;
              expect(await staffRefunds(bought, part)).toMatchObject({ ok: true });
              gone += part;
              expect(await balanceOf(bought)).toBe(credits - Math.floor((credits * gone) / paid));
            }
            expect(await staffRefunds(bought)).toMatchObject({ ok: true });
            await everythingArrives(bought, { times: 2, shuffle_seed: credits });
            expect(await balanceOf(bought)).toBe(0);
            await expectBooksToAgree(bought);
          },
        ),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );
});
