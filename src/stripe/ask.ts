/** Asking Stripe, and telling apart an answer, no answer for now, and our own mistake. */
import Stripe from "stripe";
import { SECOND } from "../domain/instant.ts";

/**
 * What came of a question. `answered: false` means that Stripe could not be reached, was too busy or failed: the
 * call may or may not have happened, and is asked again later with the same key; no sooner than in `retryAfter`
 * milliseconds, where Stripe said so.
 */
export type Answer<T> = { answered: true; value: T } | { answered: false; retryAfter?: number };

/**
 * Awaits a call to Stripe for an object of the kind named. A card error, and a request Stripe found invalid, are
 * thrown on to the caller, who knows what they mean there.
 */
export async function ask<T extends { object: string }>(
  kind: T["object"],
  call: Promise<T>,
): Promise<Answer<T>> {
  try {
    const value = await call;
    // The SDK takes any JSON without an `error` for a success, a broken proxy's included. Believe only the object asked for.
    return value.object === kind ? { answered: true, value } : { answered: false };
  } catch (error) {
    if (isNoAnswer(error)) {
      const retryAfter = retryAfterOf(error);
      return { answered: false, ...(retryAfter !== null && { retryAfter }) };
    }
    throw error;
  }
}

/** Awaits a call for one object by its id; null where Stripe has no such. */
export async function askForOne<T extends { object: string }>(
  kind: T["object"],
  call: Promise<T>,
): Promise<Answer<T | null>> {
  try {
    return await ask(kind, call);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === "resource_missing") {
      return { answered: true, value: null };
    }
    throw error;
  }
}

/** When Stripe wants to be asked again: whole seconds in a header, of which the SDK takes no notice. https://docs.stripe.com/rate-limits */
function retryAfterOf(error: unknown): number | null {
  const said = error instanceof Stripe.errors.StripeError ? error.headers?.["retry-after"] : undefined;
  return said !== undefined && /^\d{1,6}$/.test(said) ? Number(said) * SECOND : null;
}

/** Whether an error of the SDK says nothing about the outcome of the call. https://docs.stripe.com/error-low-level */
function isNoAnswer(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeAPIError ||
    error instanceof Stripe.errors.StripeRateLimitError ||
    // 409: the same key is being worked on at this moment. 400: it was used with other parameters, by the version of
    // this product before a deploy say; what came of that call is to be found by looking, not by asking again.
    error instanceof Stripe.errors.StripeIdempotencyError
  );
}

/** The object itself, where Stripe expanded it; null where it gave only an id, or nothing. */
export function expanded<T extends { object: string }>(value: string | T | null | undefined): T | null {
  return typeof value === "object" && value !== null ? value : null;
}

/** The id, whether or not Stripe expanded the object. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  return typeof value === "string" ? value : (value?.id ?? null);
}
