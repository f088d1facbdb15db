/**
 * The form for a new card. Its fields are Stripe's own, each set in a frame: what is typed there never enters this
 * page, which gets a single-use token for it.
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

/** The fields of the address that the bank checks, by Stripe's names. */
export type AddressField = "line1" | "postal_code";

/** A token, or where it failed; the message is empty where Stripe's fields have said it already, each beside itself. */
export type TokenMade = { ok: true; id: string } | { ok: false; place: Place; message: string };

type Mounted = {
  stripe: Stripe;
  elements: StripeElements;
  focus: (place: Place) => void;
  clearCard: () => void;
  /** Empties these fields of the address, keeps the rest, and moves to the first of them. Answers what they held. */
  askAgainFor: (fields: readonly AddressField[]) => Promise<string[]>;
  /** The half that is still incomplete, the first of them. */
  incomplete: () => Place | null;
};

let mounting: Promise<Mounted> | null = null;

/** Puts Stripe's fields into the page, once. Where their script does not load, the page says so and offers to try again. */
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

  // We ask ourselves whether to keep the card, beneath these fields; Stripe's own words would say it twice.
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
      // Stripe's element cannot be told which field to go to, but goes to the first that lacks something by itself.
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

/** What the customer typed beside the address, as an element's defaults. */
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

/** A single-use token for what is in the form, or what is wrong with it and where. */
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

/** Moves to the form's half `place`, unless Stripe has already moved to the very field there. */
export async function focusCardForm(place: Place): Promise<void> {
  const form = await mountCardForm();
  if (!part(`${place}-element`, HTMLElement).contains(document.activeElement)) {
    form?.focus(place);
  }
  part(`${place}-error`, HTMLElement).scrollIntoView({ block: "center" });
}

/** Asks once more for the fields of the address that the bank did not recognise, with `message` above them. */
export async function askAgainFor(fields: readonly AddressField[], message: string): Promise<void> {
  const form = await mountCardForm();
  const typed = (await form?.askAgainFor(fields)) ?? [];
  // The fields are empty now, and a typing mistake is found by seeing it.
  say("address-error", `${message} You typed “${typed.join("” and “")}”.`);
  // From here to the last field of the address fits a phone's screen.
  part("address-error", HTMLElement).scrollIntoView({ block: "start" });
}

/** Empties the card's fields after it has been paid with; the address stays. */
export async function clearCard(): Promise<void> {
  const form = mounting === null ? null : await mountCardForm();
  form?.clearCard();
}
