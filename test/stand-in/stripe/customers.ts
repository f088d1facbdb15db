/** Customers (https://docs.stripe.com/api/customers) and the payment methods they keep. */
import type Stripe from "stripe";
import { z } from "zod";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { randomLetters } from "./ids.ts";
import { listOf } from "./lists.ts";
import { all, allOf, find, idOf, load, loadNamed, save } from "./objects.ts";
import {
  address,
  emptyable,
  expand,
  inRange,
  integer,
  mergeMetadata,
  metadata,
  page,
  range,
  text,
  toAddress,
} from "./params.ts";
import { attach, detach, paymentMethodNamed } from "./payment-methods.ts";
import { refuseMissing, refuseParameter } from "./refusals.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const fields = {
  address: emptyable(address).optional(),
  balance: integer.optional(),
  description: z.string().optional(),
  email: z.string().optional(),
  expand,
  invoice_settings: z.strictObject({ default_payment_method: z.string().optional() }).optional(),
  metadata: metadata.optional(),
  name: z.string().optional(),
  phone: z.string().optional(),
  preferred_locales: z.array(text).optional(),
  shipping: emptyable(z.strictObject({ address, name: text, phone: z.string().optional() })).optional(),
  tax_exempt: z.enum(["", "exempt", "none", "reverse"]).optional(),
};
const createParams = z.strictObject({ ...fields, payment_method: text.optional() });
const updateParams = z.strictObject(fields);
type Fields = z.infer<typeof updateParams>;

export const customerRoutes = [
  endpoint("POST", "/v1/customers", createParams, create),
  endpoint(
    "GET",
    "/v1/customers",
    z.strictObject({ ...page, email: text.optional(), created: range.optional() }),
    list,
  ),
  endpoint("GET", "/v1/customers/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "customer", id),
  ),
  endpoint("POST", "/v1/customers/:id", updateParams, update),
  endpoint("DELETE", "/v1/customers/:id", z.strictObject({}), erase),
  endpoint(
    "GET",
    "/v1/customers/:id/payment_methods",
    z.strictObject({
      ...page,
      type: text.optional(),
      allow_redisplay: z.enum(["always", "limited", "unspecified"]).optional(),
    }),
    listPaymentMethods,
  ),
];

/** The customer a parameter names, who has not been deleted. */
export function customerNamed(sandbox: Sandbox, id: string, param: string): Stripe.Customer {
  const customer = loadNamed(sandbox, "customer", id, param);
  return isDeleted(customer) ? refuseMissing("customer", id, param, 400) : customer;
}

