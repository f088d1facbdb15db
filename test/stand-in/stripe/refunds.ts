/** Refunds (https://docs.stripe.com/api/refunds): money back, in part or whole, which may still fail later. */
import type Stripe from "stripe";
import { z } from "zod";
import { refuseFraction } from "./amounts.ts";
import { recordBalanceTransaction } from "./balance-transactions.ts";
import { behaviourOf, cardOf, networkReference } from "./cards.ts";
import { emit } from "./events.ts";
import { settleWarnings } from "./early-fraud-warnings.ts";
import { newId } from "./ids.ts";
import { plan } from "./jobs.ts";
import { listOf } from "./lists.ts";
import { all, find, idOf, load, loadNamed, save } from "./objects.ts";
import { expand, inRange, integer, mergeMetadata, metadata, page, range, text } from "./params.ts";
import { refuse, refuseParameter, refuseState } from "./refusals.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const createParams = z.strictObject({
  amount: integer.optional(),
  charge: text.optional(),
  metadata: metadata.optional(),
  payment_intent: text.optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
  expand,
});
const listParams = z.strictObject({
  ...page,
  charge: text.optional(),
  created: range.optional(),
  payment_intent: text.optional(),
});

export const refundRoutes = [
  endpoint("POST", "/v1/refunds", createParams, create),
  endpoint("GET", "/v1/refunds", listParams, list),
  endpoint("GET", "/v1/refunds/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "refund", id),
  ),
  endpoint("POST", "/v1/refunds/:id", z.strictObject({ metadata: metadata.optional(), expand }), update),
  endpoint("POST", "/v1/refunds/:id/cancel", z.strictObject({ expand }), cancel),
];

/** How long cards take whose refunds are slow or fail. */
const outcomeSeconds = 5;

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.Refund {
  return refundPayment(sandbox, params, "as_card");
}

/**
 * Refunds money: everything that is left, unless an amount is given. The refund behaves as the card's refunds do, or
 * stays pending until someone completes it or lets it fail.
 */
export function refundPayment(
  sandbox: Sandbox,
  params: z.infer<typeof createParams>,
  outcome: "as_card" | "stays_pending",
): Stripe.Refund {
  const charge = chargeToRefund(sandbox, params);
  const left = charge.amount_captured - refundedFromCapture(charge);
  const amount = params.amount ?? left;
  refuseUnrefundable(sandbox, charge, left, amount);
  const behaviour =
    outcome === "stays_pending" || charge.payment_method === null
      ? null
      : behaviourOf(cardOf(sandbox, charge.payment_method));
  const pending = outcome === "stays_pending" || behaviour?.refunds === "pending";
  const refund = newRefund(sandbox, charge, {
    amount,
    reason: params.reason ?? null,
    metadata: mergeMetadata({}, params.metadata),
    status: pending ? "pending" : "succeeded",
  });
  const transaction = recordBalanceTransaction(sandbox, {
    amount: -amount,
    fee: 0,
    currency: charge.currency,
    type: "refund",
    reportingCategory: "refund",
    source: refund.id,
    description: `REFUND FOR CHARGE (${charge.description ?? charge.id})`,
    availableAtOnce: true,
  });
  const recorded = save(sandbox, "refund", { ...refund, balance_transaction: transaction.id });
  emit(sandbox, "refund.created", recorded);
  emit(sandbox, "charge.refunded", refundCharge(sandbox, charge, amount), charge);
  if (behaviour?.refunds === "pending") {
    plan(sandbox, "complete_refund", refund.id, outcomeSeconds);
  }
  if (behaviour?.refunds === "fail") {
    plan(sandbox, "fail_refund", refund.id, outcomeSeconds);
  }
  settleWarnings(sandbox, charge.id);
  return recorded;
}

function chargeToRefund(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.Charge {
  if (params.charge !== undefined && params.payment_intent !== undefined) {
    return refuseParameter(
      "You may only specify one of these parameters: charge, payment_intent.",
      "payment_intent",
      "parameters_exclusive",
    );
  }
  if (params.charge !== undefined) {
    return loadNamed(sandbox, "charge", params.charge, "charge");
  }
  if (params.payment_intent === undefined) {
    return refuseParameter(
      "One of the following params should be provided for this request: payment_intent or charge.",
      undefined,
      "parameter_missing",
    );
  }
  const intent = loadNamed(sandbox, "payment_intent", params.payment_intent, "payment_intent");
  const charge = idOf(intent.latest_charge);
  if (charge === null || intent.status !== "succeeded") {
    return refuseState(
      "payment_intent_unexpected_state",
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      { payment_intent: intent },
    );
  }
  return load(sandbox, "charge", charge);
}

/** How much of the captured money was refunded; releasing a hold refunds nothing. */
function refundedFromCapture(charge: Stripe.Charge): number {
  return charge.amount_refunded - (charge.captured ? charge.amount - charge.amount_captured : 0);
}

function refuseUnrefundable(sandbox: Sandbox, charge: Stripe.Charge, left: number, amount: number): void {
  if (!charge.captured || !charge.paid) {
    refuseState("charge_not_refundable", `Charge ${charge.id} has not been captured and cannot be refunded.`);
  }
  if (charge.disputed && !isStillRefundable(sandbox, charge)) {
    refuseState("charge_disputed", `Charge ${charge.id} has been charged back; cannot issue a refund.`);
  }
  if (left === 0) {
    refuseState("charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
  }
  if (amount < 1) {
    refuseParameter("Invalid positive integer", "amount", "parameter_invalid_integer");
  }
  refuseFraction(amount, charge.currency);
  if (amount > left) {
    refuse(
      400,
      {
        type: "invalid_request_error",
        message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
        param: "amount",
      },
      true,
    );
  }
}

function isStillRefundable(sandbox: Sandbox, charge: Stripe.Charge): boolean {
  return all(sandbox, "dispute")
    .filter((dispute) => idOf(dispute.charge) === charge.id)
    .every((dispute) => dispute.is_charge_refundable);
}

/** Writes a refund; nothing else changes. */
function newRefund(
  sandbox: Sandbox,
  charge: Stripe.Charge,
  given: {
    amount: number;
    reason: Stripe.Refund["reason"];
    metadata: Record<string, string>;
    status: "pending" | "succeeded";
  },
): Stripe.Refund {
  return save(sandbox, "refund", {
    id: newId("re"),
    object: "refund",
    amount: given.amount,
    balance_transaction: null,
    charge: charge.id,
    created: now(sandbox),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: "pending",
        reference_type: "acquirer_reference_number",
        type: charge.captured ? "refund" : "reversal",
      },
      type: "card",
    },
    metadata: given.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(given.status === "pending" ? { pending_reason: "processing" as const } : {}),
    reason: given.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: given.status,
    transfer_reversal: null,
  });
}

