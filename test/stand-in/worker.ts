/**
 * The local Worker: the product as it is, together with the stand-ins for everything outside it. Their entrypoints
 * are bound back to this same Worker (wrangler.toml), so the product finds them where it would find Stripe and e-mail.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { Hono } from "hono";
import product from "../../src/worker.ts";
import { mailboxRoutes } from "./mailbox/routes.tsx";
import { pageRoutes } from "./pages/routes.tsx";
import { accessRoutes, staffRoutes } from "./staff/routes.tsx";
import { withStaffHeader } from "./staff/sign-header.ts";
import { stripeRoutes } from "./stripe/routes.ts";

export { Account } from "../../src/worker.ts";
export { Mailbox } from "./mailbox/entrypoint.ts";
export { MailboxState } from "./mailbox/state.ts";
export { Access } from "./staff/entrypoint.ts";
export { StaffState } from "./staff/state.ts";
export { StripeApi } from "./stripe/entrypoint.ts";
export { StripeState } from "./stripe/state.ts";

/** Where the stand-in delivers webhooks: the product's own fetch. */
export class Product extends WorkerEntrypoint {
  override fetch(request: Request): Promise<Response> {
    return Promise.resolve(product.fetch(request, this.env, this.ctx));
  }
}

const standIns = new Hono<{ Bindings: Env }>()
  .route("/stand-in", mailboxRoutes)
  .route("/stand-in", staffRoutes)
  .route("/stand-in", stripeRoutes)
  .route("/stand-in", pageRoutes)
  .route("/cdn-cgi", accessRoutes);

function isStandIn(pathname: string): boolean {
  return pathname === "/stand-in" || /^\/(?:stand-in|cdn-cgi\/access)\//.test(pathname);
}

export default {
  ...product,
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    return isStandIn(pathname)
      ? standIns.fetch(request, env, ctx)
      : product.fetch(await withStaffHeader(request, env), env, ctx);
  },
} satisfies ExportedHandler<Env>;
