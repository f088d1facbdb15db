/** Stripe's Customer of an account: made once, told when the contact changes. */
import type Stripe from "stripe";
import type { Address } from "../domain/card.ts";
import type { AccountId } from "../domain/ids.ts";
import { type Answer, ask } from "./ask.ts";

/** Makes the account's customer. The account's id is the key, so that two requests at once make one. */
export async function createCustomer(
  stripe: Stripe,
  account: { id: AccountId; email: string },
): Promise<Answer<string>> {
  const answer = await ask(
    "customer",
    stripe.customers.create(
      { email: account.email, metadata: { account_id: account.id } },
      { idempotencyKey: `${account.id}:customer` },
    ),
  );
  return answer.answered ? { answered: true, value: answer.value.id } : answer;
}

/** Tells Stripe the account's contact and the card to prefer. */
export async function updateCustomer(
  stripe: Stripe,
  customerId: string,
  contact: { email: string; name: string | null; phone: string | null; address: Address | null },
): Promise<Answer<null>> {
  const { address } = contact;
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
}
