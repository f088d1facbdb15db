/** Where webhooks go (https://docs.stripe.com/api/webhook_endpoints): the product's endpoint, and any others. */
import type Stripe from "stripe";
import { all, find, save } from "./objects.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { apiVersion } from "./version.ts";

/** Where to send, and with which signature. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

/** The product's own endpoint, which is there from the start. Its secret is the one the product was given. */
const productEndpointId = "we_product";

/** Makes the product's endpoint unless it exists. One that was made when the product had another port moves with it. */
export function registerProductEndpoint(sandbox: Sandbox): void {
  const known = find(sandbox, "webhook_endpoint", productEndpointId);
  if (known !== null) {
    const { origin, pathname } = new URL(known.url);
    if (origin !== new URL(sandbox.publicUrl).origin) {
      save(sandbox, "webhook_endpoint", { ...known, url: `${sandbox.publicUrl}${pathname}` });
    }
    return;
  }
  saveEndpoint(
    sandbox,
    {
      id: productEndpointId,
      object: "webhook_endpoint",
      api_version: apiVersion,
      application: null,
      created: now(sandbox),
      description: "The product",
      enabled_events: ["*"],
      livemode: false,
      metadata: {},
      status: "enabled",
      url: `${sandbox.publicUrl}/webhooks/stripe`,
    },
    sandbox.webhookSecret,
  );
}

/** Stores an endpoint, and separately its secret. */
export function saveEndpoint(sandbox: Sandbox, endpoint: Stripe.WebhookEndpoint, secret: string): void {
  save(sandbox, "webhook_endpoint", endpoint);
  sandbox.sql.exec("INSERT OR REPLACE INTO secrets (endpoint, secret) VALUES (?1, ?2)", endpoint.id, secret);
}

/** The enabled endpoints that asked for this type of event. */
export function endpointsFor(sandbox: Sandbox, type: string): Endpoint[] {
  return all(sandbox, "webhook_endpoint")
    .filter(
      ({ status, enabled_events: wanted }) =>
        status === "enabled" && (wanted.includes("*") || wanted.includes(type)),
    )
    .toReversed()
    .map((endpoint) => toEndpoint(sandbox, endpoint));
}

/** The endpoint with this id, or null when it has been deleted since. */
export function endpointWithId(sandbox: Sandbox, id: string): Endpoint | null {
  const endpoint = find(sandbox, "webhook_endpoint", id);
  return endpoint === null ? null : toEndpoint(sandbox, endpoint);
}

function toEndpoint(sandbox: Sandbox, { id, url }: Stripe.WebhookEndpoint): Endpoint {
  // The product may be restarted with another secret; it checks against the one it was given last.
  const secret =
    id === productEndpointId
      ? sandbox.webhookSecret
      : sandbox.sql.exec<{ secret: string }>("SELECT secret FROM secrets WHERE endpoint = ?1", id).one()
          .secret;
  return { id, url, secret };
}