/** The charge after money was refunded (or, with a negative amount, came back after all). */
function refundCharge(sandbox: Sandbox, charge: Stripe.Charge, amount: number): Stripe.Charge {
  const refunded = charge.amount_refunded + amount;
  return save(sandbox, "charge", {
    ...charge,
    amount_refunded: refunded,
    refunded: refunded >= charge.amount,
  });
}

/**
 * Held money is released: no money moved, yet Stripe writes a refund and sends `charge.refunded` with
 * `captured: false`. Unconfirmed against Stripe: that `refund.created` is sent for these as well.
 */
export function releaseHold(
  sandbox: Sandbox,
  held: Stripe.Charge,
  reason: Stripe.Refund["reason"],
): Stripe.Charge {
  emit(
    sandbox,
    "refund.created",
    newRefund(sandbox, held, { amount: held.amount, reason, metadata: {}, status: "succeeded" }),
  );
  const released = refundCharge(sandbox, held, held.amount);
  emit(sandbox, "charge.refunded", released, held);
  return released;
}

/** A slow refund has reached the card. */
export function completeRefund(sandbox: Sandbox, id: string): void {
  const before = find(sandbox, "refund", id);
  if (before?.status !== "pending") {
    return;
  }
  const { pending_reason: _reason, ...rest } = before;
  const after = save(sandbox, "refund", {
    ...rest,
    destination_details: {
      card: {
        reference: networkReference(),
        reference_status: "available",
        reference_type: "acquirer_reference_number",
        type: "refund",
      },
      type: "card",
    },
    status: "succeeded",
  });
  emit(sandbox, "refund.updated", after, before);
  emit(sandbox, "charge.refund.updated", after, before);
}

/** The bank rejects the money: it comes back to the balance, and the charge counts as not refunded. */
export function failRefund(sandbox: Sandbox, id: string): void {
  takeRefundBack(sandbox, id, { status: "failed", failure_reason: "expired_or_canceled_card" });
}

/** Someone cancels a pending refund by hand in the Dashboard (https://docs.stripe.com/refunds#cancel-refund). */
export function callRefundOff(sandbox: Sandbox, id: string): void {
  if (find(sandbox, "refund", id)?.status === "pending") {
    takeRefundBack(sandbox, id, { status: "canceled", failure_reason: "merchant_request" });
  }
}

function takeRefundBack(
  sandbox: Sandbox,
  id: string,
  ending: { status: "failed" | "canceled"; failure_reason: string },
): void {
  const before = find(sandbox, "refund", id);
  const charge = before === null ? null : find(sandbox, "charge", idOf(before.charge) ?? "");
  if (before === null || charge === null || before.status === "failed" || before.status === "canceled") {
    return;
  }
  const transaction = recordBalanceTransaction(sandbox, {
    amount: before.amount,
    fee: 0,
    currency: before.currency,
    type: "refund_failure",
    reportingCategory: "refund_failure",
    source: before.id,
    description: `REFUND FAILURE FOR CHARGE (${charge.description ?? charge.id})`,
    availableAtOnce: true,
  });
  const { pending_reason: _reason, ...rest } = before;
  const after = save(sandbox, "refund", {
    ...rest,
    failure_balance_transaction: transaction.id,
    ...ending,
  });
  refundCharge(sandbox, charge, -before.amount);
  emit(sandbox, "refund.updated", after, before);
  emit(sandbox, "charge.refund.updated", after, before);
  if (ending.status === "failed") {
    emit(sandbox, "refund.failed", after, before);
  }
}

function update(
  sandbox: Sandbox,
  params: { metadata?: Record<string, string> | null | undefined },
  id: string,
): Stripe.Refund {
  const before = load(sandbox, "refund", id);
  const after = save(sandbox, "refund", {
    ...before,
    metadata: mergeMetadata(before.metadata, params.metadata),
  });
  emit(sandbox, "refund.updated", after, before);
  return after;
}

/** Only refunds that wait for the customer can be canceled through the API, and those to cards never do. */
function cancel(sandbox: Sandbox, _params: object, id: string): Stripe.Refund {
  const refund = load(sandbox, "refund", id);
  return refuse(
    400,
    {
      type: "invalid_request_error",
      message: `You can only cancel a refund that has a status of requires_action; this one has a status of ${refund.status ?? "none"}.`,
    },
    true,
  );
}

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.Refund> {
  const refunds = all(sandbox, "refund").filter(
    (refund) =>
      inRange(refund.created, params.created) &&
      (params.charge === undefined || idOf(refund.charge) === params.charge) &&
      (params.payment_intent === undefined || idOf(refund.payment_intent) === params.payment_intent),
  );
  return listOf(refunds, params, "/v1/refunds", "refund");
}
