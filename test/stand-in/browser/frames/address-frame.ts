/** Inside the address frame: a form that follows the rules of the country picked. */
import { exampleFor } from "../address/examples.ts";
import { addressFaults, type AddressFault } from "../address/faults.ts";
import { addressRules } from "../address/rules.ts";
import { fillCountries } from "./country-list.ts";
import { find, inputField, listField, type FormField } from "./form-field.ts";
import { applyAppearance } from "./looks.ts";
import { hearPage, reportSizeAndFocus, tellPage } from "./page-link.ts";
import type { AddressState, AddressView, ToFrame } from "./protocol.ts";

type Configuration = Extract<ToFrame, { kind: "configure" }>;

const fields = {
  name: inputField("name"),
  country: listField("country"),
  line1: inputField("addressLine1"),
  line2: inputField("addressLine2"),
  city: inputField("locality"),
  stateList: listField("stateList"),
  stateText: inputField("stateText"),
  postalCode: inputField("postalCode"),
  phone: inputField("phone"),
};
const places = find(document, ".Places", HTMLElement);
let configuration: Configuration | undefined;
let view: AddressView | undefined;
let lastTold = "";
let isCountryChosen = false;
/** What the example filled in, so that another may replace it; what a person typed is left as it is. */
const exampleValues = new Map<FormField, string>();

for (const field of Object.values(fields)) {
  field.control.addEventListener("input", () => {
    if (field.showsFault()) {
      field.show(faultOf(field)?.message ?? null);
    }
    changed();
  });
  field.control.addEventListener("blur", () => {
    if (field.control.value.trim() !== "") {
      field.show(faultOf(field)?.message ?? null);
    }
  });
}

fields.country.control.addEventListener("change", () => {
  isCountryChosen = true;
  arrangeForCountry();
  changed();
});

reportSizeAndFocus(find(document, "main", HTMLElement));
hearPage((message) => {
  switch (message.kind) {
    case "configure":
      return configure(message);
    case "submit":
      return { error: submit(message.focus) };
    case "value":
      return state();
    case "focus":
      return usedFields()[0]?.control.focus();
    case "blur":
      return document.activeElement instanceof HTMLElement && document.activeElement.blur();
    case "clear":
      return clear();
    case "example":
      return fillExample(message.country);
    case "tokenise":
    case "challenge":
      return undefined;
  }
});

function configure(message: Configuration): object {
  if (message.view.type !== "address") {
    return {};
  }
  const isFirst = !configuration;
  const changedList =
    message.locale !== configuration?.locale ||
    String(message.view.allowedCountries) !== String(view?.allowedCountries);
  configuration = message;
  view = message.view;
  applyAppearance(message.appearance);
  if (changedList) {
    fillCountries(
      fields.country.control,
      message.locale,
      view.allowedCountries,
      view.defaults.address.country,
    );
  }
  fields.name.setUsed(view.showsName);
  fields.name.setLabel(view.nameLabel);
  fields.phone.setUsed(view.showsPhone);
  fields.phone.setLabel(view.requiresPhone ? "Phone number" : "Phone number (optional)");
  arrangeForCountry();
  if (isFirst) {
    fillDefaults(view);
  }
  document.body.classList.add("is-drawn");
  changed();
  return {};
}

function fillDefaults({ defaults: { name, phone, address } }: AddressView): void {
  fields.name.control.value = name;
  fields.phone.control.value = phone;
  fields.line1.control.value = address.line1;
  fields.line2.control.value = address.line2;
  fields.city.control.value = address.city;
  fields.postalCode.control.value = address.postal_code;
  stateField().control.value = address.state;
}

/** A test card was picked: an address of its country goes into fields that are empty or hold an earlier example. */
function fillExample(cardCountry: string): void {
  const { country, name, line1, line2, city, postalCode, phone } = fields;
  const isUntouched = [line1, line2, city, stateField(), postalCode].every((field) =>
    holdsNothingTyped(field),
  );
  const example = exampleFor(cardCountry, {
    country: country.control.value,
    isUntouched: isUntouched && !isCountryChosen,
    offered: [...country.control.options].map(({ value }) => value),
  });
  if (example === null) {
    return;
  }
  if (example.country !== country.control.value) {
    country.control.value = example.country;
    arrangeForCountry();
  }
  write(name, example.name);
  write(phone, example.phone);
  write(line1, example.line1);
  write(city, example.city);
  write(stateField(), example.state);
  write(postalCode, example.postal_code);
  changed();
}

