/** The Address Element: Stripe's element of that name. */
import type {
  StripeAddressElement,
  StripeAddressElementChangeEvent,
  StripeAddressElementOptions,
} from "@stripe/stripe-js";
import {
  addressStateSchema,
  type AddressState,
  type AddressView,
  type BillingDetails,
} from "../frames/protocol.ts";
import type { Handler } from "./events.ts";
import { framedElement, type FramedElement, type GroupSettings } from "./framed-element.ts";
import { integrationError } from "./integration-error.ts";

/** The element the page holds, and what its group needs of it. */
export type AddressPart = {
  element: StripeAddressElement;
  framed: FramedElement;
  mode: StripeAddressElementOptions["mode"];
  /** What is in the form now, or null while it is not in the page. */
  details: () => Promise<Omit<BillingDetails, "email"> | null>;
};

/** Makes the element, not yet in the page. */
export function addressElement(
  context: { settings: () => GroupSettings; destroyed: () => void },
  given: StripeAddressElementOptions,
): AddressPart {
  if (given.mode !== "billing" && given.mode !== "shipping") {
    throw integrationError("elements.create('address') needs a mode: 'billing' or 'shipping'.");
  }
  const { mode } = given;
  let options = given;

  const framed = framedElement({
    type: "address",
    title: "Secure address input frame",
    firstHeight: 380,
    settings: context.settings,
    view: () => addressView(options),
    changed(state, events) {
      const read = addressStateSchema.parse(state);
      const event: StripeAddressElementChangeEvent = {
        elementType: "address",
        elementMode: mode,
        empty: read.empty,
        ...publicState(read, addressView(options)),
      };
      events.emit("change", event);
    },
    destroyed: context.destroyed,
  });

  async function currentState(): Promise<AddressState | null> {
    const frame = framed.frame();
    return frame ? frame.ask({ kind: "value" }, addressStateSchema) : null;
  }

  const element: StripeAddressElement = {
    mount: (place) => framed.mount(place),
    unmount: () => framed.unmount(),
    destroy: () => framed.destroy(),
    focus: () => framed.focus(),
    blur: () => framed.blur(),
    clear: () => framed.clear(),
    update(changes) {
      options = { ...options, ...changes };
      void framed.configure();
      return element;
    },
    async getValue() {
      const state = await currentState();
      if (state === null) {
        throw integrationError("addressElement.getValue() needs the element to be mounted.");
      }
      return publicState(state, addressView(options));
    },
    on(type: string, handler: Handler) {
      framed.events.add(type, handler);
      return element;
    },
    once(type: string, handler: Handler) {
      framed.events.addOnce(type, handler);
      return element;
    },
    off(type: string, handler?: Handler) {
      framed.events.remove(type, handler);
      return element;
    },
  };
  return { element, framed, mode, details: async () => (await currentState())?.value ?? null };
}

function addressView(options: StripeAddressElementOptions): AddressView {
  const { defaultValues: given = {}, fields, validation, display } = options;
  const splitName = [given.firstName, given.lastName].filter((part) => part).join(" ");
  const showsPhone = fields?.phone === "always";
  return {
    type: "address",
    showsName: fields?.name !== "never",
    nameLabel: display?.name === "organization" ? "Organization" : "Full name",
    showsPhone,
    requiresPhone: showsPhone && validation?.phone?.required !== "never",
    allowedCountries: options.allowedCountries ?? null,
    defaults: {
      name: given.name ?? splitName,
      phone: given.phone ?? "",
      address: {
        line1: given.address?.line1 ?? "",
        line2: given.address?.line2 ?? "",
        city: given.address?.city ?? "",
        state: given.address?.state ?? "",
        postal_code: given.address?.postal_code ?? "",
        country: given.address?.country ?? "",
      },
    },
  };
}

/** Stripe leaves out a phone it did not ask for, and gives null for a missing second line. */
function publicState({ complete, value }: AddressState, { showsPhone }: AddressView) {
  const { name, phone, address } = value;
  return {
    complete,
    isNewAddress: true,
    value: {
      name,
      address: { ...address, line2: address.line2 === "" ? null : address.line2 },
      ...(showsPhone ? { phone } : {}),
    },
  };
}
