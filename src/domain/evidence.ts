/** Evidence for a dispute, as text ready for Stripe's fields: https://docs.stripe.com/disputes/evidence */

/** Named after Stripe's fields; each at most 20,000 characters, 150,000 together. */
export type Evidence = {
  accessActivityLog: string;
  billingAddress: string;
  customerEmailAddress: string;
  customerName: string;
  productDescription: string;
  refundPolicyDisclosure: string;
  refundRefusalExplanation: string;
  serviceDate: string;
  uncategorizedText: string;
};
