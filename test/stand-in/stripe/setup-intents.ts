/** Setup intents (https://docs.stripe.com/api/setup_intents): saving a card, authenticated once, without charging it. */
import type Stripe from "stripe";
import { z } from "zod";
import { customerNamed } from "./customers.ts";
import { emit } from "./events.ts";
import { newClientSecret, newId } from "./ids.ts";
import { choiceOf, confirmation, methodChoice, refuseWrongSecret } from "./intent-params.ts";
import { browserView } from "./intent-views.ts";
import { listOf } from "./lists.ts";
import { all, allOf, idOf, load, save } from "./objects.ts";
import { expand, flag, inRange, mergeMetadata, metadata, page, range, text } from "./params.ts";
import { paymentMethodNamed } from "./payment-methods.ts";
import { refuseParameter, refuseState } from "./refusals.ts";
import { type Caller, type Declined, endpoint, openEndpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { cardOptions, confirmParams, confirmSetup } from "./setup-confirmation.ts";

const createParams = z.strictObject({
  ...methodChoice,
  ...confirmation,
  confirm: flag.optional(),
  customer: text.optional(),
  description: text.optional(),
  metadata: metadata.optional(),
  payment_method_options: cardOptions,
  usage: z.enum(["off_session", "on_session"]).optional(),
  expand,
});
const updateParams = z.strictObject({
  customer: text.optional(),
  description: z.string().optional(),
  metadata: metadata.optional(),
  payment_method: text.optional(),
  expand,
});
const listParams = z.strictObject({
  ...page,
  created: range.optional(),
  customer: text.optional(),
  payment_method: text.optional(),
});

export const setupIntentRoutes = [
  endpoint("POST", "/v1/setup_intents", createParams, create),
  endpoint("GET", "/v1/setup_intents", listParams, list),
  openEndpoint(
    "GET",
    "/v1/setup_intents/:id",
    z.strictObject({ client_secret: text.optional(), expand }),
    retrieve,
  ),
  endpoint("POST", "/v1/setup_intents/:id", updateParams, update),
  openEndpoint("POST", "/v1/setup_intents/:id/confirm", confirmParams, confirmRoute),
  endpoint(
    "POST",
    "/v1/setup_intents/:id/cancel",
    z.strictObject({
      cancellation_reason: z.enum(["abandoned", "duplicate", "requested_by_customer"]).optional(),
      expand,
    }),
    cancel,
  ),
  endpoint(
    "GET",
    "/v1/setup_attempts",
    z.strictObject({ ...page, setup_intent: text, created: range.optional() }),
    listAttempts,
  ),
];

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.SetupIntent | Declined {
  const customer =
    params.customer === undefined ? null : customerNamed(sandbox, params.customer, "customer").id;
  const given =
    params.payment_method === undefined ? null : paymentMethodNamed(sandbox, params.payment_method).id;
  if (params.confirmation_token !== undefined && params.confirm !== true) {
    refuseParameter(
      "You can only provide `confirmation_token` when `confirm` is `true`.",
      "confirmation_token",
    );
  }
  const id = newId("seti");
  const options = params.payment_method_options?.card;
  const intent: Stripe.SetupIntent = {
    id,
    object: "setup_intent",
    ...choiceOf(params),
    application: null,
    cancellation_reason: null,
    client_secret: newClientSecret(id),
    created: now(sandbox),
    customer,
    customer_account: null,
    description: params.description ?? null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: mergeMetadata({}, params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: given,
    payment_method_options: {
      card: {
        mandate_options: null,
        network: null,
        request_three_d_secure: options?.request_three_d_secure ?? "automatic",
        ...(options?.setup_credential_usage === undefined
          ? {}
          : { setup_credential_usage: options.setup_credential_usage }),
      },
    },
    single_use_mandate: null,
    status: given === null ? "requires_payment_method" : "requires_confirmation",
    usage: params.usage ?? "off_session",
  };
  save(sandbox, "setup_intent", intent);
  emit(sandbox, "setup_intent.created", intent);
  return params.confirm === true
    ? confirmSetup(sandbox, intent, { ...params, payment_method: given ?? undefined })
    : intent;
}

function retrieve(
  sandbox: Sandbox,
  params: { client_secret?: string | undefined },
  id: string,
  caller: Caller,
): object {
  const intent = load(sandbox, "setup_intent", id);
  refuseWrongSecret(intent, params.client_secret, caller);
  return browserView(intent, caller);
}

function update(sandbox: Sandbox, params: z.infer<typeof updateParams>, id: string): Stripe.SetupIntent {
  const before = load(sandbox, "setup_intent", id);
  if (before.status === "succeeded" || before.status === "canceled") {
    return refuseState(
      "setup_intent_unexpected_state",
      `You cannot update this SetupIntent because it has a status of ${before.status}.`,
    );
  }
  const method = params.payment_method;
  return save(sandbox, "setup_intent", {
    ...before,
    ...(params.customer === undefined
      ? {}
      : { customer: customerNamed(sandbox, params.customer, "customer").id }),
    ...(params.description === undefined ? {} : { description: params.description || null }),
    metadata: mergeMetadata(before.metadata, params.metadata),
    ...(method === undefined
      ? {}
      : { payment_method: paymentMethodNamed(sandbox, method).id, status: "requires_confirmation" }),
  });
}

function confirmRoute(
  sandbox: Sandbox,
  params: z.infer<typeof confirmParams>,
  id: string,
  caller: Caller,
): object {
  const intent = load(sandbox, "setup_intent", id);
  refuseWrongSecret(intent, params.client_secret, caller);
  const confirmed = confirmSetup(sandbox, intent, params);
  return "declined" in confirmed ? confirmed : browserView(confirmed, caller);
}

function cancel(
  sandbox: Sandbox,
  params: { cancellation_reason?: string | undefined },
  id: string,
): Stripe.SetupIntent {
  const intent = load(sandbox, "setup_intent", id);
  if (intent.status === "succeeded" || intent.status === "canceled") {
    return refuseState(
      "setup_intent_unexpected_state",
      `You cannot cancel this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of the following statuses may be canceled: requires_payment_method, requires_confirmation, requires_action.`,
      { setup_intent: intent },
    );
  }
  const canceled = save(sandbox, "setup_intent", {
    ...intent,
    cancellation_reason: params.cancellation_reason ?? null,
    next_action: null,
    status: "canceled",
  });
  emit(sandbox, "setup_intent.canceled", canceled);
  return canceled;
}

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.SetupIntent> {
  const intents = allOf(sandbox, "setup_intent", params.customer).filter(
    (intent) =>
      inRange(intent.created, params.created) &&
      (params.payment_method === undefined || idOf(intent.payment_method) === params.payment_method),
  );
  return listOf(intents, params, "/v1/setup_intents", "setupintent");
}

function listAttempts(
  sandbox: Sandbox,
  params: { setup_intent: string; created?: z.infer<typeof range> | undefined } & z.infer<
    z.ZodObject<typeof page>
  >,
): Stripe.ApiList<Stripe.SetupAttempt> {
  const attempts = all(sandbox, "setup_attempt").filter(
    (attempt) =>
      idOf(attempt.setup_intent) === params.setup_intent && inRange(attempt.created, params.created),
  );
  return listOf(attempts, params, "/v1/setup_attempts", "setup attempt");
}
