/** Payment methods (https://docs.stripe.com/api/payment_methods): cards, attached to a customer or not. */
import type Stripe from "stripe";
import { z } from "zod";
import { billingDetails, mergeBillingDetails, toBillingDetails } from "./billing-details.ts";
import {
  type Card,
  behaviourOf,
  cardByName,
  cardDetails,
  cardOf,
  describeCard,
  readCard,
  saveCard,
} from "./cards.ts";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { askIssuer, uncheckedChecks } from "./issuer.ts";
import { listOf } from "./lists.ts";
import { all, find, idOf, load, loadNamed, save } from "./objects.ts";
import { expand, integer, mergeMetadata, metadata, page, text } from "./params.ts";
import { declineError } from "./declines.ts";
import { refuseMissing, refuseParameter, refuseState } from "./refusals.ts";
import { type Declined, endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const allowRedisplay = z.enum(["always", "limited", "unspecified"]);

/** `payment_method_data[…]` as intents and confirmation tokens accept it. */
export const paymentMethodData = z.strictObject({
  type: z.enum(["card"]),
  card: cardDetails,
  billing_details: billingDetails.optional(),
  allow_redisplay: allowRedisplay.optional(),
  metadata: metadata.optional(),
  radar_options: z.strictObject({ session: text.optional() }).optional(),
});
export type PaymentMethodData = z.infer<typeof paymentMethodData>;

const updateParams = z.strictObject({
  allow_redisplay: allowRedisplay.optional(),
  billing_details: billingDetails.optional(),
  card: z
    .strictObject({
      exp_month: integer.optional(),
      exp_year: integer.optional(),
      networks: z.strictObject({ preferred: z.string().optional() }).optional(),
    })
    .optional(),
  metadata: metadata.optional(),
  expand,
});
const listParams = z.strictObject({
  ...page,
  customer: text.optional(),
  type: text.optional(),
  allow_redisplay: allowRedisplay.optional(),
});

export const paymentMethodRoutes = [
  endpoint("POST", "/v1/payment_methods", paymentMethodData.extend({ expand }), (sandbox, params) =>
    createPaymentMethod(sandbox, params),
  ),
  endpoint("GET", "/v1/payment_methods", listParams, list),
  endpoint("GET", "/v1/payment_methods/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    cardByName(sandbox, id) === null ? load(sandbox, "payment_method", id) : paymentMethodNamed(sandbox, id),
  ),
  endpoint("GET", "/v1/customers/:id/payment_methods/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "payment_method", id),
  ),
  endpoint("POST", "/v1/payment_methods/:id", updateParams, update),
  endpoint("POST", "/v1/payment_methods/:id/attach", z.strictObject({ customer: text, expand }), attachRoute),
  endpoint("POST", "/v1/payment_methods/:id/detach", z.strictObject({ expand }), detachRoute),
];

/** Makes a payment method from a typed card. No issuer is asked. */
export function createPaymentMethod(sandbox: Sandbox, params: PaymentMethodData): Stripe.PaymentMethod {
  return paymentMethodOf(sandbox, readCard(sandbox, params.card), {
    billing: toBillingDetails(params.billing_details),
    allowRedisplay: params.allow_redisplay ?? "unspecified",
    metadata: mergeMetadata({}, params.metadata),
  });
}

/** Makes a payment method for a card. */
export function paymentMethodOf(
  sandbox: Sandbox,
  card: Card,
  given: {
    billing: Stripe.PaymentMethod.BillingDetails;
    allowRedisplay: z.infer<typeof allowRedisplay>;
    metadata: Record<string, string>;
  },
): Stripe.PaymentMethod {
  const method: Stripe.PaymentMethod = {
    id: newId("pm"),
    object: "payment_method",
    allow_redisplay: given.allowRedisplay,
    billing_details: given.billing,
    card: describeCard(card, uncheckedChecks(card, given.billing)),
    created: now(sandbox),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: given.metadata,
    type: "card",
  };
  saveCard(sandbox, method.id, card);
  return save(sandbox, "payment_method", method);
}

/** The payment method a parameter names; a `pm_card_…` id makes a new one, as at Stripe. */
export function paymentMethodNamed(
  sandbox: Sandbox,
  id: string,
  param = "payment_method",
): Stripe.PaymentMethod {
  const card = cardByName(sandbox, id);
  if (card === null) {
    return loadNamed(sandbox, "payment_method", id, param);
  }
  return paymentMethodOf(sandbox, card, {
    billing: toBillingDetails(undefined),
    allowRedisplay: "unspecified",
    metadata: {},
  });
}

/** Attaches a payment method to a customer, who may then use it again. */
export function attach(
  sandbox: Sandbox,
  method: Stripe.PaymentMethod,
  customer: string,
): Stripe.PaymentMethod {
  const current = load(sandbox, "payment_method", method.id);
  if (idOf(current.customer) === customer) {
    return current;
  }
  const attached = save(sandbox, "payment_method", { ...current, customer });
  emit(sandbox, "payment_method.attached", attached);
  return attached;
}

/** Detaches a payment method from its customer. It can never be used again. */
export function detach(sandbox: Sandbox, method: Stripe.PaymentMethod): Stripe.PaymentMethod {
  const detached = save(sandbox, "payment_method", { ...method, customer: null });
  saveCard(sandbox, method.id, { ...cardOf(sandbox, method.id), spent: true });
  emit(sandbox, "payment_method.detached", detached, method);
  return detached;
}

/** Refuses a payment method that was used up without a customer, or detached from one. */
export function refuseSpent(sandbox: Sandbox, method: Stripe.PaymentMethod): void {
  if (cardOf(sandbox, method.id).spent) {
    refuseState(
      "payment_method_unexpected_state",
      "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
      { param: "payment_method" },
    );
  }
}

function attachRoute(
  sandbox: Sandbox,
  params: { customer: string },
  id: string,
): Stripe.PaymentMethod | Declined {
  const customer = find(sandbox, "customer", params.customer);
  if (customer === null || customer.deleted === true) {
    return refuseMissing("customer", params.customer, "customer", 400);
  }
  const method =
    cardByName(sandbox, id) === null ? load(sandbox, "payment_method", id) : paymentMethodNamed(sandbox, id);
  const holder = idOf(method.customer);
  if (holder === customer.id) {
    return method;
  }
  if (holder !== null) {
    return refuseState(
      "payment_method_unexpected_state",
      "The payment method you provided has already been attached to a customer.",
    );
  }
  refuseSpent(sandbox, method);
  // Attaching authorises nothing or next to nothing with the issuer, to see that the card exists.
  const card = cardOf(sandbox, method.id);
  const { decline } = askIssuer(sandbox, method, card, "setup");
  if (decline !== null || behaviourOf(card).authentication === "lookup_fails") {
    return {
      declined: declineError(decline, { payment_method: load(sandbox, "payment_method", method.id) }),
    };
  }
  return attach(sandbox, method, customer.id);
}

function detachRoute(sandbox: Sandbox, _params: object, id: string): Stripe.PaymentMethod {
  const method = load(sandbox, "payment_method", id);
  if (method.customer === null) {
    return refuseState(
      "payment_method_unexpected_state",
      "The payment method you provided is not attached to a customer so detachment is impossible.",
    );
  }
  return detach(sandbox, method);
}

function update(sandbox: Sandbox, params: z.infer<typeof updateParams>, id: string): Stripe.PaymentMethod {
  const before = load(sandbox, "payment_method", id);
  if (before.customer === null) {
    return refuseState(
      "payment_method_unexpected_state",
      "You must save this PaymentMethod to a customer before you can update it.",
    );
  }
  const month = params.card?.exp_month;
  const year = params.card?.exp_year;
  if (month !== undefined && (month < 1 || month > 12)) {
    refuseParameter("Your card's expiration month is invalid.", "exp_month", "invalid_expiry_month");
  }
  const card = cardOf(sandbox, id);
  saveCard(sandbox, id, { ...card, expMonth: month ?? card.expMonth, expYear: year ?? card.expYear });
  const after: Stripe.PaymentMethod = {
    ...before,
    allow_redisplay: params.allow_redisplay ?? before.allow_redisplay ?? "unspecified",
    billing_details: mergeBillingDetails(before.billing_details, params.billing_details),
    ...(before.card === undefined
      ? {}
      : {
          card: {
            ...before.card,
            exp_month: month ?? before.card.exp_month,
            exp_year: year ?? before.card.exp_year,
          },
        }),
    metadata: mergeMetadata(before.metadata, params.metadata),
  };
  save(sandbox, "payment_method", after);
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    emit(sandbox, "payment_method.updated", after, before);
  }
  return after;
}

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.PaymentMethod> {
  const methods = all(sandbox, "payment_method").filter(
    (method) =>
      (params.customer === undefined
        ? method.customer !== null
        : idOf(method.customer) === params.customer) &&
      (params.type === undefined || method.type === params.type) &&
      (params.allow_redisplay === undefined || method.allow_redisplay === params.allow_redisplay),
  );
  return listOf(methods, params, "/v1/payment_methods", "PaymentMethod");
}
