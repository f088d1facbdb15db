/** What Stripe's errors say about why a card was declined. */
import type Stripe from "stripe";
import type { OutrightDecline } from "../domain/facts.ts";
import type { Answer } from "./ask.ts";

/** The most specific code of an error: the bank's decline code if there is one. */
export function declineCodeOf(
  error: { decline_code?: string | undefined; code?: string | undefined } | null,
): string | null {
  const told = [error?.decline_code, error?.code];
  return told.find((code) => code !== undefined && code !== "") ?? null;
}

/**
 * A card error that names no intent: the card is declined by its code. Without a code it says nothing about the outcome
 * of the call, and Stripe is asked again.
 */
export function outrightDecline(error: Stripe.errors.StripeCardError): Answer<OutrightDecline> {
  const declineCode = declineCodeOf(error);
  return declineCode === null
    ? { answered: false }
    : { answered: true, value: { status: "declined_outright", declineCode } };
}
