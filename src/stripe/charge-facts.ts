/** What Stripe knows about how a payment was made, for a dispute about it. */
import type Stripe from "stripe";
import type { ChargeFacts } from "../domain/evidence.ts";
import { type Answer, ask, expanded } from "./ask.ts";

/**
 * How the bank's challenge ended, at the charge or else when the card was verified, and how Stripe rated the risk.
 * https://docs.stripe.com/payments/3d-secure
 */
export async function readChargeFacts(
  stripe: Stripe,
  payment: { paymentIntentId: string; setupIntentId: string | null },
): Promise<Answer<ChargeFacts>> {
  const intent = await ask(
    "payment_intent",
    stripe.paymentIntents.retrieve(payment.paymentIntentId, { expand: ["latest_charge"] }),
  );
  if (!intent.answered) {
    return intent;
  }
  const charge = expanded(intent.value.latest_charge);
  const riskLevel = charge?.outcome?.risk_level ?? null;
  const withPayment = charge?.payment_method_details?.card?.three_d_secure?.result ?? null;
  if (withPayment !== null || payment.setupIntentId === null) {
    return { answered: true, value: { challenge: withPayment, riskLevel } };
  }
  const setup = await ask(
    "setup_intent",
    stripe.setupIntents.retrieve(payment.setupIntentId, { expand: ["latest_attempt"] }),
  );
  if (!setup.answered) {
    return setup;
  }
  const attempt = expanded(setup.value.latest_attempt);
  const challenge = attempt?.payment_method_details.card?.three_d_secure?.result ?? null;
  return { answered: true, value: { challenge, riskLevel } };
}
