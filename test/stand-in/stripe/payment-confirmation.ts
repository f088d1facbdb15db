/** Confirming a payment: first the customer if the card requires it, then Radar, then the bank. */
import type Stripe from "stripe";
import { planAfterwards } from "./afterwards.ts";
import {
  type Authentication,
  authenticationFor,
  challengeAction,
  isLeftToStripeJs,
} from "./authentication.ts";
import { captureFunds } from "./balance-transactions.ts";
import { behaviourOf, cardOf, saveCard } from "./cards.ts";
import { authorizationSeconds, createCharge } from "./charges.ts";
import {
  authenticationFailure,
  blockedDecline,
  declineError,
  lookupDecline,
  offSessionDecline,
} from "./declines.ts";
import { emit } from "./events.ts";
import { chooseMethod, type confirmation, refuseWithoutReturnUrl } from "./intent-params.ts";
import { type IssuerAnswer, askIssuer } from "./issuer.ts";
import { plan } from "./jobs.ts";
import { find, idOf, load, save } from "./objects.ts";
import { rememberPassedChallenge, takePassedChallenge } from "./passed-challenge.ts";
import { attach } from "./payment-methods.ts";
import { type ErrorBody, refuseParameter, refuseState } from "./refusals.ts";
import type { Declined } from "./routes-table.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Decline } from "./test-cards.ts";
import type { z } from "zod";

export type ConfirmationParams = z.infer<z.ZodObject<typeof confirmation>> & {
  capture_method?: "automatic" | "automatic_async" | "manual" | undefined;
  error_on_requires_action?: boolean | undefined;
  off_session?: boolean | "one_off" | "recurring" | undefined;
  payment_method_options?:
    | {
        card?:
          | { request_three_d_secure?: string | undefined; setup_future_usage?: string | undefined }
          | undefined;
      }
    | undefined;
  receipt_email?: string | undefined;
  setup_future_usage?: "off_session" | "on_session" | "" | undefined;
};

const confirmable = new Set(["requires_payment_method", "requires_confirmation", "requires_action"]);

/** Confirms an intent: it succeeds, waits for capture or for the customer, or is declined (and says so). */
export function confirmPayment(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  params: ConfirmationParams,
): Stripe.PaymentIntent | Declined {
  refuseUnconfirmable(intent);
  const { method, token, returnUrl } = chooseMethod(sandbox, intent, params);
  refuseWithoutReturnUrl(intent, returnUrl);
  const offSession = params.off_session !== undefined && params.off_session !== false;
  const future = params.setup_future_usage ?? token?.setup_future_usage ?? intent.setup_future_usage ?? "";
  if (offSession && future !== "") {
    refuseParameter(
      "You cannot set `off_session` to `true` together with `setup_future_usage`: the customer is not there to agree.",
      "off_session",
    );
  }
  const chosen: Stripe.PaymentIntent = {
    ...intent,
    capture_method: params.capture_method ?? intent.capture_method,
    last_payment_error: null,
    next_action: null,
    payment_method: method.id,
    receipt_email: params.receipt_email ?? intent.receipt_email,
    setup_future_usage: future || null,
  };
  const asked =
    params.payment_method_options?.card?.request_three_d_secure ??
    intent.payment_method_options?.card?.request_three_d_secure ??
    null;
  const card = cardOf(sandbox, method.id);
  const passed = takePassedChallenge(sandbox, intent, method.id);
  const wanted = passed ? "none" : authenticationFor(card, "payment", { offSession, asked });
  if (wanted !== "challenge" || behaviourOf(card).blocked === true) {
    return complete(sandbox, chosen, method, wanted, passed);
  }
  if (params.error_on_requires_action === true) {
    return complete(sandbox, chosen, method, "off_session_refused", false);
  }
  return challenge(sandbox, chosen, isLeftToStripeJs(params) ? null : returnUrl);
}

/**
 * The customer came back from the bank's challenge. The bank now answers as it would have, unless only the server may
 * charge, which then has to confirm once more.
 */
export function finishPaymentChallenge(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  authenticated: boolean,
): void {
  const method = load(sandbox, "payment_method", idOf(intent.payment_method) ?? "");
  const resumed: Stripe.PaymentIntent = { ...intent, next_action: null };
  if (!authenticated) {
    fail(sandbox, resumed, authenticationFailure("payment", method));
  } else if (intent.confirmation_method === "manual") {
    rememberPassedChallenge(sandbox, intent, method.id);
    // Stripe has no event for this.
    save(sandbox, "payment_intent", { ...resumed, status: "requires_confirmation" });
  } else {
    complete(sandbox, resumed, method, "none", true);
  }
}

