/** Setup intents: verifying a new card without charging it. */
import Stripe from "stripe";
import type { VerifiedCard } from "../domain/card.ts";
import type { OutrightDecline, SetupFacts } from "../domain/facts.ts";
import type { AccountId, OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type Answer, ask, askForList, expanded } from "./ask.ts";
import { mergeChecks, toCardFacts, toChecks } from "./cards.ts";
import { declineCodeOf, outrightDecline } from "./declines.ts";
import { findInList } from "./find-in-list.ts";

const EXPAND = ["latest_attempt", "payment_method"];

/**
 * Verifies a new card: creates and confirms a setup intent with the single-use confirmation token, so that the bank
 * checks street, postcode and security code without a charge. Repeating it for the same order is the same call.
 * https://docs.stripe.com/payments/finalize-payments-on-the-server
 */
export async function createSetupIntent(
  stripe: Stripe,
  setup: {
    orderId: OrderId;
    accountId: AccountId;
    customerId: string;
    confirmationToken: string;
    keepCard: boolean;
    returnUrl: string;
  },
): Promise<Answer<SetupFacts | OutrightDecline | "unusable_token" | "unknown_customer">> {
  try {
    const answer = await ask(
      "setup_intent",
      stripe.setupIntents.create(
        {
          customer: setup.customerId,
          confirm: true,
          confirmation_token: setup.confirmationToken,
          usage: setup.keepCard ? "off_session" : "on_session",
          allowed_payment_method_types: ["card"],
          return_url: setup.returnUrl,
          // Stripe.js shows a challenge on our page instead of sending the customer away.
          use_stripe_sdk: true,
          metadata: { account_id: setup.accountId, order_id: setup.orderId },
          expand: EXPAND,
        },
        { idempotencyKey: `${setup.orderId}:verify` },
      ),
    );
    return answer.answered ? { answered: true, value: toSetupFacts(answer.value) } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError) {
      return error.setup_intent === undefined
        ? outrightDecline(error)
        : { answered: true, value: toFailedSetupFacts(error.setup_intent, error) };
    }
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.param === "confirmation_token") {
      return { answered: true, value: "unusable_token" };
    }
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.param === "customer") {
      return { answered: true, value: "unknown_customer" };
    }
    throw error;
  }
}

/** Reads a setup intent as it is now. */
export async function readSetupIntent(stripe: Stripe, id: string): Promise<Answer<SetupFacts>> {
  const answer = await ask("setup_intent", stripe.setupIntents.retrieve(id, { expand: EXPAND }));
  return answer.answered ? { answered: true, value: toSetupFacts(answer.value) } : answer;
}

/** Looks for an order's setup intent in the customer's list, which is read-after-write, unlike Search. */
export function findSetupIntent(
  stripe: Stripe,
  order: { orderId: OrderId; customerId: string; placedAt: Instant },
): Promise<Answer<SetupFacts | null>> {
  return findInList(
    (after) =>
      askForList(
        stripe.setupIntents.list({
          customer: order.customerId,
          created: { gte: secondsBefore(order.placedAt) },
          limit: 100,
          ...(after !== null && { starting_after: after }),
          expand: EXPAND.map((field) => `data.${field}`),
        }),
      ),
    (intent) => intent.metadata?.["order_id"] === order.orderId,
    { isBest: () => true, as: toSetupFacts },
  );
}

/** Cancels a setup intent that nobody will complete. Returns it as it then is, even if it had already changed. */
export async function cancelSetupIntent(stripe: Stripe, id: string): Promise<Answer<SetupFacts>> {
  try {
    const answer = await ask("setup_intent", stripe.setupIntents.cancel(id, { expand: EXPAND }));
    return answer.answered ? { answered: true, value: toSetupFacts(answer.value) } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return readSetupIntent(stripe, id);
    }
    throw error;
  }
}

/** An hour before `placedAt`, in Stripe's seconds: more than Stripe's clock and ours ever differ. */
export function secondsBefore(placedAt: Instant): number {
  return Math.floor(placedAt / 1000) - 3600;
}

/** A setup intent in our words. */
function toSetupFacts(intent: Stripe.SetupIntent): SetupFacts {
  return {
    id: intent.id,
    status: toStatus(intent),
    clientSecret: intent.client_secret,
    card: toCard(intent),
    declineCode: declineCodeOf(intent.last_setup_error),
    createdAt: intent.created * 1000,
  };
}

/** A setup intent whose confirmation failed: what the error itself says about the card counts too. */
function toFailedSetupFacts(intent: Stripe.SetupIntent, error: Stripe.errors.StripeCardError): SetupFacts {
  const facts = toSetupFacts(intent);
  const method = error.payment_method ?? intent.last_setup_error?.payment_method;
  const card = method === undefined ? facts.card : toCardFacts(method, toChecks(method.card?.checks));
  return { ...facts, status: "failed", card, declineCode: declineCodeOf(error) ?? facts.declineCode };
}

function toCard(intent: Stripe.SetupIntent): VerifiedCard | null {
  const method = expanded(intent.payment_method) ?? intent.last_setup_error?.payment_method ?? null;
  if (method === null) {
    return null;
  }
  const attempt = expanded(intent.latest_attempt);
  const asked = toChecks(attempt?.payment_method_details.card?.checks);
  return toCardFacts(method, mergeChecks(asked, toChecks(method.card?.checks)));
}

// Any other status (`requires_payment_method` after an attempt) needs a new card: this attempt is over.
const STATUSES: Readonly<Record<string, SetupFacts["status"]>> = {
  succeeded: "succeeded",
  requires_action: "requires_action",
  processing: "processing",
  canceled: "canceled",
};

function toStatus(intent: Stripe.SetupIntent): SetupFacts["status"] {
  return STATUSES[intent.status] ?? "failed";
}
