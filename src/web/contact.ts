/** The customer's contact details, which the page hands to its script to prefill Stripe's fields. */
import type { Address } from "../domain/card.ts";

export type Contact = {
  email: string;
  name: string | null;
  phone: string | null;
  billingAddress: Address | null;
};
