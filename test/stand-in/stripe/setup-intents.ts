/** Setup intents (https://docs.stripe.com/api/setup_intents): saving a card, authenticated once, charging nothing. */
import type Stripe from "stripe";
import { z } from "zod";
import {
  type Authentication,
  authenticatedBy,
  authenticationFor,
  challengeAction,
} from "./authentication.ts";
import { behaviourOf, cardOf, saveCard } from "./cards.ts";
import { customerNamed } from "./customers.ts";
import { authenticationFailure, declineError, lookupDecline, offSessionDecline } from "./declines.ts";
import { emit } from "./events.ts";
import { newClientSecret, newId } from "./ids.ts";
import { browserView } from "./intent-views.ts";
import {
  chooseMethod,
  choiceOf,
  confirmation,
  methodChoice,
  refuseWithoutReturnUrl,
  refuseWrongSecret,
} from "./intent-params.ts";
import { askIssuer, uncheckedChecks } from "./issuer.ts";
import { listOf } from "./lists.ts";
import { all, allOf, idOf, load, save } from "./objects.ts";
import { expand, flag, inRange, mergeMetadata, metadata, page, range, text } from "./params.ts";
import { attach, paymentMethodNamed } from "./payment-methods.ts";
import { type ErrorBody, refuseParameter, refuseState } from "./refusals.ts";
import { type Caller, type Declined, endpoint, openEndpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";
import type { Decline } from "./test-cards.ts";

const cardOptions = z
  .strictObject({
    card: z
      .strictObject({
        request_three_d_secure: z.enum(["any", "automatic", "challenge"]).optional(),
        setup_credential_usage: z.enum(["installment", "recurring", "unscheduled"]).optional(),
      })
      .optional(),
  })
  .optional();
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
const confirmParams = z.strictObject({
  ...confirmation,
  client_secret: text.optional(),
  payment_method_options: cardOptions,
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
type Confirmation = z.infer<typeof confirmParams>;

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
    ? confirm(sandbox, intent, { ...params, payment_method: given ?? undefined })
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

function confirmRoute(sandbox: Sandbox, params: Confirmation, id: string, caller: Caller): object {
  const intent = load(sandbox, "setup_intent", id);
  refuseWrongSecret(intent, params.client_secret, caller);
  const confirmed = confirm(sandbox, intent, params);
  return "declined" in confirmed ? confirmed : browserView(confirmed, caller);
}

/** Confirms: the customer is asked first where the card wants that, then the bank. */
function confirm(
  sandbox: Sandbox,
  intent: Stripe.SetupIntent,
  params: Confirmation,
): Stripe.SetupIntent | Declined {
  if (intent.status === "succeeded" || intent.status === "canceled") {
    return refuseState(
      "setup_intent_unexpected_state",
      intent.status === "succeeded"
        ? "You cannot confirm this SetupIntent because it has already succeeded."
        : "You cannot confirm this SetupIntent because it has been canceled.",
      { setup_intent: intent },
    );
  }
  const { method, returnUrl } = chooseMethod(sandbox, intent, params);
  refuseWithoutReturnUrl(intent, returnUrl);
  const options = params.payment_method_options?.card;
  const asked =
    options?.request_three_d_secure ?? intent.payment_method_options?.card?.request_three_d_secure ?? null;
  abandonAttempt(sandbox, intent);
  const chosen: Stripe.SetupIntent = {
    ...intent,
    last_setup_error: null,
    latest_attempt: null,
    next_action: null,
    payment_method: method.id,
  };
  const wanted = authenticationFor(cardOf(sandbox, method.id), "setup", { offSession: false, asked });
  return wanted === "challenge"
    ? challenge(sandbox, chosen, method, params.use_stripe_sdk === false ? returnUrl : null)
    : complete(sandbox, chosen, method, wanted, false);
}

function challenge(
  sandbox: Sandbox,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  returnUrl: string | null,
): Stripe.SetupIntent {
  const attempt = saveAttempt(sandbox, intent, method, "requires_action", null, false);
  const waiting = save(sandbox, "setup_intent", {
    ...intent,
    latest_attempt: attempt.id,
    next_action: challengeAction(sandbox.publicUrl, intent.client_secret ?? "", returnUrl),
    status: "requires_action",
  });
  emit(sandbox, "setup_intent.requires_action", waiting);
  return waiting;
}

/** The customer came back from the bank's challenge; the bank now answers as it would have. */
export function finishSetupChallenge(
  sandbox: Sandbox,
  intent: Stripe.SetupIntent,
  authenticated: boolean,
): void {
  const method = load(sandbox, "payment_method", idOf(intent.payment_method) ?? "");
  if (authenticated) {
    complete(sandbox, { ...intent, next_action: null }, method, "none", true);
  } else {
    fail(sandbox, intent, method, authenticationFailure("setup", method));
  }
}

function complete(
  sandbox: Sandbox,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  authentication: Authentication,
  authenticated: boolean,
): Stripe.SetupIntent | Declined {
  const { checks, decline } = askIssuer(sandbox, method, cardOf(sandbox, method.id), "setup");
  const refused = refusalBy(authentication) ?? decline;
  const asked = load(sandbox, "payment_method", method.id);
  if (refused !== null) {
    return fail(sandbox, intent, asked, declineError(refused, { payment_method: asked }), checks);
  }
  const attempt = saveAttempt(sandbox, intent, asked, "succeeded", null, authenticated, checks);
  const customer = idOf(intent.customer);
  const card = cardOf(sandbox, method.id);
  saveCard(sandbox, method.id, { ...card, setUp: true, spent: customer === null });
  if (customer !== null) {
    attach(sandbox, asked, customer);
  }
  const succeeded = save(sandbox, "setup_intent", {
    ...intent,
    latest_attempt: attempt.id,
    status: "succeeded",
  });
  emit(sandbox, "setup_intent.succeeded", succeeded);
  return succeeded;
}

function refusalBy(authentication: Authentication): Decline | null {
  if (authentication === "lookup_fails") {
    return lookupDecline();
  }
  return authentication === "off_session_refused" ? offSessionDecline() : null;
}

/** The card was not saved: the intent wants another, and remembers why. */
function fail(
  sandbox: Sandbox,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  error: ErrorBody,
  checks?: Stripe.PaymentMethod.Card.Checks,
): Declined {
  const attempt = saveAttempt(sandbox, intent, method, "failed", error, false, checks);
  const failed = save(sandbox, "setup_intent", {
    ...intent,
    last_setup_error: error,
    latest_attempt: attempt.id,
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  emit(sandbox, "setup_intent.setup_failed", failed);
  return { declined: { ...error, setup_intent: failed } };
}

/** A challenge nobody finished gives way to the next attempt. */
function abandonAttempt(sandbox: Sandbox, intent: Stripe.SetupIntent): void {
  const earlier = idOf(intent.latest_attempt);
  const attempt = earlier === null ? null : load(sandbox, "setup_attempt", earlier);
  if (attempt?.status === "requires_action") {
    save(sandbox, "setup_attempt", { ...attempt, status: "abandoned" });
  }
}

function saveAttempt(
  sandbox: Sandbox,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  status: "requires_action" | "succeeded" | "failed",
  error: ErrorBody | null,
  authenticated: boolean,
  checks?: Stripe.PaymentMethod.Card.Checks,
): Stripe.SetupAttempt {
  const card = cardOf(sandbox, method.id);
  const { brand, country, funding } = behaviourOf(card);
  const earlier = idOf(intent.latest_attempt);
  return save(sandbox, "setup_attempt", {
    id: earlier ?? newId("setatt"),
    object: "setup_attempt",
    application: null,
    created: now(sandbox),
    customer: intent.customer,
    customer_account: null,
    flow_directions: null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: {
      card: {
        brand,
        checks: checks ?? uncheckedChecks(card, method.billing_details),
        country,
        exp_month: card.expMonth,
        exp_year: card.expYear,
        fingerprint: card.fingerprint,
        funding,
        last4: card.number.slice(-4),
        network: brand,
        three_d_secure: authenticatedBy(card, authenticated),
        wallet: null,
      },
      type: "card",
    },
    setup_error: error,
    setup_intent: intent.id,
    status,
    usage: intent.usage,
  });
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
