/** Events as the API lists them (https://docs.stripe.com/api/events). */
import type Stripe from "stripe";
import { z } from "zod";
import { deliveriesOf, withPendingWebhooks } from "./deliveries.ts";
import { listOf } from "./lists.ts";
import { all, load } from "./objects.ts";
import { expand, flag, inRange, page, range, text } from "./params.ts";
import { refuseParameter } from "./refusals.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const listParams = z.strictObject({
  ...page,
  created: range.optional(),
  delivery_success: flag.optional(),
  type: text.optional(),
  types: z.array(text).optional(),
});

export const eventRoutes = [
  endpoint("GET", "/v1/events", listParams, list),
  endpoint("GET", "/v1/events/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    withPendingWebhooks(sandbox, load(sandbox, "event", id)),
  ),
];

/** Stripe lists events of the last 30 days only. */
const keptSeconds = 30 * 86_400;

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.EventBase> {
  if (params.type !== undefined && params.types !== undefined) {
    refuseParameter(
      "You may only specify one of these parameters: type, types.",
      "types",
      "parameters_exclusive",
    );
  }
  const types = params.type === undefined ? params.types : [params.type];
  const events = all(sandbox, "event").filter(
    (event) =>
      event.created > now(sandbox) - keptSeconds &&
      inRange(event.created, params.created) &&
      (types === undefined || types.some((type) => matches(event.type, type))) &&
      (params.delivery_success === undefined || wasDelivered(sandbox, event) === params.delivery_success),
  );
  const listed = listOf(events, params, "/v1/events", "event");
  return { ...listed, data: listed.data.map((event) => withPendingWebhooks(sandbox, event)) };
}

/** `charge.*` matches every type that begins with `charge.`. */
function matches(type: string, asked: string): boolean {
  return asked.endsWith("*") ? type.startsWith(asked.slice(0, -1)) : type === asked;
}

function wasDelivered(sandbox: Sandbox, event: Stripe.EventBase): boolean {
  return deliveriesOf(sandbox, event.id).every((delivery) => delivery.state === "delivered");
}
