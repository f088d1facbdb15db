/**
 * Inside the payment frame: the card form. The digits are typed here, checked here and sent from here; no
 * message to the page holds them.
 */
import { postalCodeFault } from "../address/rules.ts";
import { brandOf } from "../card/brand.ts";
import { expiryParts } from "../card/expiry.ts";
import { faultSentences, type CardFault } from "../card/faults.ts";
import { callStripe } from "../stripe/api.ts";
import { cardFields } from "./card-fields.ts";
import { fillCountries } from "./country-list.ts";
import { find, inputField, listField, type FormField } from "./form-field.ts";
import { applyAppearance } from "./looks.ts";
import { hearPage, reportSizeAndFocus, tellPage } from "./page-link.ts";
import {
  confirmationTokenSchema,
  type PaymentState,
  type PaymentView,
  type ToFrame,
  type TokenAnswer,
} from "./protocol.ts";
import { testCardMenu } from "./test-card-menu.ts";

/** Stripe's card form asks for a postal code only where banks check it. */
const countriesAskedForPostalCode = new Set(["US", "CA", "GB", "PR"]);

type Configuration = Extract<ToFrame, { kind: "configure" }>;

const card = cardFields(() => changed());
const country = listField("country");
const postalCode = inputField("postalCode");
let configuration: Configuration | undefined;
let lastTold = "";

type CheckedField = { field: FormField; fault: () => CardFault | null };

const checkedFields: CheckedField[] = [
  ...card.checked,
  {
    field: postalCode,
    fault: () =>
      postalCode.isUsed() ? postalCodeFault(country.control.value, postalCode.control.value) : null,
  },
];

for (const { field, fault } of checkedFields) {
  field.control.addEventListener("blur", () => {
    if (field.control.value !== "") {
      showFault(field, fault());
    }
  });
}

postalCode.control.addEventListener("input", () => {
  if (postalCode.showsFault()) {
    showFault(postalCode, postalCodeFault(country.control.value, postalCode.control.value));
  }
  changed();
});

country.control.addEventListener("change", () => {
  if (configuration?.view.type === "payment") {
    arrangeAddress(configuration.view);
  }
  changed();
});

testCardMenu(({ number, country: countryOfCard }) => {
  card.fill(number);
  tellPage({ kind: "picked", country: countryOfCard });
  if (postalCode.isUsed() && postalCode.control.value === "") {
    postalCode.control.value =
      { US: "94107", CA: "K1A 0B1", GB: "SW1A 1AA" }[country.control.value] ?? "94107";
    postalCode.show(null);
  }
  changed();
});

reportSizeAndFocus(find(document, "main", HTMLElement));
hearPage((message) => {
  switch (message.kind) {
    case "configure":
      return configure(message);
    case "submit":
      return { error: submit(message.focus) };
    case "tokenise":
      return tokenise(message.parameters);
    case "focus":
      return card.number.control.focus();
    case "blur":
      return document.activeElement instanceof HTMLElement && document.activeElement.blur();
    case "clear":
      return clear();
    case "value":
    case "challenge":
    case "example":
      return undefined;
  }
});

function configure(message: Configuration): object {
  if (message.view.type !== "payment") {
    return {};
  }
  const { view } = message;
  applyAppearance(message.appearance);
  if (message.locale !== configuration?.locale) {
    fillCountries(country.control, message.locale, null, view.defaults.country);
  }
  if (!configuration) {
    postalCode.control.value = view.defaults.postal_code;
  }
  configuration = message;
  for (const { field } of checkedFields) {
    if (field.control instanceof HTMLInputElement) {
      field.control.readOnly = view.readOnly;
    }
  }
  find(document, ".Terms", HTMLElement).textContent = view.terms;
  arrangeAddress(view);
  document.body.classList.add("is-drawn");
  return {};
}

function arrangeAddress(view: PaymentView): void {
  const asked = view.showsCountry ? country.control.value : view.defaults.country || "US";
  country.setUsed(view.showsCountry);
  postalCode.setUsed(view.showsPostalCode && countriesAskedForPostalCode.has(asked));
  postalCode.setLabel(
    asked === "US" || asked === "PR" ? "ZIP code" : asked === "GB" ? "Postcode" : "Postal code",
  );
  postalCode.control.placeholder = { US: "12345", CA: "M5T 1T4", GB: "WS11 1DB" }[asked] ?? "";
  postalCode.control.inputMode = asked === "US" || asked === "PR" ? "numeric" : "text";
  postalCode.show(null);
}

function showFault(field: FormField, fault: CardFault | null): void {
  field.show(fault === null ? null : faultSentences[fault]);
}

function state(): PaymentState {
  const used = checkedFields.filter(({ field }) => field.isUsed());
  return {
    empty: used.every(({ field }) => field.control.value === ""),
    complete: used.every(({ fault }) => fault() === null),
    brand: brandOf(card.numberDigits()),
    country: country.isUsed() ? country.control.value : null,
    postalCode: postalCode.isUsed() ? postalCode.control.value : null,
  };
}

function changed(): void {
  const now = state();
  if (JSON.stringify(now) !== lastTold) {
    lastTold = JSON.stringify(now);
    tellPage({ kind: "change", state: now });
  }
}

/** Shows every fault; gives back the first one as Stripe's validation error, with focus on its field. */
function submit(focus: boolean) {
  const faults = checkedFields.map(({ field, fault }) => ({ field, fault: fault() }));
  for (const { field, fault } of faults) {
    showFault(field, fault);
  }
  const first = faults.find(({ fault }) => fault !== null);
  if (!first || first.fault === null) {
    return null;
  }
  if (focus) {
    first.field.control.focus();
  }
  return { type: "validation_error", code: first.fault, message: faultSentences[first.fault] } as const;
}

async function tokenise(given: Record<string, string>): Promise<TokenAnswer> {
  const fault = submit(true);
  if (fault || !configuration) {
    return { error: fault ?? { type: "api_error", message: "The card form is not ready." } };
  }
  const { month, year } = expiryParts(card.expiryDigits());
  const { country: ownCountry, postalCode: ownPostalCode } = state();
  const address = "payment_method_data[billing_details][address]";
  const answer = await callStripe(
    { standInUrl: new URL("/stand-in/", location.href).href, publishableKey: configuration.publishableKey },
    "v1/confirmation_tokens",
    confirmationTokenSchema,
    {
      "payment_method_data[type]": "card",
      "payment_method_data[card][number]": card.numberDigits(),
      "payment_method_data[card][exp_month]": String(month),
      "payment_method_data[card][exp_year]": String(year),
      "payment_method_data[card][cvc]": card.securityCode.control.value,
      ...(ownCountry ? { [`${address}[country]`]: ownCountry } : {}),
      ...(ownPostalCode ? { [`${address}[postal_code]`]: ownPostalCode } : {}),
      ...given,
    },
  );
  return answer.ok ? { confirmationToken: answer.value } : { error: answer.error };
}

function clear(): void {
  for (const { field } of checkedFields) {
    field.control.value = "";
    field.show(null);
  }
  card.redraw();
  changed();
}
