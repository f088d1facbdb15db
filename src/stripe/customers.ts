/** An account's Customer at Stripe: created once, updated when the contact changes. */
import Stripe from "stripe";
import type { Address } from "../domain/card.ts";
import type { AccountId } from "../domain/ids.ts";
import { type Instant, MINUTE } from "../domain/instant.ts";
import { type Answer, ask } from "./ask.ts";

const KEY_LIFETIME = MINUTE;

/**
 * Creates the account's customer. The key changes every minute: simultaneous requests create one customer, and a key
 * that Stripe answered with a 500 does not block the account from buying for a day. A second customer does no harm: the
 * account keeps the first one stored, and only that one is ever charged.
 */
export async function createCustomer(
  stripe: Stripe,
  account: { id: AccountId; email: string },
  now: Instant,
): Promise<Answer<string>> {
  const answer = await ask(
    "customer",
    stripe.customers.create(
      { email: account.email, metadata: { account_id: account.id } },
      { idempotencyKey: `${account.id}:customer:${Math.floor(now / KEY_LIFETIME)}` },
    ),
  );
  return answer.answered ? { answered: true, value: answer.value.id } : answer;
}

/** Sends the account's contact to Stripe. Details that Stripe rejects count as sent: asking again would not help. */
export async function updateCustomer(
  stripe: Stripe,
  customerId: string,
  contact: { email: string; name: string | null; phone: string | null; address: Address | null },
): Promise<Answer<null>> {
  const { address } = contact;
  try {
    const answer = await ask(
      "customer",
      stripe.customers.update(customerId, {
        email: contact.email,
        name: contact.name ?? "",
        phone: contact.phone ?? "",
        ...(address !== null && {
          address: {
            line1: address.line1 ?? "",
            line2: address.line2 ?? "",
            city: address.city ?? "",
            state: address.state ?? "",
            postal_code: address.postalCode ?? "",
            country: address.country ?? "",
          },
        }),
      }),
    );
    return answer.answered ? { answered: true, value: null } : answer;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      return { answered: true, value: null };
    }
    throw error;
  }
}
