/** What credits cost: tiers, rounding, currencies, limits. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Credits, toCredits } from "../../src/domain/credits.ts";
import {
  chargeStepCents,
  LARGEST_AMOUNT_CENTS,
  minorDigitsOf,
  smallestAmountCents,
  toCents,
  toUnitPriceMicros,
} from "../../src/domain/money.ts";
import { leastCredits, type PriceList, priceOf } from "../../src/domain/prices.ts";

/** A price list of tiers `[from how many credits, millionths for each]`. */
function listOf(
  tiers: readonly (readonly [number, number])[],
  differing: Partial<PriceList> = {},
): PriceList {
  return {
    currency: "usd",
    minCredits: toCredits(1),
    maxCredits: toCredits(1_000_000_000),
    tiers: tiers.map(([from, micros]) => ({
      fromCredits: toCredits(from),
      unitPriceMicros: toUnitPriceMicros(micros),
    })),
    packs: [],
    ...differing,
  };
}

const FOUR_TIERS = [
  [1, 10_000],
  [10_000, 9000],
  [50_000, 8000],
  [250_000, 7000],
] as const;

/** The amount in cents, or why the quantity is not for sale. */
function amountOf(list: PriceList, credits: number): number | string {
  const priced = priceOf(list, toCredits(credits));
  return priced.ok ? priced.price.amountCents : priced.failure.kind;
}

describe("the price tier reached", () => {
  it.each([
    [100, 10_000, 100, 0],
    [1000, 10_000, 1000, 0],
    [9999, 10_000, 9999, 0],
    [10_000, 9000, 9000, 1000],
    [10_001, 9000, 9001, 1000],
    [49_999, 9000, 44_999, 5000],
    [50_000, 8000, 40_000, 10_000],
    [249_999, 8000, 199_999, 50_000],
    [250_000, 7000, 175_000, 75_000],
    [1_000_000, 7000, 700_000, 300_000],
  ])(
    "applies to the whole quantity: %i credits cost %i millionths each, %i cents in all, and save %i",
    (credits, unitPriceMicros, amountCents, savedCents) => {
      const price = { credits, unitPriceMicros, amountCents, savedCents, currency: "usd" };

      expect(priceOf(listOf(FOUR_TIERS), toCredits(credits))).toEqual({ ok: true, price });
    },
  );
});

describe("a total", () => {
  it.each([
    ["usd", 5000, 101, 51, "half a cent goes up"],
    ["usd", 5000, 102, 51, "a whole cent stays"],
    ["usd", 4999, 101, 50, "less than half goes down"],
    ["usd", 5001, 101, 51, "more than half goes up"],
    ["usd", 1, 1_005_000, 101, "half a cent from many small prices goes up"],
    ["eur", 333, 1000, 33, "this would be below Stripe's minimum"],
    ["jpy", 1_500_000, 101, 152, "half a yen goes up: the yen has no cents"],
    ["jpy", 1_499_999, 101, 151, "less than half a yen goes down"],
    ["krw", 100_000, 1005, 101, "half a won goes up"],
    ["kwd", 500, 1010, 510, "Stripe wants a last digit of zero: five fils go up to ten"],
    ["kwd", 500, 1009, 500, "and less than five go down"],
    ["bhd", 1000, 5125, 5130, "as Stripe rounds 5.125"],
    ["isk", 10_000, 5050, 5100, "half a króna goes up: Stripe counts hundredths but charges whole ones"],
    ["isk", 10_000, 5049, 5000, "less than half a króna goes down"],
  ])(
    "in %s at %i millionths for %i credits is rounded half up to %i: %s",
    (currency, micros, credits, amount) => {
      const list = listOf([[1, micros]], { currency });
      const priced = amountOf(list, credits);

      expect(priced).toBe(amount < smallestAmountCents(currency) ? "below_minimum" : amount);
    },
  );
});

it.each([
  ["usd", 2, 1],
  ["eur", 2, 1],
  ["jpy", 0, 1],
  ["vnd", 0, 1],
  ["kwd", 3, 10],
  ["tnd", 3, 10],
  ["isk", 2, 100],
  ["ugx", 2, 100],
  ["xyz", 2, 1],
])("%s has %i decimal digits and is charged in steps of %i", (currency, digits, step) => {
  expect(minorDigitsOf(currency)).toBe(digits);
  expect(chargeStepCents(currency)).toBe(step);
});

// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
it.each([
  ["usd", 50],
  ["gbp", 30],
  ["jpy", 50],
  ["aed", 200],
  ["czk", 1500],
  ["huf", 17_500],
  ["mxn", 1000],
  ["kwd", 50],
])("the smallest charge in %s is %i", (currency, least) => {
  expect(smallestAmountCents(currency)).toBe(least);
});

describe("a quantity", () => {
  const limits = { minCredits: toCredits(100), maxCredits: toCredits(1_000_000) };

  it.each([
    ["below the minimum", 99, { kind: "below_minimum", minCredits: 100 }],
    ["a single credit", 1, { kind: "below_minimum", minCredits: 100 }],
    ["above the maximum", 1_000_001, { kind: "above_maximum", maxCredits: 1_000_000 }],
    [
      "larger than any number could hold exactly",
      Number.MAX_SAFE_INTEGER,
      { kind: "above_maximum", maxCredits: 1_000_000 },
    ],
  ])("that is %s is refused with the limit", (_what, credits, failure) => {
    expect(priceOf(listOf(FOUR_TIERS, limits), toCredits(credits))).toEqual({ ok: false, failure });
  });

  it.each([100, 1_000_000])("of %i, at the limit, is for sale", (credits) => {
    expect(priceOf(listOf(FOUR_TIERS, limits), toCredits(credits)).ok).toBe(true);
  });

  it("is not for sale without prices", () => {
    expect(priceOf(listOf([]), toCredits(1000))).toEqual({ ok: false, failure: { kind: "no_prices" } });
  });

  it("below the first tier is refused with the quantity where that tier begins", () => {
    const failure = { kind: "below_minimum", minCredits: 500 };

    expect(priceOf(listOf([[500, 10_000]]), toCredits(499))).toEqual({ ok: false, failure });
  });

  it("that costs less than Stripe charges is refused with the smallest quantity that is enough", () => {
    const list = listOf([[1, 1000]], limits);

    expect(priceOf(list, toCredits(494))).toEqual({
      ok: false,
      failure: { kind: "below_minimum", minCredits: 495 },
    });
    expect(amountOf(list, 495)).toBe(50);
  });

  it("has a minimum that may fall in a later tier", () => {
    const list = listOf([
      [1, 10_000],
      [50, 5000],
    ]);

    expect(leastCredits(list)).toBe(99);
    expect(amountOf(list, 50)).toBe("below_minimum");
    expect(amountOf(list, 99)).toBe(50);
  });

  it("in a later tier too cheap for Stripe to charge is refused with the minimum from an earlier tier", () => {
    const list = listOf([
      [1, 10_000],
      [1000, 100],
    ]);

    expect(priceOf(list, toCredits(1000))).toEqual({
      ok: false,
      failure: { kind: "below_minimum", minCredits: 50 },
    });
    expect(amountOf(list, 50)).toBe(50);
  });

  it("is for sale up to the largest amount Stripe charges, and not for a cent more", () => {
    expect(amountOf(listOf([[1, 10_000]]), 99_999_999)).toBe(99_999_999);
    expect(amountOf(listOf([[1, 10_000]]), 100_000_000)).toBe("above_maximum");
  });

  it("that costs more than Stripe charges is not for sale", () => {
    const list = listOf([[1, 1_000_000_000]]);

    expect(amountOf(list, 999)).toBe(99_900_000);
    expect(amountOf(list, 1000)).toBe("above_maximum");
    expect(amountOf(list, 1_000_000_000)).toBe("above_maximum");
  });
});

describe("a number", () => {
  it.each([0, -1, 1.5, 1_000_000_001, Number.NaN, Number.POSITIVE_INFINITY])(
    "of %d is not accepted as a unit price",
    (value) => {
      expect(() => toUnitPriceMicros(value)).toThrow(
        "a unit price is a positive, bounded number of millionths",
      );
    },
  );

  it.each([0.5, Number.NaN, 2 ** 53])("of %d is accepted neither as cents nor as credits", (value) => {
    expect(() => toCents(value)).toThrow("an amount is a whole number of cents");
    expect(() => toCredits(value)).toThrow("credits are a whole number");
  });

  it.each([0, -1, 2 ** 53 - 1])("of %d is accepted as cents and as credits", (value) => {
    expect([toCents(value), toCredits(value)]).toEqual([value, value]);
  });
});

