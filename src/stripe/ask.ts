/** Calls to Stripe: tells apart an answer, no answer for now, and a mistake of ours. */
import Stripe from "stripe";
import { SECOND } from "../domain/instant.ts";

/**
 * The result of a call. `answered: false` means that Stripe could not be reached, was too busy or failed. The call may or
 * may not have happened: repeat it later with the same key, no sooner than after `retryAfter` milliseconds if Stripe
 * said so.
 */
export type Answer<T> = { answered: true; value: T } | { answered: false; retryAfter?: number };

/**
 * Awaits a call to Stripe that returns an object of the given kind. Rethrows card errors and invalid-request errors:
 * the caller knows what they mean.
 */
export async function ask<T extends { object: string }>(
  kind: T["object"],
  call: Promise<T>,
): Promise<Answer<T>> {
  try {
    const value = await call;
    // The SDK takes any JSON without an `error` for success, even a broken proxy's. Accept only the expected object.
    return value.object === kind ? { answered: true, value } : { answered: false };
  } catch (error) {
    if (isNoAnswer(error)) {
      const retryAfter = retryAfterOf(error);
      return { answered: false, ...(retryAfter !== null && { retryAfter }) };
    }
    throw error;
  }
}

/** Awaits a call for one object by its id; null if Stripe does not have it. */
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

/** Awaits one page of a customer's list. A customer that Stripe no longer knows has nothing in it. */
export async function askForList<T>(
  call: Promise<Stripe.ApiList<T>>,
): Promise<Answer<Pick<Stripe.ApiList<T>, "data" | "has_more">>> {
  try {
    return await ask("list", call);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.param === "customer") {
      return { answered: true, value: { data: [], has_more: false } };
    }
    throw error;
  }
}

/**
 * How many milliseconds Stripe asks us to wait. It sends whole seconds, in a header that the SDK ignores.
 * https://docs.stripe.com/rate-limits
 */
function retryAfterOf(error: unknown): number | null {
  const said = error instanceof Stripe.errors.StripeError ? error.headers?.["retry-after"] : undefined;
  return said !== undefined && /^\d{1,6}$/.test(said) ? Number(said) * SECOND : null;
}

/** Whether an SDK error leaves the outcome of the call unknown. https://docs.stripe.com/error-low-level */
function isNoAnswer(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeAPIError ||
    error instanceof Stripe.errors.StripeRateLimitError ||
    // 409: a call with this key is in progress. 400: the key was used with other parameters, for example by the version
    // before a deploy. Find out what that call did by looking it up, not by repeating it.
    error instanceof Stripe.errors.StripeIdempotencyError
  );
}

/** The object if Stripe expanded it; null if Stripe sent only an id, or nothing. */
export function expanded<T extends { object: string }>(value: string | T | null | undefined): T | null {
  return typeof value === "object" && value !== null ? value : null;
}

/** The id, whether or not Stripe expanded the object. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  return typeof value === "string" ? value : (value?.id ?? null);
}
