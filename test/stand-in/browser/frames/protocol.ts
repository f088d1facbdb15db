/**
 * What the page and an element's frame say to each other. Card digits are in none of it: the frame keeps
 * them, and gives the page only whether it is complete, and at last the token.
 */
import type { ConfirmationToken, StripeError } from "@stripe/stripe-js";
import * as z from "zod/mini";

/** The part of Stripe's Appearance the frames honour. */
export const appearanceSchema = z.object({
  theme: z.optional(z.enum(["stripe", "night", "flat"])),
  variables: z.optional(z.record(z.string(), z.string())),
  rules: z.optional(z.record(z.string(), z.record(z.string(), z.string()))),
  disableAnimations: z.optional(z.boolean()),
});

const postalAddress = z.object({
  line1: z.string(),
  line2: z.string(),
  city: z.string(),
  state: z.string(),
  postal_code: z.string(),
  country: z.string(),
});

/** Billing details as forms keep them: every field is present, even when empty. */
const billingDetailsSchema = z.object({
  name: z.string(),
  email: z.string(),
  phone: z.string(),
  address: postalAddress,
});

/** What the payment element shows. */
const paymentViewSchema = z.object({
  type: z.literal("payment"),
  showsCountry: z.boolean(),
  showsPostalCode: z.boolean(),
  readOnly: z.boolean(),
  terms: z.string(),
  defaults: z.object({ country: z.string(), postal_code: z.string() }),
});

/** What the address element shows. */
const addressViewSchema = z.object({
  type: z.literal("address"),
  showsName: z.boolean(),
  nameLabel: z.string(),
  showsPhone: z.boolean(),
  requiresPhone: z.boolean(),
  allowedCountries: z.nullable(z.array(z.string())),
  defaults: z.omit(billingDetailsSchema, { email: true }),
});

/** From the page to a frame. A `request` is answered by an `answer` of the same number. */
export const toFrameSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("configure"),
    request: z.number(),
    publishableKey: z.string(),
    locale: z.string(),
    appearance: appearanceSchema,
    view: z.discriminatedUnion("type", [paymentViewSchema, addressViewSchema]),
  }),
  z.object({ kind: z.literal("submit"), request: z.number(), focus: z.boolean() }),
  z.object({ kind: z.literal("value"), request: z.number() }),
  z.object({
    kind: z.literal("tokenise"),
    request: z.number(),
    parameters: z.record(z.string(), z.string()),
  }),
  z.object({
    kind: z.literal("challenge"),
    request: z.number(),
    publishableKey: z.string(),
    clientSecret: z.string(),
    amount: z.nullable(z.string()),
  }),
  z.object({ kind: z.literal("focus") }),
  z.object({ kind: z.literal("blur") }),
  z.object({ kind: z.literal("clear") }),
  // Not Stripe's: a test card was picked, and its country's example address may fill what is empty.
  z.object({ kind: z.literal("example"), country: z.string() }),
]);

/** From a frame to the page. */
export const fromFrameSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("loaded") }),
  z.object({ kind: z.literal("height"), height: z.number() }),
  z.object({ kind: z.literal("change"), state: z.unknown() }),
  z.object({ kind: z.literal("focus") }),
  z.object({ kind: z.literal("blur") }),
  z.object({ kind: z.literal("escape") }),
  z.object({ kind: z.literal("leave") }),
  z.object({ kind: z.literal("picked"), country: z.string() }),
  z.object({ kind: z.literal("answer"), request: z.number(), answer: z.unknown() }),
]);

/** What the payment frame reports after each change. */
export const paymentStateSchema = z.object({
  empty: z.boolean(),
  complete: z.boolean(),
  brand: z.string(),
  country: z.nullable(z.string()),
  postalCode: z.nullable(z.string()),
});

/** What the address frame reports after each change, and when asked. */
export const addressStateSchema = z.object({
  empty: z.boolean(),
  complete: z.boolean(),
  value: z.omit(billingDetailsSchema, { email: true }),
});

/** Stripe's error object, which the page passes on unchanged. */
export const stripeErrorSchema = z.custom<StripeError>(
  (given) => z.object({ type: z.string() }).safeParse(given).success,
);

/** A frame's answer to `submit`: the first thing wrong, or nothing. */
export const submitAnswerSchema = z.object({ error: z.nullable(stripeErrorSchema) });

/** A token; the rest of its shape is the business of the API and its tests. */
export const confirmationTokenSchema = z.custom<ConfirmationToken>((given) =>
  isOfObject(given, "confirmation_token"),
);

/** A frame's answer to `tokenise`. */
export const tokenAnswerSchema = z.union([
  z.object({ confirmationToken: confirmationTokenSchema }),
  z.object({ error: stripeErrorSchema }),
]);

export type FrameAppearance = z.output<typeof appearanceSchema>;
export type BillingDetails = z.output<typeof billingDetailsSchema>;
export type PaymentView = z.output<typeof paymentViewSchema>;
export type AddressView = z.output<typeof addressViewSchema>;
export type ToFrame = z.output<typeof toFrameSchema>;
export type FromFrame = z.output<typeof fromFrameSchema>;
export type PaymentState = z.output<typeof paymentStateSchema>;
export type AddressState = z.output<typeof addressStateSchema>;
export type TokenAnswer = z.output<typeof tokenAnswerSchema>;

/** Whether something Stripe sent is the kind of object that was asked for. */
export function isOfObject(given: unknown, object: string): boolean {
  return z.object({ id: z.string(), object: z.literal(object) }).safeParse(given).success;
}
