/** Early fraud warnings (https://docs.stripe.com/api/radar/early_fraud_warnings): the issuer suspects a payment. */
import type Stripe from "stripe";
import { z } from "zod";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { listOf } from "./lists.ts";
import { all, find, idOf, load, save } from "./objects.ts";
import { expand, inRange, page, range, text } from "./params.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const listParams = z.strictObject({
  ...page,
  charge: text.optional(),
  created: range.optional(),
  payment_intent: text.optional(),
});
const url = "/v1/radar/early_fraud_warnings";

export const earlyFraudWarningRoutes = [
  endpoint("GET", url, listParams, list),
  endpoint("GET", `${url}/:id`, z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "radar.early_fraud_warning", id),
  ),
];

/** The issuer warns about a payment. A refund still helps, unless there was one already. */
export function warnOfFraud(sandbox: Sandbox, chargeId: string): void {
  const charge = find(sandbox, "charge", chargeId);
  if (charge === null) {
    return;
  }
  const intent = idOf(charge.payment_intent);
  const warning = save(sandbox, "radar.early_fraud_warning", {
    id: newId("issfr"),
    object: "radar.early_fraud_warning",
    actionable: !charge.refunded && !charge.disputed,
    charge: charge.id,
    created: now(sandbox),
    fraud_type: "made_with_stolen_card",
    livemode: false,
    ...(intent === null ? {} : { payment_intent: intent }),
  });
  emit(sandbox, "radar.early_fraud_warning.created", warning);
}

/** A warning calls for nothing more once its payment is refunded in full or disputed. */
export function settleWarnings(sandbox: Sandbox, chargeId: string): void {
  const charge = find(sandbox, "charge", chargeId);
  if (charge === null || !(charge.refunded || charge.disputed)) {
    return;
  }
  for (const before of all(sandbox, "radar.early_fraud_warning")) {
    if (before.actionable && idOf(before.charge) === chargeId) {
      const after = save(sandbox, "radar.early_fraud_warning", { ...before, actionable: false });
      emit(sandbox, "radar.early_fraud_warning.updated", after, before);
    }
  }
}

function list(
  sandbox: Sandbox,
  params: z.infer<typeof listParams>,
): Stripe.ApiList<Stripe.Radar.EarlyFraudWarning> {
  const warnings = all(sandbox, "radar.early_fraud_warning").filter(
    (warning) =>
      inRange(warning.created, params.created) &&
      (params.charge === undefined || idOf(warning.charge) === params.charge) &&
      (params.payment_intent === undefined || idOf(warning.payment_intent) === params.payment_intent),
  );
  return listOf(warnings, params, url, "early fraud warning");
}
