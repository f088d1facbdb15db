/** The Payment Element, showing a card form: Stripe's element of that name as far as cards go. */
import type {
  StripePaymentElement,
  StripePaymentElementChangeEvent,
  StripePaymentElementOptions,
} from "@stripe/stripe-js";
import { paymentStateSchema, type PaymentState, type PaymentView } from "../frames/protocol.ts";
import type { Handler } from "./events.ts";
import { framedElement, type FramedElement, type GroupSettings } from "./framed-element.ts";

/** The element the page holds, and what its group needs of it. */
export type PaymentPart = {
  element: StripePaymentElement;
  framed: FramedElement;
  /** Billing fields that the page promised to give itself, as paths in billing details. */
  neverCollected: () => string[];
};

/** What the group tells the element. */
export type PaymentContext = {
  settings: () => GroupSettings;
  /** Whether an Address Element of the group collects the billing address. */
  hasBillingAddress: () => boolean;
  savesCard: () => boolean;
  /** A test card of this country was picked. */
  picked: (country: string) => void;
  destroyed: () => void;
};

/** Makes the element, not yet in the page. */
export function paymentElement(context: PaymentContext, given: StripePaymentElementOptions): PaymentPart {
  let options = given;

  const framed = framedElement({
    type: "payment",
    title: "Secure payment input frame",
    firstHeight: 190,
    settings: context.settings,
    view: () => paymentView(options, context),
    changed(state, events) {
      events.emit("change", changeEvent(paymentStateSchema.parse(state)));
    },
    picked: context.picked,
    destroyed: context.destroyed,
  });

  const element: StripePaymentElement = {
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
    // With cards alone there are no other methods to collapse into.
    collapse: () => element,
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
  return { element, framed, neverCollected: () => neverCollected(options) };
}

function paymentView(options: StripePaymentElementOptions, context: PaymentContext): PaymentView {
  const never = neverCollected(options);
  const hasAddress = context.hasBillingAddress();
  const { country, postal_code } = options.defaultValues?.billingDetails?.address ?? {};
  return {
    type: "payment",
    showsCountry: !hasAddress && !never.includes("address.country"),
    showsPostalCode: !hasAddress && !never.includes("address.postal_code"),
    readOnly: options.readOnly ?? false,
    terms: terms(options, context.savesCard()),
    defaults: { country: country ?? "", postal_code: postal_code ?? "" },
  };
}

/** Stripe's form asks permission for later charges whenever the card is to be kept, unless told not to. */
function terms(options: StripePaymentElementOptions, savesCard: boolean): string {
  const shown = options.terms?.card ?? "auto";
  if (shown === "never" || (shown === "auto" && !savesCard)) {
    return "";
  }
  return `By giving your card details you let ${options.business?.name ?? "this business"} charge the card for later payments under its terms.`;
}

/** The paths in billing details of what `fields` excludes. */
function neverCollected({ fields }: StripePaymentElementOptions): string[] {
  const details = fields?.billingDetails;
  const each =
    typeof details === "object"
      ? details
      : { name: details, email: details, phone: details, address: details };
  const { address } = each;
  const line =
    typeof address === "object"
      ? address
      : {
          country: address,
          postalCode: address,
          state: address,
          city: address,
          line1: address,
          line2: address,
        };
  const options = {
    name: each.name,
    email: each.email,
    phone: each.phone,
    "address.country": line.country,
    "address.postal_code": line.postalCode,
    "address.state": line.state,
    "address.city": line.city,
    "address.line1": line.line1,
    "address.line2": line.line2,
  };
  return Object.entries(options).flatMap(([path, option]) => (option === "never" ? [path] : []));
}

function changeEvent({
  empty,
  complete,
  country,
  postalCode,
}: PaymentState): StripePaymentElementChangeEvent {
  const value = { type: "card", billingDetails: { address: { country, postalCode } } };
  return { elementType: "payment", empty, complete, collapsed: false, value };
}
