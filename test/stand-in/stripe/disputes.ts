/** Disputes (https://docs.stripe.com/api/disputes): the endpoints. What becomes of a dispute is in dispute-course.ts. */
import type Stripe from "stripe";
import { z } from "zod";
import { closeDispute, submitEvidence } from "./dispute-course.ts";
import { evidence } from "./dispute-evidence.ts";
import { listOf } from "./lists.ts";
import { all, idOf, load } from "./objects.ts";
import { expand, flag, inRange, metadata, page, range, text } from "./params.ts";
import { endpoint } from "./routes-table.ts";
import type { Sandbox } from "./sandbox.ts";

const updateParams = z.strictObject({
  evidence: evidence.optional(),
  metadata: metadata.optional(),
  submit: flag.optional(),
  expand,
});
const listParams = z.strictObject({
  ...page,
  charge: text.optional(),
  created: range.optional(),
  payment_intent: text.optional(),
});

export const disputeRoutes = [
  endpoint("GET", "/v1/disputes", listParams, list),
  endpoint("GET", "/v1/disputes/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "dispute", id),
  ),
  endpoint("POST", "/v1/disputes/:id", updateParams, (sandbox, params, id) =>
    submitEvidence(sandbox, load(sandbox, "dispute", id), params),
  ),
  endpoint("POST", "/v1/disputes/:id/close", z.strictObject({ expand }), (sandbox, _, id) =>
    closeDispute(sandbox, load(sandbox, "dispute", id)),
  ),
];

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.Dispute> {
  const disputes = all(sandbox, "dispute").filter(
    (dispute) =>
      inRange(dispute.created, params.created) &&
      (params.charge === undefined || idOf(dispute.charge) === params.charge) &&
      (params.payment_intent === undefined || idOf(dispute.payment_intent) === params.payment_intent),
  );
  return listOf(disputes, params, "/v1/disputes", "dispute");
}
