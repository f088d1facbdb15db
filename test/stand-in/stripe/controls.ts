/** What the control endpoints under `/stand-in/` accept. */
import { z } from "zod";

export const bankSettings = z.strictObject({
  checks: z.enum(["as_card", "unavailable", "unavailable_at_setup"]),
});

export const feeSettings = z.strictObject({ automatic: z.enum(["at_once", "later"]) });

export const webhookSettings = z.strictObject({
  delivery: z.enum(["automatic", "on_demand", "never", "late", "twice", "out_of_order"]),
  seed: z.number().int().optional(),
});

export const deliveryRequest = z.strictObject({
  id: z.string().optional(),
  type: z.string().optional(),
  payment_intent: z.string().optional(),
  times: z.number().int().positive().max(100).default(1),
});

export const clockMove = z.strictObject({
  advance_seconds: z
    .number()
    .int()
    .nonnegative()
    .max(10 * 365 * 86_400),
});
