/** `stripe.elements()`: a group of elements that share an appearance and are submitted together. */
import type {
  StripeAddressElement,
  StripeAddressElementOptions,
  StripeElements,
  StripeElementsOptions,
  StripeElementsUpdateOptions,
  StripeError,
  StripePaymentElement,
  StripePaymentElementOptions,
} from "@stripe/stripe-js";
import { appearanceSchema, submitAnswerSchema } from "../frames/protocol.ts";
import { addressElement, type AddressPart } from "./address-element.ts";
import { checkElementsOptions } from "./elements-options.ts";
import { eventHandlers } from "./events.ts";
import type { FramedElement, GroupSettings } from "./framed-element.ts";
import { integrationError } from "./integration-error.ts";
import { paymentElement, type PaymentPart } from "./payment-element.ts";

/** The elements the stand-in has, called as at Stripe. */
type CreateElement = {
  (type: "payment", options?: StripePaymentElementOptions): StripePaymentElement;
  (type: "address", options: StripeAddressElementOptions): StripeAddressElement;
};

type GetElement = {
  (type: "payment"): StripePaymentElement | null;
  (type: "address", options?: { mode: "billing" | "shipping" }): StripeAddressElement | null;
};

/** The calls that the stand-in answers; the compiler checks them against the package. */
type Supported = Pick<StripeElements, "update" | "submit" | "fetchUpdates" | "on"> & {
  create: StripeElements["create"] extends CreateElement ? CreateElement : never;
  getElement: StripeElements["getElement"] extends GetElement ? GetElement : never;
};

/** What confirmation tokens need of a group. */
export type ElementsGroup = {
  payment: () => PaymentPart | undefined;
  billingAddress: () => AddressPart | undefined;
  isSubmitted: () => boolean;
  options: () => StripeElementsOptions;
};

/** Groups by the object the page holds, so that nothing private hangs on that object. */
const groups = new WeakMap<object, ElementsGroup>();

/** The group behind an object that `elements()` gave out. */
export function groupOf(elements: unknown): ElementsGroup {
  const group = typeof elements === "object" && elements !== null ? groups.get(elements) : undefined;
  if (!group) {
    throw integrationError("`elements` must be what stripe.elements() returned.");
  }
  return group;
}

/** Makes an empty group. Throws an IntegrationError for options Stripe.js refuses. */
export function elementsGroup(
  place: Pick<GroupSettings, "standInUrl" | "publishableKey">,
  given: StripeElementsOptions = {},
): Supported {
  let options: StripeElementsOptions = checkElementsOptions(given);
  let payment: PaymentPart | undefined;
  let addresses: AddressPart[] = [];
  let isSubmitted = false;
  const events = eventHandlers();

  const settings = (): GroupSettings => ({
    ...place,
    locale: options.locale === undefined || options.locale === "auto" ? navigator.language : options.locale,
    appearance: appearanceSchema.parse(options.appearance ?? {}),
    showsLoader: options.loader !== "never",
  });
  const billingAddress = () => addresses.find(({ mode }) => mode === "billing");
  const inPageOrder = () => framedParts(payment, addresses).toSorted(byPosition);

  function createElement(type: "payment", elementOptions?: StripePaymentElementOptions): StripePaymentElement;
  function createElement(type: "address", elementOptions: StripeAddressElementOptions): StripeAddressElement;
  function createElement(
    ...[type, elementOptions]:
      | ["payment", (StripePaymentElementOptions | undefined)?]
      | ["address", StripeAddressElementOptions]
  ): StripePaymentElement | StripeAddressElement {
    return type === "payment" ? createPayment(elementOptions ?? {}) : createAddress(elementOptions);
  }

  function createPayment(elementOptions: StripePaymentElementOptions): StripePaymentElement {
    if (payment) {
      throw integrationError("Can only create one Element of type payment.");
    }
    payment = paymentElement(
      {
        settings,
        hasBillingAddress: () => billingAddress() !== undefined,
        picked: (country) => billingAddress()?.framed.frame()?.tell({ kind: "example", country }),
        savesCard: () => options.mode === "setup" || Boolean(options.mode && options.setupFutureUsage),
        destroyed() {
          payment = undefined;
        },
      },
      elementOptions,
    );
    return payment.element;
  }

  function createAddress(elementOptions: StripeAddressElementOptions): StripeAddressElement {
    if (addresses.some(({ mode }) => mode === elementOptions.mode)) {
      throw integrationError(`Can only create one Element of type address in ${elementOptions.mode} mode.`);
    }
    const part = addressElement(
      {
        settings,
        destroyed() {
          addresses = addresses.filter((each) => each !== part);
          void payment?.framed.configure();
        },
      },
      elementOptions,
    );
    addresses = [...addresses, part];
    // The card form drops its own country and postal code as soon as there is an address form.
    void payment?.framed.configure();
    return part.element;
  }

  async function update(changes: StripeElementsUpdateOptions): Promise<void> {
    // The changes of one mode are merged into the options of any: the check below says whether they fit.
    options = checkElementsOptions({ ...options, ...changes } as StripeElementsOptions);
    await Promise.all(framedParts(payment, addresses).map((part) => part.configure()));
    events.emit("update-end", {});
  }

  async function submit(): Promise<{ error: StripeError } | { selectedPaymentMethod: string }> {
    if (!payment?.framed.frame()) {
      throw integrationError("elements.submit() needs a mounted Payment Element.");
    }
    const faults: StripeError[] = [];
    for (const part of inPageOrder()) {
      const question = { kind: "submit", focus: faults.length === 0 } as const;
      const answer = await part.frame()?.ask(question, submitAnswerSchema);
      if (answer?.error) {
        faults.push(answer.error);
      }
    }
    const [first] = faults;
    isSubmitted = first === undefined;
    return first ? { error: first } : { selectedPaymentMethod: "card" };
  }

  const elements: Supported = {
    create: createElement,
    getElement,
    update,
    submit,
    // There is no intent behind a group made from a mode, so there is nothing to fetch.
    fetchUpdates: () => Promise.resolve({}),
    on: (type, handler) => events.add(type, handler),
  };
  groups.set(elements, {
    payment: () => payment,
    billingAddress,
    isSubmitted: () => isSubmitted,
    options: () => options,
  });
  return elements;

  function getElement(type: "payment"): StripePaymentElement | null;
  function getElement(
    type: "address",
    wanted?: { mode: "billing" | "shipping" },
  ): StripeAddressElement | null;
  function getElement(
    type: "payment" | "address",
    wanted?: { mode: "billing" | "shipping" },
  ): StripePaymentElement | StripeAddressElement | null {
    return type === "payment"
      ? (payment?.element ?? null)
      : (addresses.find(({ mode }) => !wanted || mode === wanted.mode)?.element ?? null);
  }
}

function framedParts(payment: PaymentPart | undefined, addresses: AddressPart[]): FramedElement[] {
  return [...(payment ? [payment.framed] : []), ...addresses.map(({ framed }) => framed)];
}

/** The forms in reading order; the first fault is that of the first form that has one. */
function byPosition(one: FramedElement, other: FramedElement): number {
  const [first, second] = [one.position(), other.position()];
  return first && second && first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_PRECEDING ? 1 : -1;
}
