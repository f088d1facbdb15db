/** Payment intents: charging a card that has passed its checks. */
import Stripe from "stripe";
import type { CardChecks } from "../domain/card.ts";
import type { PaymentFacts } from "../domain/facts.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type Cents, toCents } from "../domain/money.ts";
import { type Answer, ask, expanded, idOf } from "./ask.ts";
import { toChecks } from "./cards.ts";
import { findInList } from "./find-in-list.ts";
import { declineCodeOf, secondsBefore } from "./setup-intents.ts";

/** What a payment intent is asked for with: its charge, and the fee where it is known. */
export const PAYMENT_EXPANSIONS = ["latest_charge.balance_transaction"];

/**
 * Charges a card: creates and confirms a payment intent. With `capture: "manual"` the money is only set aside, to
 * be captured after another look at the checks. Repeating it with the same order is the same call.
 * https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
 */
export async function createPaymentIntent(
  stripe: Stripe,
  payment: {
    orderId: OrderId;
    accountId: AccountId;
    customerId: string;
    paymentMethodId: string;
    amountCents: Cents;
    currency: string;
    capture: "automatic" | "manual";
    description: string;
    receiptEmail: string;
    returnUrl: string;
  },
): Promise<Answer<PaymentFacts | "unusable_card">> {
  try {
    const answer = await ask(
      "payment_intent",
      stripe.paymentIntents.create(
        {
          amount: payment.amountCents,
          currency: payment.currency,
          customer: payment.customerId,
          payment_method: payment.paymentMethodId,
          confirm: true,
          // Only our secret key confirms it. With the client secret alone a page could put another card to an intent
          // that was challenged, one whose checks nobody has looked at.
          confirmation_method: "manual",
          capture_method: payment.capture,
          allowed_payment_method_types: ["card"],
          return_url: payment.returnUrl,
          // A challenge is shown on our page by Stripe.js, not by sending the customer away.
          use_stripe_sdk: true,
          description: payment.description,
          receipt_email: payment.receiptEmail,
          statement_descriptor_suffix: "CREDITS",
          metadata: { account_id: payment.accountId, order_id: payment.orderId },
          expand: PAYMENT_EXPANSIONS,
        },
        { idempotencyKey: `${payment.orderId}:charge` },
      ),
    );
    return answer.answered ? { answered: true, value: toPaymentFacts(answer.value) } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError && error.payment_intent !== undefined) {
      const facts = toPaymentFacts(error.payment_intent);
      return { answered: true, value: { ...facts, declineCode: declineCodeOf(error) ?? facts.declineCode } };
    }
    if (
      error instanceof Stripe.errors.StripeInvalidRequestError &&
      (error.param === "payment_method" || error.param === "customer")
    ) {
      return { answered: true, value: "unusable_card" };
    }
    throw error;
  }
}

/**
 * Charges a card whose challenge the customer has passed: confirms the intent, with the card that was verified and no
 * other. Answers the intent as it then is, whatever it had become meanwhile.
 * https://docs.stripe.com/payments/accept-a-payment-synchronously
 */
export async function confirmPaymentIntent(
  stripe: Stripe,
  id: string,
  payment: { paymentMethodId: string; returnUrl: string },
): Promise<Answer<PaymentFacts>> {
  try {
    return await changeOrRead(
      stripe,
      id,
      stripe.paymentIntents.confirm(id, {
        payment_method: payment.paymentMethodId,
        return_url: payment.returnUrl,
        use_stripe_sdk: true,
        expand: PAYMENT_EXPANSIONS,
      }),
    );
  } catch (error) {
    // Declined after all: the intent says how.
    if (error instanceof Stripe.errors.StripeCardError) {
      return readPaymentIntent(stripe, id);
    }
    throw error;
  }
}

/** Reads a payment intent as it is now. */
export async function readPaymentIntent(stripe: Stripe, id: string): Promise<Answer<PaymentFacts>> {
  const answer = await ask(
    "payment_intent",
    stripe.paymentIntents.retrieve(id, { expand: PAYMENT_EXPANSIONS }),
  );
  return answer.answered ? { answered: true, value: toPaymentFacts(answer.value) } : answer;
}

/**
 * Reads a payment intent that something else than the order names; null unless it is the order's own, made for its
 * account's customer. Metadata alone is anybody's to write who shares the Stripe account.
 */
