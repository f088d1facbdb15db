/** Recent payments with what has become of each, for the page that starts disputes and refunds. */
import type Stripe from "stripe";
import { z } from "zod";
import { display } from "./amounts.ts";
import { all, find, idOf } from "./objects.ts";
import type { Sandbox } from "./sandbox.ts";

/** How many the page shows. */
const shown = 30;

/** Something that happened to a payment; `amount` is formatted for people. */
const incident = z.object({ id: z.string(), amount: z.string(), status: z.string() });

/** The answer of `GET /stand-in/stripe/payments`. `left` is what is not refunded yet, in the smallest unit. */
export const recentPayments = z.object({
  payments: z.array(
    z.object({
      payment_intent: z.string(),
      created: z.number(),
      amount: z.string(),
      left: z.number(),
      customer: z.string(),
      card: z.string(),
      metadata: z.record(z.string(), z.string()),
      disputes: z.array(z.object({ ...incident.shape, reason: z.string() })),
      refunds: z.array(incident),
      warnings: z.number(),
    }),
  ),
});

export type RecentPayments = z.infer<typeof recentPayments>;
export type RecentPayment = RecentPayments["payments"][number];

/** The newest payments whose money was captured, newest first. */
export function readRecentPayments(sandbox: Sandbox): RecentPayments {
  const disputes = all(sandbox, "dispute");
  const refunds = all(sandbox, "refund");
  const warnings = all(sandbox, "radar.early_fraud_warning");
  const captured = all(sandbox, "charge").filter((charge) => charge.paid && charge.captured);
  const payments = captured.slice(0, shown).map((charge) => ({
    payment_intent: idOf(charge.payment_intent) ?? "",
    created: charge.created,
    amount: display(charge.amount_captured, charge.currency),
    left: Math.max(0, charge.amount - charge.amount_refunded),
    customer: customerOf(sandbox, charge),
    card: cardOf(charge),
    metadata: charge.metadata,
    disputes: disputes.filter(isAbout(charge)).map(({ id, amount, currency, status, reason }) => ({
      id,
      amount: display(amount, currency),
      status,
      reason,
    })),
    refunds: refunds.filter(isAbout(charge)).map(({ id, amount, currency, status }) => ({
      id,
      amount: display(amount, currency),
      status: status ?? "unknown",
    })),
    warnings: warnings.filter(isAbout(charge)).length,
  }));
  return { payments };
}

function isAbout(charge: Stripe.Charge) {
  return (given: { charge: string | Stripe.Charge | null }) => idOf(given.charge) === charge.id;
}

function customerOf(sandbox: Sandbox, charge: Stripe.Charge): string {
  const customer = find(sandbox, "customer", idOf(charge.customer) ?? "");
  const email = customer?.deleted ? null : customer?.email;
  return email ?? charge.billing_details.email ?? charge.billing_details.name ?? "Unknown customer";
}

function cardOf(charge: Stripe.Charge): string {
  const card = charge.payment_method_details?.card;
  return `${card?.brand ?? "card"} ·· ${card?.last4 ?? ""}`;
}
