/**
 * The form for a new card. Its fields are Stripe's own, in iframes: what is typed there never reaches this page, which
 * gets only a single-use token for it.
 */
import type {
  Stripe,
  StripeAddressElement,
  StripeAddressElementOptions,
  StripeElements,
  StripeError,
} from "@stripe/stripe-js";
import type { Contact } from "../contact.ts";
import { onAppearanceChange, pageAppearance } from "./appearance.ts";
import { part, say, sayWith } from "./parts.ts";
import { loadStripe } from "./stripe-script.ts";

/** The two halves of the form. */
export type Place = "payment" | "address";

/** The billing address fields that the bank checks, by Stripe's names. */
export type AddressField = "line1" | "postal_code";

/** A token, or where it failed; the message is empty if Stripe's fields already show what is wrong. */
export type TokenMade = { ok: true; id: string } | { ok: false; place: Place; message: string };

type Mounted = {
  stripe: Stripe;
  elements: StripeElements;
  focus: (place: Place) => void;
  clearCard: () => void;
  /** Empties these billing address fields, keeps the rest, and focuses the first of them. Resolves with what they held. */
  askAgainFor: (fields: readonly AddressField[]) => Promise<string[]>;
  /** The first half that is still incomplete, if any. */
  incomplete: () => Place | null;
};

let mounting: Promise<Mounted> | null = null;

/** Mounts Stripe's fields, once. If Stripe.js does not load, says so and offers to try again. */
export async function mountCardForm(): Promise<Mounted | null> {
  mounting ??= mount();
  try {
    return await mounting;
  } catch {
    mounting = null;
    const retry = document.createElement("button");
    retry.type = "button";
    retry.className = "small";
    retry.textContent = "Try again";
    retry.addEventListener("click", () => {
      say("payment-error", "");
      void mountCardForm();
    });
    sayWith("payment-error", "The card form did not load. Check your connection. ", retry);
    return null;
  }
}

async function mount(): Promise<Mounted> {
  const { prices, contact } = part("buy", HTMLFormElement).dataset;
  const { currency }: { currency: string } = JSON.parse(prices ?? "{}");
  const { name, phone, billingAddress }: Contact = JSON.parse(contact ?? "{}");
  const stripe = await loadStripe();
  const elements = stripe.elements({
    mode: "setup",
    currency,
    paymentMethodCreation: "manual",
    allowedPaymentMethodTypes: ["card"],
    appearance: pageAppearance(),
  });
  onAppearanceChange(() => void elements.update({ appearance: pageAppearance() }));

  // Our own checkbox below these fields asks whether to save the card; Stripe's terms would only repeat it.
  const payment = elements.create("payment", { layout: "tabs", terms: { card: "never" } });
  let address = createAddress(elements, {
    name,
    phone,
    ...(billingAddress !== null &&
      billingAddress.country !== null && {
        address: {
          line1: billingAddress.line1,
          line2: billingAddress.line2,
          city: billingAddress.city,
          state: billingAddress.state,
          postal_code: billingAddress.postalCode,
          country: billingAddress.country,
        },
      }),
  });

  const complete = { payment: false, address: false };
  payment.on("change", (event) => {
    complete.payment = event.complete;
    say("payment-error", "");
  });
  const watchAddress = (): void => {
    address.on("change", (event) => {
      complete.address = event.complete;
      say("address-error", "");
    });
  };
  watchAddress();
  const loaded = Promise.all([
    new Promise<void>((resolve, reject) => {
      payment.on("ready", () => resolve(markReady("payment")));
      payment.on("loaderror", ({ error }) => reject(new Error(error.message)));
    }),
    whenReady(address),
  ]);
  payment.mount("#payment-element");
  address.mount("#address-element");
  try {
    await loaded;
  } catch (error) {
    payment.destroy();
    address.destroy();
    throw error;
  }
  return {
    stripe,
    elements,
    focus: (place) => (place === "payment" ? payment : address).focus(),
    clearCard: () => payment.clear(),
    askAgainFor: async (fields) => {
      const { value } = await address.getValue();
      const blanks = Object.fromEntries(fields.map((field) => [field, ""]));
      address.destroy();
      address = createAddress(elements, { ...toDefaults(value), address: { ...value.address, ...blanks } });
      watchAddress();
      const ready = whenReady(address);
      address.mount("#address-element");
      await ready;
      // There is no way to tell Stripe's element which field to focus, but submitting focuses the first incomplete one.
      await elements.submit();
      return fields.map((field) => value.address[field]);
    },
    incomplete: () => (complete.payment ? (complete.address ? null : "address") : "payment"),
  };
}

