/** What becomes of held money: it is captured in part or whole, released, or expires. */
import type Stripe from "stripe";
import { planAfterwards } from "./afterwards.ts";
import { captureFunds } from "./balance-transactions.ts";
import { emit } from "./events.ts";
import { callOff } from "./jobs.ts";
import { find, idOf, load, save } from "./objects.ts";
import { mergeMetadata } from "./params.ts";
import { releaseHold } from "./refunds.ts";
import { documentationOf, refuse, refuseState } from "./refusals.ts";
import { type Sandbox, now } from "./sandbox.ts";

/** Captures a held payment, once; what is not captured is released. */
export function capturePayment(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  params: {
    amount_to_capture?: number | undefined;
    metadata?: Record<string, string> | null | undefined;
    statement_descriptor?: string | undefined;
    statement_descriptor_suffix?: string | undefined;
  },
): Stripe.PaymentIntent {
  if (intent.status !== "requires_capture") {
    return refuseState(
      "payment_intent_unexpected_state",
      intent.status === "succeeded"
        ? "This PaymentIntent could not be captured because it has already been captured."
        : `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      { payment_intent: intent },
    );
  }
  const amount = params.amount_to_capture ?? intent.amount_capturable;
  refuseCaptureAmount(amount, intent);
  callOff(sandbox, "expire_authorization", intent.id);
  const held = load(sandbox, "charge", idOf(intent.latest_charge) ?? "");
  const released = held.amount - amount;
  const captured = save(sandbox, "charge", {
    ...held,
    amount_captured: amount,
    amount_refunded: released,
    captured: true,
    ...(params.statement_descriptor_suffix === undefined
      ? {}
      : { statement_descriptor_suffix: params.statement_descriptor_suffix }),
  });
  // Manual captures are asynchronous too, since 2024-04-10.
  const charge = captureFunds(sandbox, captured, intent.capture_method);
  emit(sandbox, "charge.captured", charge, held);
  planAfterwards(sandbox, charge);
  const succeeded = save(sandbox, "payment_intent", {
    ...intent,
    amount_capturable: 0,
    amount_received: amount,
    metadata: mergeMetadata(intent.metadata, params.metadata),
    ...(params.statement_descriptor_suffix === undefined
      ? {}
      : { statement_descriptor_suffix: params.statement_descriptor_suffix }),
    status: "succeeded",
  });
  emit(sandbox, "payment_intent.succeeded", succeeded);
  return succeeded;
}

function refuseCaptureAmount(amount: number, intent: Stripe.PaymentIntent): void {
  if (amount < 1) {
    refuse(400, {
      type: "invalid_request_error",
      code: "parameter_invalid_integer",
      doc_url: documentationOf("parameter_invalid_integer"),
      message: "This value must be greater than or equal to 1.",
      param: "amount_to_capture",
    });
  }
  if (amount > intent.amount_capturable) {
    refuseState(
      "amount_too_large",
      `The amount_to_capture (${amount}) cannot be greater than the authorized amount (${intent.amount_capturable}).`,
      { param: "amount_to_capture" },
    );
  }
}

const cancelable = [
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
  "processing",
];

/** Cancels an intent. Held money is released, which Stripe announces as a refund of nothing captured. */
export function cancelPayment(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  reason: string | null,
): Stripe.PaymentIntent {
  if (!cancelable.includes(intent.status)) {
    return refuseState(
      "payment_intent_unexpected_state",
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${cancelable.join(", ")}.`,
      { payment_intent: intent },
    );
  }
  callOff(sandbox, "expire_authorization", intent.id);
  if (intent.status === "requires_capture") {
    releaseHold(sandbox, load(sandbox, "charge", idOf(intent.latest_charge) ?? ""), null);
  }
  const canceled = save(sandbox, "payment_intent", {
    ...intent,
    amount_capturable: 0,
    canceled_at: now(sandbox),
    cancellation_reason: reason,
    next_action: null,
    status: "canceled",
  });
  emit(sandbox, "payment_intent.canceled", canceled);
  return canceled;
}

/** The bank releases the money after seven days, and the intent ends with that. */
export function expireAuthorization(sandbox: Sandbox, intentId: string): void {
  const intent = find(sandbox, "payment_intent", intentId);
  if (intent?.status !== "requires_capture") {
    return;
  }
  const held = load(sandbox, "charge", idOf(intent.latest_charge) ?? "");
  const charge = releaseHold(sandbox, held, "expired_uncaptured_charge");
  emit(sandbox, "charge.expired", charge);
  const canceled = save(sandbox, "payment_intent", {
    ...intent,
    amount_capturable: 0,
    canceled_at: now(sandbox),
    cancellation_reason: "automatic",
    status: "canceled",
  });
  emit(sandbox, "payment_intent.canceled", canceled);
}
