/** Webhook endpoints through the API: several, each with its own secret and the events it asked for. */
import type Stripe from "stripe";
import { z } from "zod";
import { newId, randomLetters } from "./ids.ts";
import { listOf } from "./lists.ts";
import { all, load, remove, save } from "./objects.ts";
import { emptyable, expand, flag, mergeMetadata, metadata, page, text } from "./params.ts";
import { refuse, refuseParameter } from "./refusals.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { isEventType } from "./shapes/fit.ts";
import { apiVersion } from "./version.ts";
import { saveEndpoint } from "./webhook-endpoints.ts";

const fields = {
  description: emptyable(text).optional(),
  metadata: metadata.optional(),
  expand,
};
const createParams = z.strictObject({
  ...fields,
  api_version: text.optional(),
  enabled_events: z.array(text),
  url: text,
});
const updateParams = z.strictObject({
  ...fields,
  disabled: flag.optional(),
  enabled_events: z.array(text).optional(),
  url: text.optional(),
});

export const webhookEndpointRoutes = [
  endpoint("POST", "/v1/webhook_endpoints", createParams, create),
  endpoint("GET", "/v1/webhook_endpoints", z.strictObject(page), (sandbox, params) =>
    listOf(all(sandbox, "webhook_endpoint"), params, "/v1/webhook_endpoints", "webhook endpoint"),
  ),
  endpoint("GET", "/v1/webhook_endpoints/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "webhook_endpoint", id),
  ),
  endpoint("POST", "/v1/webhook_endpoints/:id", updateParams, update),
  endpoint("DELETE", "/v1/webhook_endpoints/:id", z.strictObject({}), erase),
];

/** An account may have sixteen (https://docs.stripe.com/webhooks). */
const most = 16;

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.WebhookEndpoint {
  if (all(sandbox, "webhook_endpoint").length >= most) {
    refuse(400, {
      type: "invalid_request_error",
      message: `You have reached the maximum of ${most} test webhook endpoints.`,
    });
  }
  if (params.api_version !== undefined && params.api_version !== apiVersion) {
    refuseParameter(`Invalid API version: the stand-in writes events at ${apiVersion} only.`, "api_version");
  }
  refuseUrl(params.url);
  refuseEventTypes(params.enabled_events);
  const secret = `whsec_${randomLetters(32)}`;
  const made: Stripe.WebhookEndpoint = {
    id: newId("we"),
    object: "webhook_endpoint",
    api_version: params.api_version ?? null,
    application: null,
    created: now(sandbox),
    description: params.description ?? null,
    enabled_events: params.enabled_events,
    livemode: false,
    metadata: mergeMetadata({}, params.metadata),
    status: "enabled",
    url: params.url,
  };
  saveEndpoint(sandbox, made, secret);
  // The secret is shown only this once.
  return { ...made, secret };
}

function update(sandbox: Sandbox, params: z.infer<typeof updateParams>, id: string): Stripe.WebhookEndpoint {
  const before = load(sandbox, "webhook_endpoint", id);
  if (params.url !== undefined) {
    refuseUrl(params.url);
  }
  if (params.enabled_events !== undefined) {
    refuseEventTypes(params.enabled_events);
  }
  return save(sandbox, "webhook_endpoint", {
    ...before,
    ...(params.description === undefined ? {} : { description: params.description }),
    ...(params.disabled === undefined ? {} : { status: params.disabled ? "disabled" : "enabled" }),
    ...(params.enabled_events === undefined ? {} : { enabled_events: params.enabled_events }),
    metadata: mergeMetadata(before.metadata, params.metadata),
    ...(params.url === undefined ? {} : { url: params.url }),
  });
}

function erase(sandbox: Sandbox, _params: object, id: string): Stripe.DeletedWebhookEndpoint {
  load(sandbox, "webhook_endpoint", id);
  remove(sandbox, "webhook_endpoint", id);
  return { id, object: "webhook_endpoint", deleted: true };
}

function refuseUrl(url: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    refuseParameter(
      "Invalid URL: An explicit scheme (such as https) must be provided.",
      "url",
      "url_invalid",
    );
  }
}

function refuseEventTypes(types: string[]): void {
  if (types.includes("*") && types.length > 1) {
    refuseParameter(
      "Invalid enabled_events: '*' cannot be combined with other event types.",
      "enabled_events",
    );
  }
  const unknown = types.find((type) => type !== "*" && !isEventType(type));
  if (unknown !== undefined || types.length === 0) {
    refuseParameter(`Invalid enabled_events: ${unknown ?? "at least one is needed"}`, "enabled_events");
  }
}
