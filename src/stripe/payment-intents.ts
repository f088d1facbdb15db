/** Payment intents: charging a card that has passed its checks. */
import Stripe from "stripe";
import type { CardChecks } from "../domain/card.ts";
import { type OutrightDecline, type PaymentFacts, paysExactly } from "../domain/facts.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type Cents, type Currency, toCents } from "../domain/money.ts";
import { type Answer, ask, askForList, expanded, idOf } from "./ask.ts";
import { toChecks } from "./cards.ts";
import { findInList } from "./find-in-list.ts";
import { declineCodeOf, outrightDecline } from "./declines.ts";
import { secondsBefore } from "./setup-intents.ts";

/** What every read of a payment intent expands: its charge, and the fee once known. */
export const PAYMENT_EXPANSIONS = ["latest_charge.balance_transaction"];

/**
 * Charges a card: creates and confirms a payment intent. With `capture: "manual"` the money is only authorised, to be
 * captured after another look at the checks. Repeating it for the same order is the same call.
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
): Promise<Answer<PaymentFacts | OutrightDecline | "unusable_card">> {
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
          // Only our secret key can confirm it. Otherwise a page with the client secret of a challenged intent could
          // switch it to another card, whose checks nobody has looked at.
          confirmation_method: "manual",
          capture_method: payment.capture,
          allowed_payment_method_types: ["card"],
          return_url: payment.returnUrl,
          // Stripe.js shows a challenge on our page instead of sending the customer away.
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
    if (error instanceof Stripe.errors.StripeCardError) {
      if (error.payment_intent === undefined) {
        return outrightDecline(error);
      }
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
 * Charges a card after the customer has passed its challenge: confirms the intent with the verified card and no other.
 * Returns the intent as it then is, even if it had already changed.
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
    // Declined after all: the intent says why.
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
 * Reads a payment intent named by something other than the order. Null unless it is the order's own and belongs to the
 * order's customer: metadata alone proves nothing, because anyone who shares the Stripe account can write it.
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
  const isOurs =
    order.customerId !== null &&
    idOf(intent.customer) === order.customerId &&
    intent.metadata["order_id"] === order.orderId;
  return { answered: true, value: isOurs ? toPaymentFacts(intent) : null };
}

/** What an order's intents are searched by: whose they are, since when, and what the order costs. */
export type SearchedOrder = {
  orderId: OrderId;
  customerId: string;
  placedAt: Instant;
  amountCents: Cents;
  currency: Currency;
};

/**
 * Looks for an order's payment intent in the customer's list, which is read-after-write, unlike Search. Of several, one
 * that paid exactly what the order costs comes first.
 */
export function findPaymentIntent(
  stripe: Stripe,
  order: SearchedOrder,
): Promise<Answer<PaymentFacts | null>> {
  return findInList(
    (after) =>
      askForList(
        stripe.paymentIntents.list({
          customer: order.customerId,
          created: { gte: secondsBefore(order.placedAt) },
          limit: 100,
          ...(after !== null && { starting_after: after }),
          expand: PAYMENT_EXPANSIONS.map((field) => `data.${field}`),
        }),
      ),
    (intent) => intent.metadata["order_id"] === order.orderId,
    {
      isBest: (intent) => intent.status === "succeeded" && paysExactly(toPaymentFacts(intent), order),
      as: toPaymentFacts,
    },
  );
}

/**
 * Captures what was authorised, and returns the intent as it then is, even if it had already changed. It needs no key: an
 * authorisation can be captured only once, and a key that Stripe answered with a 500 would hold up the money for a day.
 */
export function capturePaymentIntent(stripe: Stripe, id: string): Promise<Answer<PaymentFacts>> {
  return changeOrRead(stripe, id, stripe.paymentIntents.capture(id, { expand: PAYMENT_EXPANSIONS }));
}

/** Cancels a payment intent, releasing what was authorised. Returns it as it then is. Like a capture, it needs no key. */
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
    // It was captured or cancelled elsewhere: its current state decides.
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
        : {
            feeCents: toCents(transaction.fee),
            netCents: toCents(transaction.net),
            currency: transaction.currency,
          },
    isRefunded: charge?.refunded ?? false,
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

// Any other status (`requires_payment_method` after an attempt) needs a new card: this attempt is over.
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
