/** What some test cards cause after they have paid: disputes and fraud warnings. */
import type Stripe from "stripe";
import { behaviourOf, cardOf } from "./cards.ts";
import { openDispute } from "./dispute-course.ts";
import { plan } from "./jobs.ts";
import { find } from "./objects.ts";
import type { Sandbox } from "./sandbox.ts";

/** Stripe's test disputes follow within moments. */
const soonSeconds = 2;

/** Plans what the card of a captured payment causes. */
export function planAfterwards(sandbox: Sandbox, charge: Stripe.Charge): void {
  const afterwards = afterwardsOf(sandbox, charge);
  if (afterwards === null) {
    return;
  }
  plan(sandbox, "dispute" in afterwards ? "open_disputes" : "warn_of_fraud", charge.id, soonSeconds);
}

/** Opens the disputes of a payment; a card that is disputed several times splits the amount among them. */
export function openPlannedDisputes(sandbox: Sandbox, chargeId: string): void {
  const charge = find(sandbox, "charge", chargeId);
  const afterwards = charge === null ? null : afterwardsOf(sandbox, charge);
  if (charge === null || afterwards === null || !("dispute" in afterwards)) {
    return;
  }
  const times = afterwards.times ?? 1;
  const share = Math.floor(charge.amount_captured / times);
  for (let time = 1; time <= times; time += 1) {
    const current = find(sandbox, "charge", chargeId) ?? charge;
    openDispute(sandbox, current, {
      reason: afterwards.dispute,
      inquiry: afterwards.inquiry === true,
      amount: time === times ? charge.amount_captured - share * (times - 1) : share,
    });
  }
}

function afterwardsOf(sandbox: Sandbox, charge: Stripe.Charge) {
  return charge.payment_method === null
    ? null
    : (behaviourOf(cardOf(sandbox, charge.payment_method)).afterwards ?? null);
}
