/** What the payment intent endpoints accept. */
import type Stripe from "stripe";
import { z } from "zod";
import { confirmation, methodChoice } from "./intent-params.ts";
import { emptyable, expand, flag, integer, metadata, page, range, text } from "./params.ts";

const captureMethod = z.enum(["automatic", "automatic_async", "manual"]);
const cardOptions = z
  .strictObject({
    card: z
      .strictObject({
        capture_method: z.enum(["manual"]).optional(),
        request_three_d_secure: z.enum(["any", "automatic", "challenge"]).optional(),
        setup_credential_usage: z.enum(["installment", "recurring", "unscheduled"]).optional(),
        setup_future_usage: z.enum(["none", "off_session", "on_session"]).optional(),
        stored_credential_usage: z.enum(["installment", "recurring", "unscheduled"]).optional(),
      })
      .optional(),
  })
  .optional();
const offSession = z.union([z.enum(["one_off", "recurring"]), flag]);
const shipping = emptyable(
  z.strictObject({
    address: z.strictObject({
      city: z.string().optional(),
      country: z.string().optional(),
      line1: z.string().optional(),
      line2: z.string().optional(),
      postal_code: z.string().optional(),
      state: z.string().optional(),
    }),
    name: text,
    phone: z.string().optional(),
    carrier: z.string().optional(),
    tracking_number: z.string().optional(),
  }),
);

/** At most 22 of the characters a card statement can show, with a letter among them. */
const descriptor = z
  .string()
  .min(1)
  .refine((value) => value.length <= 22, {
    error: "The statement descriptor must be at most 22 characters.",
  })
  .refine((value) => !/[<>\\'"*]/.test(value), {
    error: "The statement descriptor contains invalid characters.",
  });

const confirmFields = {
  ...confirmation,
  capture_method: captureMethod.optional(),
  error_on_requires_action: flag.optional(),
  off_session: offSession.optional(),
  payment_method_options: cardOptions,
  radar_options: z.strictObject({ session: text.optional() }).optional(),
  receipt_email: z.string().optional(),
  setup_future_usage: z.enum(["off_session", "on_session", ""]).optional(),
  shipping: shipping.optional(),
  expand,
};
export const createParams = z.strictObject({
  ...methodChoice,
  ...confirmFields,
  amount: integer,
  currency: text,
  confirm: flag.optional(),
  confirmation_method: z.enum(["automatic", "manual"]).optional(),
  customer: text.optional(),
  description: text.optional(),
  metadata: metadata.optional(),
  statement_descriptor: descriptor.optional(),
  statement_descriptor_suffix: descriptor.optional(),
  transfer_group: text.optional(),
});
export const updateParams = z.strictObject({
  amount: integer.optional(),
  capture_method: captureMethod.optional(),
  currency: text.optional(),
  customer: text.optional(),
  description: z.string().optional(),
  metadata: metadata.optional(),
  payment_method: text.optional(),
  payment_method_options: cardOptions,
  receipt_email: z.string().optional(),
  setup_future_usage: z.enum(["off_session", "on_session", ""]).optional(),
  shipping: shipping.optional(),
  statement_descriptor: descriptor.optional(),
  statement_descriptor_suffix: descriptor.optional(),
  expand,
});
export const listParams = z.strictObject({ ...page, created: range.optional(), customer: text.optional() });
export const captureParams = z.strictObject({
  amount_to_capture: integer.optional(),
  final_capture: flag.optional(),
  metadata: metadata.optional(),
  statement_descriptor: descriptor.optional(),
  statement_descriptor_suffix: descriptor.optional(),
  expand,
});
export const cancelParams = z.strictObject({
  cancellation_reason: z.enum(["abandoned", "duplicate", "fraudulent", "requested_by_customer"]).optional(),
  expand,
});
export const confirmParams = z.strictObject({ ...confirmFields, client_secret: text.optional() });

/** The shipping address, as Stripe returns it. */
export function shippingOf(
  given: z.infer<typeof shipping> | undefined,
): Stripe.PaymentIntent.Shipping | null {
  return given === undefined || given === null
    ? null
    : {
        address: {
          city: given.address.city || null,
          country: given.address.country || null,
          line1: given.address.line1 || null,
          line2: given.address.line2 || null,
          postal_code: given.address.postal_code || null,
          state: given.address.state || null,
        },
        carrier: given.carrier || null,
        name: given.name,
        phone: given.phone || null,
        tracking_number: given.tracking_number || null,
      };
}
