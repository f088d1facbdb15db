/** Stripe as the tests see it: what the stand-in holds, when it delivers its events, and how it fails. */
import type Stripe from "stripe";
import { env } from "cloudflare:workers";
import * as z from "zod";
import { control, read, stripe } from "../stand-in/stripe/support.ts";
import type { Customer } from "./customer.ts";

const deliveries = z.object({ deliveries: z.array(z.object({ status: z.number().nullable() })) });

/** Stripe's customer of an account; fails the test when there is none. */
export async function stripeCustomerOf(customer: Customer): Promise<string> {
  const row = await env.DB.prepare("SELECT stripe_customer_id AS id FROM accounts WHERE email = ?1")
    .bind(customer.email)
    .first<{ id: string }>();
  if (row === null) {
    throw new Error("The account has no customer at Stripe");
  }
  return row.id;
}

/** Every payment intent of a customer, newest first. */
export async function paymentsOf(customer: Customer): Promise<Stripe.PaymentIntent[]> {
  const list = await stripe.paymentIntents.list({ customer: await stripeCustomerOf(customer), limit: 100 });
  return list.data;
}

/** A payment made at Stripe and not by the product: it bears our mark only if `metadata` says so. */
export function chargesAtStripe(
  given: Pick<Stripe.PaymentIntentCreateParams, "customer" | "metadata"> & { amount: number },
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    currency: "usd",
    payment_method: "pm_card_visa",
    confirm: true,
    allowed_payment_method_types: ["card"],
    return_url: "https://example.com",
    ...given,
  });
}

/** What has been captured from a customer, in cents: the money that left the card. */
export async function chargedCents(customer: Customer): Promise<number> {
  const list = await stripe.charges.list({ customer: await stripeCustomerOf(customer), limit: 100 });
  const captured = list.data.filter((charge) => charge.captured);
  return captured.reduce((sum, charge) => sum + charge.amount_captured - charge.amount_refunded, 0);
}

/** The payment methods a customer still has at Stripe. */
export async function cardsAtStripe(customer: Customer): Promise<string[]> {
  const list = await stripe.customers.listPaymentMethods(await stripeCustomerOf(customer));
  return list.data.map((method) => method.id);
}

/** Delivers events now, and returns the statuses the product answered. */
export async function delivers(
  which: { type?: string; payment_intent?: string; id?: string },
  times = 1,
): Promise<(number | null)[]> {
  const answer = await control("/stripe/events/deliver", { ...which, times });
  return deliveries.parse(answer).deliveries.map(({ status }) => status);
}

/** Arms a fault for the next call that matches. */
export async function nextCall(
  match: string,
  kind:
    | "fail_before"
    | "fail_after"
    | "lose_answer"
    | "slow"
    | "lock_timeout"
    | "api_error"
    | "unreachable"
    | "rate_limit",
  times = 1,
  delayMilliseconds = 0,
): Promise<void> {
  await control("/stripe/faults", { match, kind, times, delay_ms: delayMilliseconds });
}

/** Sets how the bank answers card checks from now on. */
export async function bankSays(
  checks: "as_card" | "unavailable" | "unavailable_at_setup" | "pass" | "pass_at_setup",
): Promise<void> {
  await control("/stripe/bank", { checks });
}

/** The calls the product has made, newest first. */
export async function callsMade(): Promise<{ method: string; path: string; status: number | null }[]> {
  const answer = await read("/stripe/calls");
  const call = z.object({ method: z.string(), path: z.string(), status: z.number().nullable() });
  return z
    .union([z.object({ calls: z.array(call) }).transform(({ calls }) => calls), z.array(call)])
    .parse(answer);
}
