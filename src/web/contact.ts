/** What the page tells its script of the customer, to fill in Stripe's fields beforehand. */
import type { Address } from "../domain/card.ts";

export type Contact = {
  email: string;
  name: string | null;
  phone: string | null;
  billingAddress: Address | null;
};
