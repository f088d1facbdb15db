/** Payment intents (https://docs.stripe.com/api/payment_intents): the endpoints, and what they accept. */
import type Stripe from "stripe";
import { z } from "zod";
import { refuseAmount, validCurrency } from "./amounts.ts";
import { customerNamed } from "./customers.ts";
import { emit } from "./events.ts";
import { newClientSecret, newId } from "./ids.ts";
import { choiceOf, refuseBrowserConfirmation, refuseWrongSecret } from "./intent-params.ts";
import { browserView } from "./intent-views.ts";
import { listOf } from "./lists.ts";
import { allOf, load, save } from "./objects.ts";
import { expand, inRange, mergeMetadata, text } from "./params.ts";
import { cancelPayment, capturePayment } from "./payment-capture.ts";
import { type ConfirmationParams, confirmPayment } from "./payment-confirmation.ts";
import {
  cancelParams,
  captureParams,
  confirmParams,
  createParams,
  listParams,
  shippingOf,
  updateParams,
} from "./payment-intent-params.ts";
import { paymentMethodNamed } from "./payment-methods.ts";
import { refuseParameter, refuseState } from "./refusals.ts";
import { type Caller, type Declined, endpoint, openEndpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

export const paymentIntentRoutes = [
  endpoint("POST", "/v1/payment_intents", createParams, create),
  endpoint("GET", "/v1/payment_intents", listParams, list),
  openEndpoint(
    "GET",
    "/v1/payment_intents/:id",
    z.strictObject({ client_secret: text.optional(), expand }),
    retrieve,
  ),
  endpoint("POST", "/v1/payment_intents/:id", updateParams, update),
  openEndpoint("POST", "/v1/payment_intents/:id/confirm", confirmParams, confirm),
  endpoint("POST", "/v1/payment_intents/:id/capture", captureParams, (sandbox, params, id) =>
    capturePayment(sandbox, load(sandbox, "payment_intent", id), params),
  ),
  endpoint("POST", "/v1/payment_intents/:id/cancel", cancelParams, (sandbox, params, id) =>
    cancelPayment(sandbox, load(sandbox, "payment_intent", id), params.cancellation_reason ?? null),
  ),
];

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.PaymentIntent | Declined {
  const currency = validCurrency(params.currency);
  refuseAmount(params.amount, currency);
  if (params.confirm !== true) {
    for (const name of [
      "confirmation_token",
      "off_session",
      "error_on_requires_action",
      "mandate_data",
    ] as const) {
      if (params[name] !== undefined) {
        refuseParameter(`You can only provide \`${name}\` when \`confirm\` is \`true\`.`, name);
      }
    }
  }
  refuseConfirmationMethod(params);
  const customer =
    params.customer === undefined ? null : customerNamed(sandbox, params.customer, "customer").id;
  const method =
    params.payment_method === undefined ? null : paymentMethodNamed(sandbox, params.payment_method).id;
  const id = newId("pi");
  const options = params.payment_method_options?.card;
  const intent: Stripe.PaymentIntent = {
    id,
    object: "payment_intent",
    ...choiceOf(params),
    amount: params.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: params.capture_method ?? "automatic_async",
    client_secret: newClientSecret(id),
    confirmation_method: params.confirmation_method ?? "automatic",
    created: now(sandbox),
    currency,
    customer,
    customer_account: null,
    description: params.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method,
    payment_method_options: {
      card: {
        ...(options?.capture_method === undefined ? {} : { capture_method: options.capture_method }),
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: options?.request_three_d_secure ?? "automatic",
        ...(options?.setup_credential_usage === undefined
          ? {}
          : { setup_credential_usage: options.setup_credential_usage }),
        ...(options?.setup_future_usage === undefined
          ? {}
          : { setup_future_usage: options.setup_future_usage }),
        ...(options?.stored_credential_usage === undefined
          ? {}
          : { stored_credential_usage: options.stored_credential_usage }),
      },
    },
    payment_record: null,
    processing: null,
    receipt_email: params.receipt_email || null,
    review: null,
    setup_future_usage: params.setup_future_usage || null,
    shipping: shippingOf(params.shipping),
    source: null,
    statement_descriptor: params.statement_descriptor ?? null,
    statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
    status: method === null ? "requires_payment_method" : "requires_confirmation",
    transfer_data: null,
    transfer_group: params.transfer_group ?? null,
  };
  save(sandbox, "payment_intent", intent);
  emit(sandbox, "payment_intent.created", intent);
  return params.confirm === true ? confirmPayment(sandbox, intent, withMethod(params, method)) : intent;
}

/** Dynamic payment methods decide by themselves how a payment is confirmed. */
function refuseConfirmationMethod(params: z.infer<typeof createParams>): void {
  if (params.confirmation_method !== undefined && params.automatic_payment_methods?.enabled === true) {
    refuseParameter(
      "You may only specify one of these parameters: automatic_payment_methods, confirmation_method.",
      "automatic_payment_methods",
      "parameters_exclusive",
    );
  }
}

/** The method was already made when it was named; confirming must not make another. */
function withMethod(params: ConfirmationParams, method: string | null): ConfirmationParams {
  return { ...params, payment_method: method ?? undefined };
}

function retrieve(
  sandbox: Sandbox,
  params: { client_secret?: string | undefined },
  id: string,
  caller: Caller,
): object {
  const intent = load(sandbox, "payment_intent", id);
  refuseWrongSecret(intent, params.client_secret, caller);
  return browserView(intent, caller);
}

function confirm(
  sandbox: Sandbox,
  params: z.infer<typeof confirmParams>,
  id: string,
  caller: Caller,
): object {
  const intent = load(sandbox, "payment_intent", id);
  refuseWrongSecret(intent, params.client_secret, caller);
  if (caller === "publishable") {
    refuseBrowserConfirmation(intent, params);
  }
  const confirmed = confirmPayment(sandbox, intent, params);
  return "declined" in confirmed ? confirmed : browserView(confirmed, caller);
}

function update(sandbox: Sandbox, params: z.infer<typeof updateParams>, id: string): Stripe.PaymentIntent {
  const before = load(sandbox, "payment_intent", id);
  const finished = before.status === "succeeded" || before.status === "canceled";
  const moneyMoves =
    params.amount !== undefined || params.currency !== undefined || params.payment_method !== undefined;
  if ((finished || before.status === "requires_capture") && moneyMoves) {
    return refuseState(
      "payment_intent_unexpected_state",
      `This PaymentIntent's ${params.amount === undefined ? "payment details" : "amount"} could not be updated because it has a status of ${before.status}. You may only update the amount of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.`,
      { payment_intent: before },
    );
  }
  const currency = params.currency === undefined ? before.currency : validCurrency(params.currency);
  const amount = params.amount ?? before.amount;
  refuseAmount(amount, currency);
  const method =
    params.payment_method === undefined ? null : paymentMethodNamed(sandbox, params.payment_method).id;
  return save(sandbox, "payment_intent", {
    ...before,
    amount,
    ...(params.capture_method === undefined ? {} : { capture_method: params.capture_method }),
    currency,
    ...(params.customer === undefined
      ? {}
      : { customer: customerNamed(sandbox, params.customer, "customer").id }),
    ...(params.description === undefined ? {} : { description: params.description || null }),
    metadata: mergeMetadata(before.metadata, params.metadata),
    ...(method === null
      ? {}
      : { next_action: null, payment_method: method, status: "requires_confirmation" }),
    ...(params.receipt_email === undefined ? {} : { receipt_email: params.receipt_email || null }),
    ...(params.setup_future_usage === undefined
      ? {}
      : { setup_future_usage: params.setup_future_usage || null }),
    ...(params.shipping === undefined ? {} : { shipping: shippingOf(params.shipping) }),
    ...(params.statement_descriptor === undefined
      ? {}
      : { statement_descriptor: params.statement_descriptor }),
    ...(params.statement_descriptor_suffix === undefined
      ? {}
      : { statement_descriptor_suffix: params.statement_descriptor_suffix }),
  });
}

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.PaymentIntent> {
  const intents = allOf(sandbox, "payment_intent", params.customer).filter((intent) =>
    inRange(intent.created, params.created),
  );
  return listOf(intents, params, "/v1/payment_intents", "payment_intent");
}
