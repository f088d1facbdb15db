/** Carries an HTTP request to the one state object, and its answer back. */
import type { ApiAnswer } from "./api.ts";
import type { StripeState } from "./state.ts";

/** The state object; there is one. */
export function stripeState(env: Env): DurableObjectStub<StripeState> {
  return env.STRIPE_STATE.getByName("stripe");
}

/** Passes a request below `prefix` to the API. */
export async function askStripe(env: Env, request: Request, prefix: string): Promise<ApiAnswer> {
  const url = new URL(request.url);
  return await stripeState(env).call({
    method: request.method,
    path: url.pathname.slice(prefix.length),
    query: url.search.slice(1),
    body: await bodyOf(request),
    authorization: request.headers.get("authorization"),
    idempotencyKey: request.headers.get("idempotency-key"),
    version: request.headers.get("stripe-version"),
  });
}

/** The body as text. Read as bytes, because the runtime warns about forms read as text. */
export async function bodyOf(request: Request): Promise<string> {
  return new TextDecoder().decode(await request.arrayBuffer());
}
