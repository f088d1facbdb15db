/** What Stripe says of an order's intents, in our words. The stripe folder makes these; `nextStep` decides by them. */
import type { CardChecks, VerifiedCard } from "./card.ts";
import type { Instant } from "./instant.ts";
import type { Cents, Currency } from "./money.ts";

/** A setup intent: the verification of a new card. `failed` is Stripe's `requires_payment_method` after an attempt. */
export type SetupFacts = {
  id: string;
  status: "succeeded" | "requires_action" | "processing" | "failed" | "canceled";
  clientSecret: string | null;
  card: VerifiedCard | null;
  /** Why the bank said no; null while it has not. */
  declineCode: string | null;
  createdAt: Instant;
};

/**
 * A payment intent. `failed` is Stripe's `requires_payment_method` after an attempt; `requires_confirmation` means that
 * the customer has passed the bank's challenge and the charge waits for our word.
 */
export type PaymentFacts = {
  id: string;
  status:
    | "succeeded"
    | "requires_action"
    | "requires_confirmation"
    | "requires_capture"
    | "processing"
    | "failed"
    | "canceled";
  clientSecret: string | null;
  amountCents: Cents;
  currency: Currency;
  paymentMethodId: string | null;
  /** The checks made with the charge; null where there was no charge. */
  checks: CardChecks | null;
  chargeId: string | null;
  declineCode: string | null;
  /** Null until Stripe has made the balance transaction. */
  fee: { feeCents: Cents; netCents: Cents } | null;
  createdAt: Instant;
};

/**
 * What has been learnt in this run of settling. `undefined`: not asked yet; `null`: asked, and Stripe has no such
 * intent; `unusable_token`: Stripe would not take the token, so no setup intent was made; `unusable_card`: Stripe has
 * forgotten the card, so no payment intent was made.
 */
export type Facts = {
  /**
   * True while this run is the one that placed the order or let the charge begin: then Stripe cannot have an intent
   * yet, and need not be searched for one before it is asked to make it. Any later run looks first.
   */
  isFresh?: boolean;
  setup?: SetupFacts | "unusable_token" | null;
  payment?: PaymentFacts | "unusable_card" | null;
};

/** The payment intent that is known; null where there is none, or could be none; `undefined` while nobody has asked. */
export function paymentIn({ payment }: Facts): PaymentFacts | null | undefined {
  return payment === "unusable_card" ? null : payment;
}
