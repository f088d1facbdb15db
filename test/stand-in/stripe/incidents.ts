/** What banks, cardholders and Dashboard users do without the API: for tests and people to make happen. */
import type Stripe from "stripe";
import type { z } from "zod";
import type { disputeMove, disputeToOpen, failure, refundToMake, warning } from "./controls.ts";
import { moveDispute, openDispute } from "./dispute-course.ts";
import { warnOfFraud } from "./early-fraud-warnings.ts";
import { idOf, load } from "./objects.ts";
import { failPayout } from "./payouts.ts";
import { callRefundOff, completeRefund, failRefund, refundPayment } from "./refunds.ts";
import type { Sandbox } from "./sandbox.ts";

export type Incident =
  | { readonly kind: "dispute"; readonly given: z.infer<typeof disputeToOpen> }
  | { readonly kind: "dispute_move"; readonly given: z.infer<typeof disputeMove> }
  | { readonly kind: "early_fraud_warning"; readonly given: z.infer<typeof warning> }
  | { readonly kind: "refund"; readonly given: z.infer<typeof refundToMake> }
  | {
      readonly kind: "completed_refund" | "failed_refund" | "canceled_refund" | "failed_payout";
      readonly given: z.infer<typeof failure>;
    };

/** Makes it happen, and returns the id of the object concerned. */
export function befall(sandbox: Sandbox, incident: Incident): string {
  switch (incident.kind) {
    case "dispute": {
      const { reason, inquiry, amount } = incident.given;
      const charge = chargeNamed(sandbox, incident.given);
      return openDispute(sandbox, charge, { reason, inquiry, amount: amount ?? charge.amount_captured }).id;
    }
    case "dispute_move": {
      return moveDispute(sandbox, incident.given.id, incident.given.status).id;
    }
    case "early_fraud_warning": {
      const { id } = chargeNamed(sandbox, incident.given);
      warnOfFraud(sandbox, id);
      return id;
    }
    case "refund": {
      const { amount, pending } = incident.given;
      const { id } = chargeNamed(sandbox, incident.given);
      return refundPayment(sandbox, { charge: id, amount }, pending ? "stays_pending" : "as_card").id;
    }
    case "completed_refund": {
      completeRefund(sandbox, load(sandbox, "refund", incident.given.id).id);
      return incident.given.id;
    }
    case "failed_refund": {
      failRefund(sandbox, load(sandbox, "refund", incident.given.id).id);
      return incident.given.id;
    }
    case "canceled_refund": {
      callRefundOff(sandbox, load(sandbox, "refund", incident.given.id).id);
      return incident.given.id;
    }
    case "failed_payout": {
      failPayout(sandbox, incident.given.id);
      return incident.given.id;
    }
  }
}

function chargeNamed(sandbox: Sandbox, named: z.infer<typeof warning>): Stripe.Charge {
  const intent =
    named.payment_intent === undefined ? null : load(sandbox, "payment_intent", named.payment_intent);
  return load(sandbox, "charge", named.charge ?? idOf(intent?.latest_charge) ?? "");
}