describe("for every price list", () => {
  const currency = fc.constantFrom("usd", "gbp", "jpy", "kwd", "isk", "huf", "xyz");
  const unitPrice = fc.oneof(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: 1, max: 50_000 }));
  const quantity = fc.oneof(
    fc.integer({ min: 1, max: 1_000_000_000 }),
    fc.integer({ min: 1, max: 20_000 }),
    fc.constantFrom(1_000_000_000),
  );
  const list = fc
    .record({
      currency,
      minCredits: fc.integer({ min: 1, max: 1000 }),
      tiers: fc.uniqueArray(fc.tuple(quantity, unitPrice), {
        minLength: 1,
        maxLength: 5,
        selector: ([from]) => from,
      }),
    })
    .map(({ tiers, minCredits, ...rest }) =>
      listOf(
        tiers.toSorted(([one], [other]) => one - other),
        { ...rest, minCredits: toCredits(minCredits) },
      ),
    );

  it("a total is never off by more than half of Stripe's step, and is exact up to the bounds", () => {
    fc.assert(
      fc.property(list, quantity, (prices, credits) => {
        const priced = priceOf(prices, toCredits(credits));
        fc.pre(priced.ok);
        const { amountCents, savedCents, unitPriceMicros } = priced.price;
        const perCent = 10n ** BigInt(6 - minorDigitsOf(prices.currency));
        const off = BigInt(amountCents) * perCent - BigInt(credits) * BigInt(unitPriceMicros);
        const half = (perCent * BigInt(chargeStepCents(prices.currency))) / 2n;
        expect(off > -half && off <= half).toBe(true);
        expect(amountCents % chargeStepCents(prices.currency)).toBe(0);
        expect(Number.isSafeInteger(amountCents) && Number.isSafeInteger(savedCents)).toBe(true);
        expect(amountCents).toBeGreaterThanOrEqual(smallestAmountCents(prices.currency));
        expect(amountCents).toBeLessThanOrEqual(LARGEST_AMOUNT_CENTS);
      }),
      { numRuns: 2000 },
    );
  });

  it("more credits within a tier never cost less", () => {
    fc.assert(
      fc.property(list, quantity, fc.nat({ max: 1000 }), (prices, credits, more) => {
        const [few, many] = [priceOf(prices, toCredits(credits)), priceOf(prices, toCredits(credits + more))];
        fc.pre(few.ok && many.ok && few.price.unitPriceMicros === many.price.unitPriceMicros);
        expect(many.price.amountCents).toBeGreaterThanOrEqual(few.price.amountCents);
      }),
      { numRuns: 2000 },
    );
  });

  it("the unit price is that of the highest tier reached, and the saving is compared with the first tier", () => {
    fc.assert(
      fc.property(list, quantity, (prices, credits) => {
        const priced = priceOf(prices, toCredits(credits));
        fc.pre(priced.ok);
        const [first, ...others] = prices.tiers;
        const reached = others.findLast((tier) => tier.fromCredits <= credits) ?? first;
        expect(priced.price.unitPriceMicros).toBe(reached?.unitPriceMicros);
        const atFirst = priceOf({ ...prices, tiers: prices.tiers.slice(0, 1) }, toCredits(credits));
        fc.pre(atFirst.ok);
        expect(priced.price.savedCents).toBe(toCents(atFirst.price.amountCents - priced.price.amountCents));
      }),
      { numRuns: 2000 },
    );
  });

  it("the minimum is for sale unless it costs more than Stripe charges, and one credit less is not", () => {
    fc.assert(
      fc.property(list, (prices) => {
        const least: Credits = leastCredits(prices);
        const asked = priceOf(prices, least);
        expect(asked.ok || asked.failure.kind === "above_maximum").toBe(true);
        fc.pre(least > 1);
        expect(amountOf(prices, least - 1)).toBe("below_minimum");
      }),
      { numRuns: 2000 },
    );
  });
});