function isDeleted(customer: Stripe.Customer | Stripe.DeletedCustomer): customer is Stripe.DeletedCustomer {
  return customer.deleted === true;
}

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.Customer {
  const blank: Stripe.Customer = {
    id: newId("cus").slice(0, 18),
    object: "customer",
    address: null,
    balance: 0,
    created: now(sandbox),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomLetters(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
  const customer = save(sandbox, "customer", changed(blank, params));
  emit(sandbox, "customer.created", withoutDeletion(customer));
  if (params.payment_method !== undefined) {
    const method = paymentMethodNamed(sandbox, params.payment_method);
    attach(sandbox, method, blank.id);
  }
  return withoutDeletion(customer);
}

function update(sandbox: Sandbox, params: Fields, id: string): Stripe.Customer {
  const before = load(sandbox, "customer", id);
  if (isDeleted(before)) {
    return refuseMissing("customer", id, "id", 404);
  }
  const preferred = params.invoice_settings?.default_payment_method;
  if (preferred) {
    const method = loadNamed(
      sandbox,
      "payment_method",
      preferred,
      "invoice_settings[default_payment_method]",
    );
    if (idOf(method.customer) !== id) {
      refuseParameter(
        `The customer does not have a payment method with the ID ${preferred}. The payment method must be attached to the customer.`,
        "invoice_settings[default_payment_method]",
        "resource_missing",
      );
    }
  }
  const after = changed(before, params);
  save(sandbox, "customer", after);
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    emit(sandbox, "customer.updated", after, before);
  }
  return after;
}

function changed(before: Stripe.Customer, given: Fields): Stripe.Customer {
  const preferred = given.invoice_settings?.default_payment_method;
  return {
    ...before,
    ...(given.address === undefined
      ? {}
      : { address: given.address === null ? null : toAddress(given.address) }),
    ...(given.balance === undefined ? {} : { balance: given.balance }),
    ...(given.description === undefined ? {} : { description: given.description || null }),
    ...(given.email === undefined ? {} : { email: validEmail(given.email) }),
    ...(preferred === undefined
      ? {}
      : { invoice_settings: { ...before.invoice_settings, default_payment_method: preferred || null } }),
    metadata: mergeMetadata(before.metadata, given.metadata),
    ...(given.name === undefined ? {} : { name: given.name || null }),
    ...(given.phone === undefined ? {} : { phone: given.phone || null }),
    ...(given.preferred_locales === undefined ? {} : { preferred_locales: given.preferred_locales }),
    ...(given.shipping === undefined ? {} : { shipping: toShipping(given.shipping) }),
    ...(given.tax_exempt === undefined ? {} : { tax_exempt: given.tax_exempt || "none" }),
  };
}

function toShipping(given: Exclude<Fields["shipping"], undefined>): Stripe.Customer.Shipping | null {
  return given === null
    ? null
    : { address: toAddress(given.address), name: given.name, phone: given.phone || null };
}

/** Stripe only checks for something like an e-mail address: one @ with something on both sides. */
function validEmail(email: string): string | null {
  if (email !== "" && !/^[^@\s]+@[^@\s]+$/.test(email)) {
    refuseParameter(`Invalid email address: ${email}`, "email", "email_invalid");
  }
  if (email.length > 512) {
    refuseParameter("Invalid string: must be at most 512 characters", "email");
  }
  return email === "" ? null : email;
}

/** A deleted customer keeps only its id, and its cards are detached. */
function erase(sandbox: Sandbox, _params: object, id: string): Stripe.DeletedCustomer {
  const before = load(sandbox, "customer", id);
  if (isDeleted(before)) {
    return refuseMissing("customer", id, "id", 404);
  }
  for (const method of methodsOf(sandbox, id)) {
    detach(sandbox, method);
  }
  const gone: Stripe.DeletedCustomer = { id, object: "customer", deleted: true };
  save(sandbox, "customer", gone);
  emit(sandbox, "customer.deleted", before);
  return gone;
}

function list(
  sandbox: Sandbox,
  params: { email?: string | undefined; created?: z.infer<typeof range> | undefined } & z.infer<
    z.ZodObject<typeof page>
  >,
): Stripe.ApiList<Stripe.Customer> {
  const customers = all(sandbox, "customer").filter(
    (customer): customer is Stripe.Customer =>
      !isDeleted(customer) &&
      (params.email === undefined || customer.email === params.email) &&
      inRange(customer.created, params.created),
  );
  return listOf(customers, params, "/v1/customers", "customer");
}

function listPaymentMethods(
  sandbox: Sandbox,
  params: { type?: string | undefined; allow_redisplay?: string | undefined } & z.infer<
    z.ZodObject<typeof page>
  >,
  id: string,
): Stripe.ApiList<Stripe.PaymentMethod> {
  const customer = find(sandbox, "customer", id);
  if (customer === null || isDeleted(customer)) {
    return refuseMissing("customer", id, "customer", 404);
  }
  const methods = methodsOf(sandbox, id).filter(
    (method) =>
      (params.type === undefined || method.type === params.type) &&
      (params.allow_redisplay === undefined || method.allow_redisplay === params.allow_redisplay),
  );
  return listOf(methods, params, `/v1/customers/${id}/payment_methods`, "PaymentMethod");
}

function methodsOf(sandbox: Sandbox, customer: string): Stripe.PaymentMethod[] {
  return allOf(sandbox, "payment_method", customer);
}

function withoutDeletion(customer: Stripe.Customer | Stripe.DeletedCustomer): Stripe.Customer {
  return isDeleted(customer) ? refuseMissing("customer", customer.id, "id", 404) : customer;
}
