/** What Stripe says about an order's intents, in our words. The stripe folder builds these; `nextStep` decides from them. */
import type { CardChecks, VerifiedCard } from "./card.ts";
import type { Instant } from "./instant.ts";
import type { Cents, Currency } from "./money.ts";
import type { Fee, Order } from "./order.ts";

/** A setup intent: the verification of a new card. `failed` is Stripe's `requires_payment_method` after an attempt. */
export type SetupFacts = {
  id: string;
  status: "succeeded" | "requires_action" | "processing" | "failed" | "canceled";
  clientSecret: string | null;
  card: VerifiedCard | null;
  /** Why the bank said no; null if it has not. */
  declineCode: string | null;
  createdAt: Instant;
};

/**
 * A payment intent. `failed` is Stripe's `requires_payment_method` after an attempt; `requires_confirmation` means that
 * the customer has passed the bank's challenge and the charge waits for us to confirm it.
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
  /** The checks made with the charge; null if there was no charge. */
  checks: CardChecks | null;
  chargeId: string | null;
  declineCode: string | null;
  /** Null until Stripe has created the balance transaction. */
  fee: Fee | null;
  /** Whether the charge was refunded in full, or given back uncaptured. */
  isRefunded: boolean;
  createdAt: Instant;
};

/** The card was declined, and Stripe names no intent in which: there is none to look at, or to close. */
export type OutrightDecline = { status: "declined_outright"; declineCode: string };

/**
 * What this run of settling has learnt. `undefined`: not asked yet. `null`: asked, and Stripe has no intent for the
 * order. `unusable_token`: Stripe rejected the token, so there is no setup intent. `unusable_card`: Stripe no longer
 * has the card, so there is no payment intent.
 */
export type Facts = {
  /**
   * True only in the run that placed the order: Stripe cannot have an intent for it yet, so none is searched for before
   * one is created. Any later run searches first.
   */
  isFresh?: boolean;
  setup?: SetupFacts | OutrightDecline | "unusable_token" | null;
  payment?: PaymentFacts | OutrightDecline | "unusable_card" | null;
};

/** The known payment intent; null if there is none or the card made one impossible; `undefined` if Stripe was not asked. */
export function paymentIn({ payment }: Facts): PaymentFacts | null | undefined {
  return payment === "unusable_card" || payment?.status === "declined_outright" ? null : payment;
}

/** The known setup intent; null if there is none or could be none; `undefined` if Stripe was not asked. */
export function setupIn({ setup }: Facts): SetupFacts | null | undefined {
  return setup === "unusable_token" || setup?.status === "declined_outright" ? null : setup;
}

/** Whether a payment has exactly the amount and the currency of the order. */
export function paysExactly(
  payment: Pick<PaymentFacts, "amountCents" | "currency">,
  order: Pick<Order, "amountCents" | "currency">,
): boolean {
  return payment.amountCents === order.amountCents && payment.currency === order.currency;
}