function createAddress(
  elements: StripeElements,
  defaultValues: NonNullable<StripeAddressElementOptions["defaultValues"]>,
): StripeAddressElement {
  return elements.create("address", {
    mode: "billing",
    fields: { phone: "always" },
    validation: { phone: { required: "always" } },
    defaultValues,
  });
}

/** The name and phone number the customer typed, as default values for a new address element. */
function toDefaults({ name, phone }: { name: string; phone?: string }): { name: string; phone?: string } {
  return { name, ...(phone !== undefined && { phone }) };
}

function whenReady(address: StripeAddressElement): Promise<void> {
  return new Promise((resolve, reject) => {
    address.on("ready", () => resolve(markReady("address")));
    address.on("loaderror", ({ error }) => reject(new Error(error.message)));
  });
}

function markReady(place: Place): void {
  part(`${place}-element`, HTMLElement).classList.add("is-ready");
}

/** Makes a single-use token from the form, or says what is wrong with it and where. */
export async function createToken(): Promise<TokenMade> {
  const form = await mountCardForm();
  if (form === null) {
    return { ok: false, place: "payment", message: part("payment-error", HTMLElement).textContent };
  }
  const submitted = await form.elements.submit();
  if (submitted.error !== undefined) {
    return { ok: false, ...toFault(form, submitted.error) };
  }
  const { email }: Contact = JSON.parse(part("buy", HTMLFormElement).dataset["contact"] ?? "{}");
  const created = await form.stripe.createConfirmationToken({
    elements: form.elements,
    params: {
      payment_method_data: { billing_details: { email } },
      return_url: `${location.origin}/account`,
    },
  });
  return created.error === undefined
    ? { ok: true, id: created.confirmationToken.id }
    : { ok: false, ...toFault(form, created.error) };
}

function toFault(form: Mounted, error: StripeError): { place: Place; message: string } {
  const place = form.incomplete() ?? "payment";
  if (error.type === "validation_error" && form.incomplete() !== null) {
    return { place, message: "" };
  }
  return { place, message: error.message ?? "Please check your card details. You have not been charged." };
}

/** Focuses the half `place` of the form, unless Stripe has already focused a field in it. */
export async function focusCardForm(place: Place): Promise<void> {
  const form = await mountCardForm();
  if (!part(`${place}-element`, HTMLElement).contains(document.activeElement)) {
    form?.focus(place);
  }
  part(`${place}-error`, HTMLElement).scrollIntoView({ block: "center" });
}

/** Asks again for the billing address fields that the bank did not recognise, with `message` above them. */
export async function askAgainFor(fields: readonly AddressField[], message: string): Promise<void> {
  const form = await mountCardForm();
  const typed = (await form?.askAgainFor(fields)) ?? [];
  // The fields are empty now, so quote what was typed: that makes a typo easy to spot.
  say("address-error", `${message} You typed “${typed.join("” and “")}”.`);
  // From here to the last address field fits on a phone's screen.
  part("address-error", HTMLElement).scrollIntoView({ block: "start" });
}

/** Empties the card fields after the card has paid; keeps the billing address. */
export async function clearCard(): Promise<void> {
  const form = mounting === null ? null : await mountCardForm();
  form?.clearCard();
}
