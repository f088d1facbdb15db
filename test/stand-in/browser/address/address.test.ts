import { describe, expect, it } from "vitest";
import { countriesIn, countryCodes } from "./countries.ts";
import { cardWithNumber } from "../../stripe/test-cards.ts";
import { testCards } from "../../test-cards.ts";
import { exampleFor } from "./examples.ts";
import { addressFaults } from "./faults.ts";
import { addressRules, postalCodeFault } from "./rules.ts";

describe("countries", () => {
  it("are listed once each, all with a name", () => {
    const listed = countriesIn("en", null);

    expect(new Set(countryCodes).size).toBe(countryCodes.length);
    expect(listed.filter(({ code, name }) => name === code)).toEqual([]);
  });

  it("are sorted by their names in the reader’s language", () => {
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
  ])("in %s have, for %j, the fault %j", (country, code, fault) => {
    expect(postalCodeFault(country, code)).toBe(fault);
  });

  it.each([
    ["US", "ZIP code"],
    ["GB", "Postcode"],
    ["DE", "Postal code"],
    ["IN", "PIN code"],
  ])("are called in %s: %s", (country, label) => {
    expect(addressRules(country).postalCode?.label).toBe(label);
  });
});

describe("states", () => {
  it.each([
    ["US", 59],
    ["CA", 13],
    ["AU", 8],
  ])("of %s form a list of %i to choose from", (country, count) => {
    const { state } = addressRules(country);

    expect(state?.options).toHaveLength(count);
    expect(state?.options.every(([code, name]) => code !== "" && name !== "")).toBe(true);
  });

  it.each([
    ["JP", "Prefecture", true],
    ["IE", "County", false],
  ])("of %s are typed into a field called %s", (country, label, required) => {
    expect(addressRules(country).state).toEqual({ label, required, options: [] });
  });

  it.each(["DE", "GB", "FR"])("of %s have no field", (country) => {
    expect(addressRules(country).state).toBeNull();
  });

  it("and cities have no field where the city is the whole country", () => {
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

  it("has the postcode that the test cards expect for an American card", () => {
    expect(exampleFor("US", fresh)?.postal_code).toBe("94105");
  });

  it("keeps to the country of an address that was typed", () => {
    expect(exampleFor("DE", { ...fresh, isUntouched: false })?.country).toBe("US");
  });

  it("keeps to the countries that the form offers", () => {
    expect(exampleFor("JP", { ...fresh, offered: ["US", "CA"] })?.country).toBe("US");
  });

  it("does not exist for a chosen country without an example", () => {
    expect(exampleFor("US", { ...fresh, country: "BR", isUntouched: false })).toBeNull();
  });
});

describe("the faults of an address", () => {
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
  ] as const)("are right for the field %s written as %j in %s: %s", (field, written, country, code) => {
    expect(addressFaults[field](written, country)?.code).toBe(code);
  });

  it("are worded for the country", () => {
    expect(addressFaults.postalCode("", "US")?.message).toBe("Enter your ZIP code.");
    expect(addressFaults.postalCode("", "GB")?.message).toBe("Enter your postcode.");
    expect(addressFaults.state("", "CA")?.message).toBe("Enter your province.");
  });
});
