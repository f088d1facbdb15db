/** Stripe's API as the product reaches it: `env.STRIPE.fetch` instead of production's global fetch. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { askStripe } from "./ask-stripe.ts";

export class StripeApi extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const answer = await askStripe(this.env, request, "");
    if (answer.lost) {
      throw new TypeError("Network connection lost.");
    }
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  }
}