export async function readPaymentIntentOf(
  stripe: Stripe,
  id: string,
  order: { orderId: OrderId; customerId: string | null },
): Promise<Answer<PaymentFacts | null>> {
  const answer = await ask(
    "payment_intent",
    stripe.paymentIntents.retrieve(id, { expand: PAYMENT_EXPANSIONS }),
  );
  if (!answer.answered) {
    return answer;
  }
  const intent = answer.value;
  const isOurs = intent.metadata["order_id"] === order.orderId && idOf(intent.customer) === order.customerId;
  return { answered: true, value: isOurs ? toPaymentFacts(intent) : null };
}

/**
 * Looks for an order's payment intent in the customer's list, which is read-after-write where Search is not. Of
 * several, one that succeeded counts first.
 */
export function findPaymentIntent(
  stripe: Stripe,
  order: { orderId: OrderId; customerId: string; placedAt: Instant },
): Promise<Answer<PaymentFacts | null>> {
  return findInList(
    (after) =>
      ask(
        "list",
        stripe.paymentIntents.list({
          customer: order.customerId,
          created: { gte: secondsBefore(order.placedAt) },
          limit: 100,
          ...(after !== null && { starting_after: after }),
          expand: PAYMENT_EXPANSIONS.map((field) => `data.${field}`),
        }),
      ),
    (intent) => intent.metadata["order_id"] === order.orderId,
    { isBest: (intent) => intent.status === "succeeded", as: toPaymentFacts },
  );
}

/**
 * Captures what was authorised; answers the intent as it then is, whatever it had become meanwhile. It needs no key
 * of the order's: an authorisation is captured once whoever asks, and a key that Stripe answered with a 500 would
 * keep the money waiting for a day.
 */
export function capturePaymentIntent(stripe: Stripe, id: string): Promise<Answer<PaymentFacts>> {
  return changeOrRead(stripe, id, stripe.paymentIntents.capture(id, { expand: PAYMENT_EXPANSIONS }));
}

/** Cancels a payment intent, giving back what was authorised; answers it as it then is. No key of the order's, as for capturing. */
export function voidPaymentIntent(stripe: Stripe, id: string): Promise<Answer<PaymentFacts>> {
  return changeOrRead(
    stripe,
    id,
    stripe.paymentIntents.cancel(id, { cancellation_reason: "abandoned", expand: PAYMENT_EXPANSIONS }),
  );
}

async function changeOrRead(
  stripe: Stripe,
  id: string,
  change: Promise<Stripe.PaymentIntent>,
): Promise<Answer<PaymentFacts>> {
  try {
    const answer = await ask("payment_intent", change);
    return answer.answered ? { answered: true, value: toPaymentFacts(answer.value) } : answer;
  } catch (error) {
    // Somebody else has captured or cancelled it: what it is now decides.
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return readPaymentIntent(stripe, id);
    }
    throw error;
  }
}

/** A payment intent in our words. */
export function toPaymentFacts(intent: Stripe.PaymentIntent): PaymentFacts {
  const charge = expanded(intent.latest_charge);
  const transaction = expanded(charge?.balance_transaction);
  return {
    id: intent.id,
    status: toStatus(intent),
    clientSecret: intent.client_secret,
    amountCents: toCents(intent.status === "succeeded" ? intent.amount_received : intent.amount),
    currency: intent.currency,
    paymentMethodId: idOf(intent.payment_method),
    checks: toChargeChecks(intent, charge),
    chargeId: idOf(intent.latest_charge),
    declineCode: declineCodeOf(intent.last_payment_error),
    fee:
      transaction === null
        ? null
        : { feeCents: toCents(transaction.fee), netCents: toCents(transaction.net) },
    createdAt: intent.created * 1000,
  };
}

function toChargeChecks(intent: Stripe.PaymentIntent, charge: Stripe.Charge | null): CardChecks | null {
  if (charge !== null) {
    return toChecks(charge.payment_method_details?.card?.checks);
  }
  const refused = intent.last_payment_error?.payment_method;
  return refused === undefined ? null : toChecks(refused.card?.checks);
}

// Anything else (`requires_payment_method` after an attempt) needs a card again: this attempt is over.
const STATUSES: Readonly<Record<string, PaymentFacts["status"]>> = {
  succeeded: "succeeded",
  requires_action: "requires_action",
  requires_confirmation: "requires_confirmation",
  requires_capture: "requires_capture",
  processing: "processing",
  canceled: "canceled",
};

function toStatus(intent: Stripe.PaymentIntent): PaymentFacts["status"] {
  return STATUSES[intent.status] ?? "failed";
}
