/** Charges (https://docs.stripe.com/api/charges): one for each attempt to charge a card. */
import type Stripe from "stripe";
import { z } from "zod";
import { authenticatedBy } from "./authentication.ts";
import { type Card, behaviourOf, cardOf, networkReference } from "./cards.ts";
import { emit } from "./events.ts";
import { newId, randomLetters } from "./ids.ts";
import type { IssuerAnswer } from "./issuer.ts";
import { listOf } from "./lists.ts";
import { allOf, idOf, load, save } from "./objects.ts";
import { expand, inRange, mergeMetadata, metadata, page, range, text } from "./params.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";
import type { Decline } from "./test-cards.ts";

const listParams = z.strictObject({
  ...page,
  created: range.optional(),
  customer: text.optional(),
  payment_intent: text.optional(),
});
const updateParams = z.strictObject({
  description: z.string().optional(),
  metadata: metadata.optional(),
  receipt_email: z.string().optional(),
  fraud_details: z.strictObject({ user_report: z.enum(["fraudulent", "safe", ""]) }).optional(),
  expand,
});

export const chargeRoutes = [
  endpoint("GET", "/v1/charges", listParams, list),
  endpoint("GET", "/v1/charges/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "charge", id),
  ),
  endpoint("POST", "/v1/charges/:id", updateParams, update),
];

/** How long a card's bank holds the money for a purchase made by the customer on the web. */
export const authorizationSeconds = 7 * 86_400;

/** Writes the charge of one attempt: failed if it was declined or blocked; waiting for capture if it was authorised. */
export function createCharge(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  attempt: {
    answer: IssuerAnswer | null;
    decline: Decline | null;
    blocked: boolean;
    captured: boolean;
    authenticated: boolean;
  },
): Stripe.Charge {
  const id = newId("ch");
  const card = cardOf(sandbox, method.id);
  const behaviour = behaviourOf(card);
  const paid = attempt.decline === null;
  return save(sandbox, "charge", {
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: paid && attempt.captured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: statementDescriptor(intent),
    captured: paid && attempt.captured,
    created: now(sandbox),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: attempt.decline?.code ?? null,
    failure_message: attempt.decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(attempt, behaviour.risk),
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      card: {
        amount_authorized: paid ? intent.amount : null,
        authorization_code: paid ? randomLetters(6).toUpperCase() : null,
        brand: behaviour.brand,
        ...(paid && !attempt.captured ? { capture_before: now(sandbox) + authorizationSeconds } : {}),
        checks: attempt.answer?.checks ?? {
          address_line1_check: null,
          address_postal_code_check: null,
          cvc_check: null,
        },
        country: behaviour.country,
        electronic_commerce_indicator: null,
        exp_month: card.expMonth,
        exp_year: card.expYear,
        extended_authorization: { status: "disabled" },
        fingerprint: card.fingerprint,
        funding: behaviour.funding,
        incremental_authorization: { status: "unavailable" },
        installments: null,
        last4: card.number.slice(-4),
        mandate: null,
        multicapture: { status: "unavailable" },
        network: behaviour.brand,
        network_token: { used: false },
        network_transaction_id: paid ? networkReference() : null,
        overcapture: { maximum_amount_capturable: intent.amount, status: "unavailable" },
        regulated_status: "unregulated",
        three_d_secure: threeDSecureOf(card, attempt.authenticated),
        transaction_link_id: null,
        wallet: null,
      },
      type: "card",
    },
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: paid ? `${sandbox.publicUrl}/stand-in/stripe/receipts/${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: paid ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: null,
  });
}

function threeDSecureOf(
  card: Card,
  authenticated: boolean,
): Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure | null {
  const result = authenticatedBy(card, authenticated);
  return result === null ? null : { ...result, exemption_indicator: null };
}

/** What the network and Radar made of an attempt (https://docs.stripe.com/declines). */
function outcomeOf(
  attempt: { decline: Decline | null; blocked: boolean },
  risk: "elevated" | "highest" | undefined,
): Stripe.Charge.Outcome {
  const scores = { normal: 12, elevated: 68, highest: 92 };
  const level = risk ?? "normal";
  const assessed = { risk_level: level, risk_score: scores[level] };
  const { decline } = attempt;
  if (decline === null) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: "approved_by_network",
      reason: risk === "elevated" ? "elevated_risk_level" : null,
      ...assessed,
      seller_message: "Payment complete.",
      type: risk === "elevated" ? "manual_review" : "authorized",
    };
  }
  if (attempt.blocked) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: "not_sent_to_network",
      reason: "highest_risk_level",
      ...assessed,
      rule: "block_if_high_risk",
      seller_message: "Stripe blocked this payment as too risky.",
      type: "blocked",
    };
  }
  return {
    advice_code: decline.adviceCode ?? null,
    network_advice_code: null,
    network_decline_code: decline.networkDeclineCode ?? null,
    network_status: "declined_by_network",
    reason: decline.declineCode ?? decline.code,
    ...assessed,
    seller_message: "The bank did not return any further details with this decline.",
    type: "issuer_declined",
  };
}

function statementDescriptor(intent: Stripe.PaymentIntent): string {
  const prefix = intent.statement_descriptor ?? "STAND-IN";
  const suffix = intent.statement_descriptor_suffix;
  return (suffix === null ? prefix : `${prefix}* ${suffix}`).toUpperCase().slice(0, 22);
}

function update(sandbox: Sandbox, params: z.infer<typeof updateParams>, id: string): Stripe.Charge {
  const before = load(sandbox, "charge", id);
  const report = params.fraud_details?.user_report;
  const after = save(sandbox, "charge", {
    ...before,
    ...(params.description === undefined ? {} : { description: params.description || null }),
    ...(params.receipt_email === undefined ? {} : { receipt_email: params.receipt_email || null }),
    ...(report === undefined ? {} : { fraud_details: report === "" ? {} : { user_report: report } }),
    metadata: mergeMetadata(before.metadata, params.metadata),
  });
  emit(sandbox, "charge.updated", after, before);
  return after;
}

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.Charge> {
  const charges = allOf(sandbox, "charge", params.customer).filter(
    (charge) =>
      inRange(charge.created, params.created) &&
      (params.payment_intent === undefined || idOf(charge.payment_intent) === params.payment_intent),
  );
  return listOf(charges, params, "/v1/charges", "charge");
}
