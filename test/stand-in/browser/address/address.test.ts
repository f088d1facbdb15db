import { describe, expect, it } from "vitest";
import { countriesIn, countryCodes } from "./countries.ts";
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
