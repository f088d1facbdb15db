/** Calling an account's object from the Worker. */
import type { Bindings } from "../deps.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Account } from "./account.ts";

/**
 * Calls the object of `accountId`; where the object was reset under the call, calls once more, through a new stub,
 * since the old one stays broken. What is called must be safe to repeat: every method of the object is.
 * https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export async function callAccount<T>(
  env: Bindings,
  accountId: AccountId,
  call: (account: DurableObjectStub<Account>) => Promise<T>,
): Promise<T> {
  try {
    return await call(env.ACCOUNT.getByName(accountId));
  } catch (error) {
    if (!isWorthRepeating(error)) {
      throw error;
    }
    return await call(env.ACCOUNT.getByName(accountId));
  }
}

function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const { retryable, overloaded, durableObjectReset } = error as Error & Record<string, unknown>; // The runtime adds these.
  return overloaded !== true && (retryable === true || durableObjectReset === true);
}
