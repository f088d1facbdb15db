import { describe, expect, it } from "vitest";
import { countriesIn, countryCodes } from "./countries.ts";
import { cardWithNumber } from "../../stripe/test-cards.ts";
import { testCards } from "../../test-cards.ts";
import { exampleFor } from "./examples.ts";
import { addressFaults } from "./faults.ts";
import { addressRules, postalCodeFault } from "./rules.ts";

describe("countries", () => {
  it("no country is listed twice, and each has a name", () => {
    const listed = countriesIn("en", null);

    expect(new Set(countryCodes).size).toBe(countryCodes.length);
    expect(listed.filter(({ code, name }) => name === code)).toEqual([]);
  });

  it("are in the order of their names in the reader’s language", () => {
    const german = countriesIn("de", ["DE", "AT", "EG"]);

    expect(german.map(({ name }) => name)).toEqual(["Ägypten", "Deutschland", "Österreich"]);
  });
});

describe("postal codes", () => {
  it.each([
    ["US", "94107", null],
    ["US", "94107-1234", null],
    ["US", "941", "invalid_zip"],
    ["US", " ", "incomplete_zip"],
    ["CA", "k1a 0b1", null],
    ["GB", "SW1A 1AA", null],
    ["GB", "12345", "invalid_zip"],
    ["DE", "10115", null],
    ["NL", "1012ab", null],
    ["HK", "", null],
    ["AE", "anything", null],
    ["IE", "", null],
    ["BG", "any 1", null],
    ["BG", "", "incomplete_zip"],
  ])("in %s, %j has the fault %j", (country, code, fault) => {
    expect(postalCodeFault(country, code)).toBe(fault);
  });

  it.each([
    ["US", "ZIP code"],
    ["GB", "Postcode"],
    ["DE", "Postal code"],
    ["IN", "PIN code"],
  ])("in %s it is called %s", (country, label) => {
    expect(addressRules(country).postalCode?.label).toBe(label);
  });
});

describe("states", () => {
  it.each([
    ["US", 59],
    ["CA", 13],
    ["AU", 8],
  ])("%s has a list of %i to choose from", (country, count) => {
    const { state } = addressRules(country);

    expect(state?.options).toHaveLength(count);
    expect(state?.options.every(([code, name]) => code !== "" && name !== "")).toBe(true);
  });

  it.each([
    ["JP", "Prefecture", true],
    ["IE", "County", false],
  ])("%s has a %s to write", (country, label, required) => {
    expect(addressRules(country).state).toEqual({ label, required, options: [] });
  });

  it.each(["DE", "GB", "FR"])("%s has none", (country) => {
    expect(addressRules(country).state).toBeNull();
  });

  it("a city that is its country has no city line", () => {
    expect(addressRules("SG").hasCity).toBe(false);
  });
});

describe("the example that a test card fills in", () => {
  const fresh = { country: "US", isUntouched: true, offered: countryCodes };
  const countries = [...new Set(testCards.map(({ number }) => cardWithNumber(number)?.country ?? "US"))];

  it.each(countries)("is complete for a card of %s", (country) => {
    const example = exampleFor(country, fresh);
    const faults = example && [
      addressFaults.name(example.name),
      addressFaults.line1(example.line1),
      addressRules(country).hasCity ? addressFaults.city(example.city, country) : null,
      addressFaults.state(example.state, country),
      addressFaults.postalCode(example.postal_code, country),
      addressFaults.phone(example.phone),
    ];
    const { state } = addressRules(country);

    expect(example?.country).toBe(country);
    expect(faults?.filter((fault) => fault !== null)).toEqual([]);
    expect(state?.options.length ? state.options.map(([code]) => code) : [example?.state]).toContain(
      example?.state,
    );
  });

  it("of an American card has the postcode the cards expect", () => {
    expect(exampleFor("US", fresh)?.postal_code).toBe("94105");
  });

  it("stays in the country of what was typed", () => {
    expect(exampleFor("DE", { ...fresh, isUntouched: false })?.country).toBe("US");
  });

  it("stays in a country the form offers", () => {
    expect(exampleFor("JP", { ...fresh, offered: ["US", "CA"] })?.country).toBe("US");
  });

  it("is none where there is none for the country chosen", () => {
    expect(exampleFor("US", { ...fresh, country: "BR", isUntouched: false })).toBeNull();
  });
});

describe("faults of an address", () => {
  it.each([
    ["name", "", "US", "incomplete_name"],
    ["line1", "", "US", "incomplete_address"],
    ["city", "", "US", "incomplete_city"],
    ["city", "Berlin", "DE", undefined],
    ["state", "", "US", "incomplete_state"],
    ["state", "", "IE", undefined],
    ["state", "", "DE", undefined],
    ["postalCode", "", "US", "incomplete_zip"],
    ["postalCode", "12", "US", "invalid_zip"],
    ["phone", "", "US", "incomplete_phone"],
    ["phone", "555", "US", "incomplete_phone"],
    ["phone", "+1 (201) 555-0123", "US", undefined],
    ["phone", "call me at 2015550123", "US", "invalid_phone"],
    ["optionalPhone", "", "US", undefined],
  ] as const)("%s written as %j in %s has the fault %s", (field, written, country, code) => {
    expect(addressFaults[field](written, country)?.code).toBe(code);
  });

  it("are said in the words of the country", () => {
    expect(addressFaults.postalCode("", "US")?.message).toBe("Enter your ZIP code.");
    expect(addressFaults.postalCode("", "GB")?.message).toBe("Enter your postcode.");
    expect(addressFaults.state("", "CA")?.message).toBe("Enter your province.");
  });
});
