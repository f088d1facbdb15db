/** The evidence that can be given in a dispute (https://docs.stripe.com/api/disputes/evidence_object). */
import type Stripe from "stripe";
import { z } from "zod";
import { emptyable, text } from "./params.ts";

const words = z.string().max(20_000).optional();

/** `evidence[…]`: any piece; an empty text removes it. */
export const evidence = z.strictObject({
  access_activity_log: words,
  appeal: emptyable(
    z.strictObject({
      card: emptyable(
        z.strictObject({ reason_for_filing: words, supporting_files: z.array(text).optional() }),
      ).optional(),
    }),
  ).optional(),
  billing_address: words,
  cancellation_policy: words,
  cancellation_policy_disclosure: words,
  cancellation_rebuttal: words,
  customer_communication: words,
  customer_email_address: words,
  customer_name: words,
  customer_purchase_ip: words,
  customer_signature: words,
  duplicate_charge_documentation: words,
  duplicate_charge_explanation: words,
  duplicate_charge_id: words,
  product_description: words,
  receipt: words,
  refund_policy: words,
  refund_policy_disclosure: words,
  refund_refusal_explanation: words,
  service_date: words,
  service_documentation: words,
  shipping_address: words,
  shipping_carrier: words,
  shipping_date: words,
  shipping_documentation: words,
  shipping_tracking_number: words,
  uncategorized_file: words,
  uncategorized_text: words,
});

export type EvidenceParams = z.infer<typeof evidence>;

/** The evidence of a dispute that nobody has answered. */
export const noEvidence: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

/** The evidence after more was given. */
export function mergeEvidence(
  before: Stripe.Dispute.Evidence,
  given: EvidenceParams,
): Stripe.Dispute.Evidence {
  const { appeal, ...texts } = given;
  const pieces = Object.fromEntries(
    Object.entries(texts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value === "" ? null : value]),
  );
  const card = appeal?.card ?? null;
  return {
    ...before,
    ...pieces,
    ...(appeal === undefined || card === null
      ? {}
      : {
          appeal: {
            card: {
              ...(card.reason_for_filing === undefined ? {} : { reason_for_filing: card.reason_for_filing }),
              ...(card.supporting_files === undefined ? {} : { supporting_files: card.supporting_files }),
            },
          },
        }),
  };
}