function holdsNothingTyped(field: FormField): boolean {
  return ["", exampleValues.get(field)].includes(written(field));
}

function write(field: FormField, value: string): void {
  if (field.isUsed() && holdsNothingTyped(field)) {
    field.control.value = value;
    field.show(null);
    exampleValues.set(field, value);
  }
}

function arrangeForCountry(): void {
  const rules = addressRules(fields.country.control.value);
  const { city, stateList, stateText, postalCode } = fields;
  city.setUsed(rules.hasCity);
  city.setLabel(rules.cityLabel);
  const hasList = rules.state !== null && rules.state.options.length > 0;
  stateList.setUsed(hasList);
  stateText.setUsed(rules.state !== null && !hasList);
  for (const field of [stateList, stateText]) {
    field.setLabel(rules.state ? `${rules.state.label}${rules.state.required ? "" : " (optional)"}` : "");
  }
  const picked = stateList.control.value;
  const options = (rules.state?.options ?? []).map(([code, name]) => new Option(name, code));
  stateList.control.replaceChildren(new Option("Select", ""), ...options);
  stateList.control.value = options.some(({ value }) => value === picked) ? picked : "";
  postalCode.setUsed(rules.postalCode !== null);
  postalCode.setLabel(
    `${rules.postalCode?.label ?? ""}${rules.postalCode?.required === false ? " (optional)" : ""}`,
  );
  postalCode.control.inputMode = rules.postalCode?.inputMode ?? "text";
  const [cityBox, postalBox] = [boxOf(city), boxOf(postalCode)];
  places.append(
    ...(rules.postalCodeFirst ? [postalBox, cityBox] : [cityBox]),
    boxOf(stateList),
    boxOf(stateText),
  );
  if (!rules.postalCodeFirst) {
    places.append(postalBox);
  }
  for (const field of [city, stateList, stateText, postalCode]) {
    field.show(null);
  }
}

function boxOf(field: FormField): Element {
  return field.control.closest("[data-field]") ?? field.control;
}

function stateField(): FormField {
  return fields.stateList.isUsed() ? fields.stateList : fields.stateText;
}

function usedFields(): FormField[] {
  // In document order, which changes with the country.
  return [...document.querySelectorAll("[data-field]")]
    .map((box) => Object.values(fields).find((field) => boxOf(field) === box))
    .filter((field) => field !== undefined)
    .filter((field) => field.isUsed());
}

function written(field: FormField): string {
  return field.isUsed() ? field.control.value.trim() : "";
}

function state(): AddressState {
  const { name, country, line1, line2, city, postalCode, phone } = fields;
  const typedFields = usedFields().filter((field) => field !== country);
  return {
    empty: typedFields.every((field) => written(field) === ""),
    complete: usedFields().every((field) => faultOf(field) === null),
    value: {
      name: written(name),
      phone: written(phone).replace(/(?!^\+)\D/g, ""),
      address: {
        line1: written(line1),
        line2: written(line2),
        city: written(city),
        state: written(stateField()),
        postal_code: written(postalCode),
        country: country.control.value,
      },
    },
  };
}

function faultOf(field: FormField): AddressFault | null {
  if (!field.isUsed()) {
    return null;
  }
  const country = fields.country.control.value;
  const check = {
    [fields.name.control.name]: addressFaults.name,
    [fields.line1.control.name]: addressFaults.line1,
    [fields.city.control.name]: addressFaults.city,
    [fields.stateText.control.name]: addressFaults.state,
    [fields.postalCode.control.name]: addressFaults.postalCode,
    [fields.phone.control.name]: view?.requiresPhone ? addressFaults.phone : addressFaults.optionalPhone,
  }[field.control.name];
  return check?.(written(field), country) ?? null;
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
  const faults = usedFields().map((field) => ({ field, fault: faultOf(field) }));
  for (const { field, fault } of faults) {
    field.show(fault?.message ?? null);
  }
  const first = faults.find(({ fault }) => fault !== null);
  if (!first?.fault) {
    return null;
  }
  if (focus) {
    first.field.control.focus();
  }
  return { type: "validation_error", ...first.fault } as const;
}

function clear(): void {
  for (const field of usedFields()) {
    if (field !== fields.country) {
      field.control.value = "";
    }
    field.show(null);
  }
  changed();
}
