/** Who a card is billed to, as given with a payment method. */
import type Stripe from "stripe";
import { z } from "zod";
import { address, emptyable, toAddress } from "./params.ts";

/** `billing_details[…]`: every member is optional. */
export const billingDetails = z.strictObject({
  address: emptyable(address).optional(),
  email: z.string().optional(),
  name: z.string().optional(),
  phone: z.string().optional(),
  tax_id: z.string().optional(),
});

/** The details as Stripe returns them, null for what was not given. */
export function toBillingDetails(
  given: z.infer<typeof billingDetails> | undefined,
): Stripe.PaymentMethod.BillingDetails {
  return {
    address: toAddress(given?.address),
    email: given?.email || null,
    name: given?.name || null,
    phone: given?.phone || null,
    tax_id: given?.tax_id || null,
  };
}

/** The details after an update: what was given replaces the old, the rest stays. */
export function mergeBillingDetails(
  before: Stripe.PaymentMethod.BillingDetails,
  given: z.infer<typeof billingDetails> | undefined,
): Stripe.PaymentMethod.BillingDetails {
  const next = toBillingDetails(given);
  return {
    address: given?.address === undefined ? before.address : next.address,
    email: given?.email === undefined ? before.email : next.email,
    name: given?.name === undefined ? before.name : next.name,
    phone: given?.phone === undefined ? before.phone : next.phone,
    tax_id: given?.tax_id === undefined ? before.tax_id : next.tax_id,
  };
}
