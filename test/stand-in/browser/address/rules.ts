/**
 * What an address of each country has: whether it has a postal code and how that looks, whether it names a
 * state. Drawn from the Universal Postal Union's country sheets, as far as a card form needs them.
 */

/** One country's rules. A pattern is matched against the trimmed code in capitals. */
export type AddressRules = {
  postalCode: {
    label: string;
    required: boolean;
    pattern: RegExp | null;
    inputMode: "numeric" | "text";
  } | null;
  state: {
    label: string;
    required: boolean;
    options: readonly (readonly [code: string, name: string])[];
  } | null;
  hasCity: boolean;
  /** Whether the postal code is written before the city. */
  postalCodeFirst: boolean;
  cityLabel: string;
};

const withoutPostalCode = new Set(
  (
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GN GQ GY HK JM KI KM ML MO MR " +
    "MW NR NU QA RW SB SC SL SO SR SS ST SX SY TD TG TK TL TO TT TV UG VU YE ZW"
  ).split(" "),
);

/** A city that is its whole country has no line of its own. */
const withoutCity = new Set(["GI", "HK", "MC", "MO", "SG", "VA"]);

const postalCodeBeforeCity = new Set(
  "AT BE BG CH CZ DE DK EE ES FI FR GR HR HU IS IT JP LI LT LU MC MX NL NO PL PT RO RS SE SI SK TR".split(
    " ",
  ),
);

const postalPatterns: Readonly<Record<string, RegExp>> = {
  AT: /^\d{4}$/,
  AU: /^\d{4}$/,
  BE: /^\d{4}$/,
  BR: /^\d{5}-?\d{3}$/,
  CA: /^[A-Z]\d[A-Z] ?\d[A-Z]\d$/,
  CH: /^\d{4}$/,
  CN: /^\d{6}$/,
  CZ: /^\d{3} ?\d{2}$/,
  DE: /^\d{5}$/,
  DK: /^\d{4}$/,
  ES: /^\d{5}$/,
  FI: /^\d{5}$/,
  FR: /^\d{5}$/,
  GB: /^(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/,
  GR: /^\d{3} ?\d{2}$/,
  IN: /^\d{3} ?\d{3}$/,
  IT: /^\d{5}$/,
  JP: /^\d{3}-?\d{4}$/,
  KR: /^\d{5}$/,
  LU: /^\d{4}$/,
  MX: /^\d{5}$/,
  NL: /^\d{4} ?[A-Z]{2}$/,
  NO: /^\d{4}$/,
  NZ: /^\d{4}$/,
  PL: /^\d{2}-?\d{3}$/,
  PT: /^\d{4}-?\d{3}$/,
  SE: /^\d{3} ?\d{2}$/,
  SG: /^\d{6}$/,
  US: /^\d{5}(-?\d{4})?$/,
  ZA: /^\d{4}$/,
};

const postalLabels: Readonly<Record<string, string>> = {
  AU: "Postcode",
  GB: "Postcode",
  GG: "Postcode",
  IE: "Eircode",
  IM: "Postcode",
  IN: "PIN code",
  JE: "Postcode",
  NZ: "Postcode",
  PH: "ZIP code",
  PR: "ZIP code",
  US: "ZIP code",
};

/** Countries that have postal codes which few people know or use. */
const postalCodeOptional = new Set(
  "CL CO CR DO EC EG GT HN IE JO KE KW LB LK NG NI NP OM PA PE PY SV TZ UY VE ZM".split(" "),
);

const stateLabels: Readonly<Record<string, string>> = {
  AR: "Province",
  BR: "State",
  CN: "Province",
  ES: "Province",
  HK: "Area",
  ID: "Province",
  IE: "County",
  IN: "State",
  IT: "Province",
  JP: "Prefecture",
  KR: "Province",
  MX: "State",
  MY: "State",
  NG: "State",
  PH: "Province",
  TH: "Province",
  TR: "Province",
};

const stateOptional = new Set(["AR", "ID", "IE", "NG", "PH", "TR"]);

const stateLists: Readonly<Record<string, { label: string; list: string }>> = {
  AU: {
    label: "State",
    list: `ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|SA South Australia
      |TAS Tasmania|VIC Victoria|WA Western Australia`,
  },
  CA: {
    label: "Province",
    list: `AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador
      |NT Northwest Territories|NS Nova Scotia|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan
      |YT Yukon`,
  },
  US: {
    label: "State",
    list: `AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
      |DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
      |KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
      |MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
      |NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
      |SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
      |WV West Virginia|WI Wisconsin|WY Wyoming|AS American Samoa|GU Guam|MP Northern Mariana Islands
      |PR Puerto Rico|VI U.S. Virgin Islands|AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific`,
  },
};

/** The rules of one country; for a country not listed here, the postal code is optional. */
export function addressRules(country: string): AddressRules {
  return {
    postalCode: withoutPostalCode.has(country) ? null : postalCodeRules(country),
    state: stateRules(country),
    hasCity: !withoutCity.has(country),
    postalCodeFirst: postalCodeBeforeCity.has(country),
    cityLabel: country === "US" || country === "CA" ? "City" : "Town or city",
  };
}

function postalCodeRules(country: string): AddressRules["postalCode"] {
  const pattern = postalPatterns[country] ?? null;
  const hasLetters = pattern === null || pattern.source.includes("[A-Z]");
  return {
    label: postalLabels[country] ?? "Postal code",
    required: !postalCodeOptional.has(country),
    pattern,
    inputMode: hasLetters ? "text" : "numeric",
  };
}

function stateRules(country: string): AddressRules["state"] {
  const list = stateLists[country];
  if (list) {
    return {
      label: list.label,
      required: true,
      options: list.list.split("|").map((each) => codeAndName(each)),
    };
  }
  const label = stateLabels[country];
  return label === undefined ? null : { label, required: !stateOptional.has(country), options: [] };
}

function codeAndName(entry: string): readonly [string, string] {
  const words = entry.trim();
  const gap = words.indexOf(" ");
  return [words.slice(0, gap), words.slice(gap + 1)];
}

/** What is wrong with a postal code in a country, in the codes Stripe.js uses; null when nothing is. */
export function postalCodeFault(country: string, code: string): "incomplete_zip" | "invalid_zip" | null {
  const rules = addressRules(country).postalCode;
  const written = code.trim().toUpperCase();
  if (rules === null) {
    return null;
  }
  if (written === "") {
    return rules.required ? "incomplete_zip" : null;
  }
  return rules.pattern === null || rules.pattern.test(written) ? null : "invalid_zip";
}
