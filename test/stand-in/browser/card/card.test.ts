import { describe, expect, it } from "vitest";
import { brandOf } from "./brand.ts";
import { expiryDigits, expiryFault, expiryParts, shownExpiry } from "./expiry.ts";
import { securityCodeDigits, securityCodeFault } from "./faults.ts";
import { groupedNumber, numberDigits, numberFault, passesLuhn } from "./number.ts";
import { cardWithNumber } from "../../stripe/test-cards.ts";
import { testCards } from "../../test-cards.ts";

describe("card numbers", () => {
  it.each([
    ["", "unknown"],
    ["4", "visa"],
    ["5", "unknown"],
    ["51", "mastercard"],
    ["2221", "mastercard"],
    ["2720", "mastercard"],
    ["2721", "unknown"],
    ["34", "amex"],
    ["3600", "diners"],
    ["3528", "jcb"],
    ["6011", "discover"],
    ["65", "discover"],
    ["62", "unionpay"],
    ["9", "unknown"],
  ])("that begin with %j belong to %s", (digits, brand) => {
    expect(brandOf(digits)).toBe(brand);
  });

  it.each([
    ["4242424242424242", "4242 4242 4242 4242"],
    ["42424", "4242 4"],
    ["4242", "4242"],
    ["378282246310005", "3782 822463 10005"],
    ["36227206271667", "3622 720627 1667"],
    ["30569300090200", "3056 930009 0200"],
    ["3056930009020004", "3056 9300 0902 0004"],
    ["6205500000000000004", "6205 5000 0000 0000 004"],
  ])("like %s are shown as %j", (digits, shown) => {
    expect(groupedNumber(digits)).toBe(shown);
  });

  it.each([
    ["4242-4242 4242.4242", "4242424242424242"],
    ["42424242424242429", "4242424242424242"],
    ["3782822463100059", "378282246310005"],
    ["letters", ""],
  ])("typed as %j are kept as %j", (typed, digits) => {
    expect(numberDigits(typed)).toBe(digits);
  });

  it.each([
    ["4242424242424242", null],
    ["378282246310005", null],
    ["36227206271667", null],
    ["6205500000000000004", null],
    ["4242424242424241", "invalid_number"],
    ["424242424242424", "incomplete_number"],
    ["", "incomplete_number"],
  ])("like %j have the fault %j", (digits, fault) => {
    expect(numberFault(digits)).toBe(fault);
  });

  it("do not pass the check digit when empty", () => {
    expect(passesLuhn("")).toBe(false);
  });

  it.each(testCards)("keep every digit of $number ($name) when typed digit by digit", ({ number }) => {
    let shown = "";
    const completeAfter: number[] = [];
    for (const [at, digit] of number.split("").entries()) {
      shown = groupedNumber(numberDigits(`${shown}${digit}`));
      if (numberFault(numberDigits(shown)) === null) {
        completeAfter.push(at + 1);
      }
    }

    expect(shown.replaceAll(" ", "")).toBe(number);
    expect(completeAfter).toEqual(numberFault(number) === null ? [number.length] : []);
    expect(cardWithNumber(number)?.brand ?? "visa").toBe(brandOf(number));
  });

  it("of all test cards are accepted by the form, except the one made to fail", () => {
    const refused = testCards.filter(({ number }) => numberFault(number) !== null);

    expect(refused.map(({ number }) => number)).toEqual(["4242424242424241"]);
  });
});

describe("expiry dates", () => {
  const today = new Date(2026, 10, 23);

  it.each([
    ["1", "1"],
    ["3", "03"],
    ["1/", "01"],
    ["12", "12"],
    ["12 / 3", "123"],
    ["12/34", "1234"],
    ["1/34", "0134"],
    ["12/2034", "1234"],
    ["12-34", "1234"],
    ["1234567", "1234"],
    ["12 / 20", "1220"],
  ])("typed as %j are kept as %j", (typed, digits) => {
    expect(expiryDigits(typed)).toBe(digits);
  });

  it.each([
    ["", ""],
    ["1", "1"],
    ["12", "12 / "],
    ["1234", "12 / 34"],
  ])("kept as %j are shown as %j", (digits, shown) => {
    expect(shownExpiry(digits)).toBe(shown);
  });

  it.each([
    ["1126", null],
    ["1234", null],
    ["1026", "invalid_expiry_month_past"],
    ["1225", "invalid_expiry_year_past"],
    ["1277", "invalid_expiry_year"],
    ["1334", "invalid_expiry_month"],
    ["00", "invalid_expiry_month"],
    ["123", "incomplete_expiry"],
    ["", "incomplete_expiry"],
  ])("kept as %j have the fault %j in November 2026", (digits, fault) => {
    expect(expiryFault(digits, today)).toBe(fault);
  });

  it("that are complete have a month and a four-digit year", () => {
    expect(expiryParts("0734")).toEqual({ month: 7, year: 2034 });
  });
});

describe("security codes", () => {
  it.each([
    ["123", "visa", null],
    ["12", "visa", "incomplete_cvc"],
    ["123", "amex", "incomplete_cvc"],
    ["1234", "amex", null],
  ] as const)("like %s on %s have the fault %j", (digits, brand, fault) => {
    expect(securityCodeFault(digits, brand)).toBe(fault);
  });

  it("are cut to as many digits as the card shows", () => {
    expect(securityCodeDigits("12 34", "visa")).toBe("123");
    expect(securityCodeDigits("12 34", "amex")).toBe("1234");
  });
});
