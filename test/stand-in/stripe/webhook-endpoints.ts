/** Where webhooks go: the product's own endpoint, and those registered through the API. */
import type { Sandbox } from "./sandbox.ts";

export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

/** The product's endpoint, with the secret the product was started with. */
export function productEndpoint(sandbox: Sandbox): Endpoint {
  return {
    id: "we_product",
    url: `${sandbox.publicUrl}/webhooks/stripe`,
    secret: sandbox.webhookSecret,
  };
}

/** The endpoints that asked for this type of event. */
export function endpointsFor(sandbox: Sandbox, _type: string): Endpoint[] {
  return [productEndpoint(sandbox)];
}

/** The endpoint with this id, or null when it has been deleted since. */
export function endpointWithId(sandbox: Sandbox, id: string): Endpoint | null {
  const product = productEndpoint(sandbox);
  return id === product.id ? product : null;
}
