/** Confirming a setup: first the customer if the card requires it, then the bank; nothing is charged. */
import type Stripe from "stripe";
import { z } from "zod";
import {
  type Authentication,
  authenticatedBy,
  authenticationFor,
  challengeAction,
  isLeftToStripeJs,
} from "./authentication.ts";
import { behaviourOf, cardOf, saveCard } from "./cards.ts";
import { authenticationFailure, declineError, lookupDecline, offSessionDecline } from "./declines.ts";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { chooseMethod, confirmation, refuseWithoutReturnUrl } from "./intent-params.ts";
import { askIssuer, uncheckedChecks } from "./issuer.ts";
import { idOf, load, save } from "./objects.ts";
import { expand, text } from "./params.ts";
import { attach } from "./payment-methods.ts";
import { type ErrorBody, refuseState } from "./refusals.ts";
import type { Declined } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";
import type { Decline } from "./test-cards.ts";

/** `payment_method_options[card]` of a setup intent. */
export const cardOptions = z
  .strictObject({
    card: z
      .strictObject({
        request_three_d_secure: z.enum(["any", "automatic", "challenge"]).optional(),
        setup_credential_usage: z.enum(["installment", "recurring", "unscheduled"]).optional(),
      })
      .optional(),
  })
  .optional();
/** What a confirmation accepts. */
export const confirmParams = z.strictObject({
  ...confirmation,
  client_secret: text.optional(),
  payment_method_options: cardOptions,
  expand,
});
type Confirmation = z.infer<typeof confirmParams>;

/** Confirms: asks the customer first if the card requires it, then the bank. */
export function confirmSetup(
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
    ? challenge(sandbox, chosen, method, isLeftToStripeJs(params) ? null : returnUrl)
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

/** The card was not saved: the intent needs another, and remembers why. */
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

/** An unfinished challenge gives way to the next attempt. */
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