function refuseUnconfirmable(intent: Stripe.PaymentIntent): void {
  if (intent.status === "succeeded") {
    refuseState(
      "payment_intent_unexpected_state",
      "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
      { payment_intent: intent },
    );
  }
  if (!confirmable.has(intent.status)) {
    refuseState(
      "payment_intent_unexpected_state",
      `You cannot confirm this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.`,
      { payment_intent: intent },
    );
  }
}

function challenge(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  returnUrl: string | null,
): Stripe.PaymentIntent {
  const waiting = save(sandbox, "payment_intent", {
    ...intent,
    next_action: challengeAction(sandbox.publicUrl, intent.client_secret ?? "", returnUrl),
    status: "requires_action",
  });
  emit(sandbox, "payment_intent.requires_action", waiting);
  return waiting;
}

function complete(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authentication: Authentication,
  authenticated: boolean,
): Stripe.PaymentIntent | Declined {
  const card = cardOf(sandbox, method.id);
  const blocked = behaviourOf(card).blocked === true;
  const answer = blocked ? null : askIssuer(sandbox, method, card, "payment");
  const decline = refusalBy(authentication, blocked) ?? answer?.decline ?? null;
  return decline === null
    ? succeed(sandbox, intent, method, answer, authenticated)
    : refusePayment(sandbox, intent, method, { answer, decline, blocked, authenticated });
}

function refusalBy(authentication: Authentication, blocked: boolean): Decline | null {
  if (blocked) {
    return blockedDecline();
  }
  if (authentication === "lookup_fails") {
    return lookupDecline();
  }
  return authentication === "off_session_refused" ? offSessionDecline() : null;
}

function refusePayment(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  attempt: { answer: IssuerAnswer | null; decline: Decline; blocked: boolean; authenticated: boolean },
): Declined {
  const asked = load(sandbox, "payment_method", method.id);
  const charge = createCharge(sandbox, intent, asked, { ...attempt, captured: false });
  emit(sandbox, "charge.failed", charge);
  const error = declineError(attempt.decline, { charge: charge.id, payment_method: asked });
  return fail(sandbox, { ...intent, latest_charge: charge.id }, error);
}

/** Nothing was charged: the intent needs another method, and remembers why. */
function fail(sandbox: Sandbox, intent: Stripe.PaymentIntent, error: ErrorBody): Declined {
  const failed = save(sandbox, "payment_intent", {
    ...intent,
    last_payment_error: error,
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  emit(sandbox, "payment_intent.payment_failed", failed);
  return { declined: { ...error, payment_intent: failed } };
}

function succeed(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  answer: IssuerAnswer | null,
  authenticated: boolean,
): Stripe.PaymentIntent {
  const held =
    intent.capture_method === "manual" || intent.payment_method_options?.card?.capture_method === "manual";
  keepMethod(sandbox, intent, method);
  const asked = load(sandbox, "payment_method", method.id);
  const charge = createCharge(sandbox, intent, asked, {
    answer,
    decline: null,
    blocked: false,
    captured: !held,
    authenticated,
  });
  return held ? hold(sandbox, intent, charge) : receive(sandbox, intent, charge);
}

function hold(sandbox: Sandbox, intent: Stripe.PaymentIntent, charge: Stripe.Charge): Stripe.PaymentIntent {
  emit(sandbox, "charge.succeeded", charge);
  const held = save(sandbox, "payment_intent", {
    ...intent,
    amount_capturable: intent.amount,
    latest_charge: charge.id,
    next_action: null,
    status: "requires_capture",
  });
  plan(sandbox, "expire_authorization", intent.id, authorizationSeconds);
  emit(sandbox, "payment_intent.amount_capturable_updated", held);
  return held;
}

function receive(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
): Stripe.PaymentIntent {
  const captured = captureFunds(sandbox, charge, intent.capture_method);
  emit(sandbox, "charge.succeeded", captured);
  planAfterwards(sandbox, captured);
  const succeeded = save(sandbox, "payment_intent", {
    ...intent,
    amount_received: intent.amount,
    latest_charge: charge.id,
    next_action: null,
    status: "succeeded",
  });
  emit(sandbox, "payment_intent.succeeded", succeeded);
  return succeeded;
}

/** A method that is to be used again is attached to the customer; any other can never be used again. */
function keepMethod(sandbox: Sandbox, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const customer = idOf(intent.customer);
  const keeps = intent.setup_future_usage !== null && customer !== null;
  const current = find(sandbox, "payment_method", method.id) ?? method;
  const card = cardOf(sandbox, method.id);
  if (keeps) {
    saveCard(sandbox, method.id, { ...card, setUp: true });
    attach(sandbox, current, customer);
  } else if (current.customer === null) {
    saveCard(sandbox, method.id, { ...card, spent: true });
  }
}
