/** Cloudflare Access as the product reaches it: `env.ACCESS.fetch` where production uses the global fetch. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { isBesideLiveKey } from "../stripe/keys.ts";
import { staffState } from "./state.ts";

export class Access extends WorkerEntrypoint<Env> {
  /** The team's keys, and nothing else. Beside a live key there are none. */
  override async fetch(request: Request): Promise<Response> {
    const isForKeys = request.url === `https://${this.env.ACCESS_TEAM_DOMAIN}/cdn-cgi/access/certs`;
    return isForKeys && !isBesideLiveKey(this.env)
      ? Response.json(await staffState(this.env).shown())
      : new Response("Not found", { status: 404 });
  }
}
