import { WorkerEntrypoint } from "cloudflare:workers";
export class StripeApi extends WorkerEntrypoint<Env> {
  override fetch(_request: Request): Response {
    return Response.json({ error: { type: "api_error", message: "not built" } }, { status: 500 });
  }
}
