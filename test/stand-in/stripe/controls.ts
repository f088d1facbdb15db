/** What the control endpoints under `/stand-in/` accept. */
import { z } from "zod";
import { jobKind } from "./jobs.ts";

export const bankSettings = z.strictObject({
  checks: z.enum(["as_card", "unavailable", "unavailable_at_setup", "pass", "pass_at_setup"]),
  payments: z.enum(["as_card", "declined"]).default("as_card"),
});

export const feeSettings = z.strictObject({ automatic: z.enum(["at_once", "later"]) });

export const webhookSettings = z.strictObject({
  delivery: z.enum(["automatic", "on_demand", "never", "late", "twice", "out_of_order", "mixture"]),
  seed: z.number().int().optional(),
});

export const deliveryRequest = z.strictObject({
  id: z.string().optional(),
  type: z.string().optional(),
  payment_intent: z.string().optional(),
  times: z.number().int().positive().max(10_000).default(1),
  /** Sends in a shuffled order that is the same for the same seed. */
  shuffle_seed: z.number().int().optional(),
});

/** Names a payment, by its intent or its charge. */
const payment = { charge: z.string().optional(), payment_intent: z.string().optional() };

export const disputeToOpen = z.strictObject({
  ...payment,
  reason: z.string().default("fraudulent"),
  inquiry: z.boolean().default(false),
  amount: z.number().int().positive().optional(),
});

export const disputeMove = z.strictObject({
  id: z.string(),
  status: z.enum([
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "appeal_needs_response",
    "appeal_under_review",
  ]),
});

export const refundToMake = z.strictObject({
  ...payment,
  amount: z.number().int().positive().optional(),
  /** Leaves the refund pending until told otherwise, whatever the card's refunds do. */
  pending: z.boolean().default(false),
});

export const warning = z.strictObject(payment);

export const failure = z.strictObject({ id: z.string() });

export const keyPermissions = z.strictObject({
  key: z.string().regex(/^rk_test_\w+$/),
  /** By the second part of a path: `{"payment_intents": "write", "charges": "read"}`. */
  permissions: z.record(z.string(), z.enum(["read", "write"])),
});

export const jobsToRun = z.strictObject({ kind: jobKind });

export const clockMove = z.strictObject({
  advance_seconds: z
    .number()
    .int()
    .nonnegative()
    .max(10 * 365 * 86_400),
});
