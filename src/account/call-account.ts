/** Calls an account's object from the Worker. */
import type { Bindings } from "../deps.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Account } from "./account.ts";

/** No caller waits longer than this. The work may still happen afterwards, and it is safe to ask again. */
const DEADLINE_MILLISECONDS = 30_000;

/**
 * Calls the object of `accountId`. If the object is reset during the call, or the runtime marks the error as retryable,
 * calls once more through a new stub, because the old one stays broken. The call must be safe to repeat; every method of
 * the object is. Rejects if there is no answer in time.
 * https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export async function callAccount<T>(
  env: Bindings,
  accountId: AccountId,
  call: (account: DurableObjectStub<Account>) => Promise<T>,
): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`The account did not answer within ${DEADLINE_MILLISECONDS} ms: overloaded`)),
    DEADLINE_MILLISECONDS,
  );
  try {
    return await Promise.race([callTwiceIfReset(env, accountId, call), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

async function callTwiceIfReset<T>(
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
