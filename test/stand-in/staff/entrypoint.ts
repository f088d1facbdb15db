/** Cloudflare Access as the product reaches it: `env.ACCESS.fetch`, in place of production's global fetch. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { isBesideLiveKey } from "../stripe/keys.ts";
import { staffState } from "./state.ts";

export class Access extends WorkerEntrypoint<Env> {
  /** Serves the team's public keys and nothing else. With a live Stripe key configured, it serves none. */
  override async fetch(request: Request): Promise<Response> {
    const isForKeys = request.url === `https://${this.env.ACCESS_TEAM_DOMAIN}/cdn-cgi/access/certs`;
    return isForKeys && !isBesideLiveKey(this.env)
      ? Response.json(await staffState(this.env).shown())
      : new Response("Not found", { status: 404 });
  }
}
