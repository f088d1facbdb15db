/** The Hono app: the middleware every request passes, the routes, and what an error is answered with. */
import { Hono } from "hono";
import { except } from "hono/combine";
import { routePath } from "hono/route";
import { createDeps } from "./deps.ts";
import { log } from "./log.ts";
import { accountRoutes } from "./web/account.tsx";
import { fail } from "./web/failure-response.ts";
import { healthRoutes } from "./web/health.ts";
import { requireOwnOrigin } from "./web/middleware/own-origin.ts";
import { securityHeaders } from "./web/middleware/security-headers.ts";
import { orderPageRoutes } from "./web/order-pages.tsx";
import { orderRoutes } from "./web/orders.ts";
import { refundRoutes } from "./web/refunds.ts";
import { signInRoutes } from "./web/sign-in.tsx";
import { staffRoutes } from "./web/staff/routes.ts";
import { statementRoutes } from "./web/statement.tsx";
import { stripeWebhookRoutes } from "./web/stripe-webhook.ts";
import type { WebEnv } from "./web/web-env.ts";

export const app = new Hono<WebEnv>();

app.use(async (c, next) => {
  c.set("requestId", `req_${crypto.randomUUID().replaceAll("-", "")}`);
  const created = createDeps(c.env);
  if (!created.ok) {
    log("misconfigured", { setting: created.setting });
    return fail(c, { kind: "misconfigured", setting: created.setting });
  }
  c.set("deps", created.deps);
  await next();
  c.header("X-Request-Id", c.get("requestId"));
  return undefined;
});
app.use(securityHeaders);
// Stripe's webhooks do not come from a page; their signature is checked instead.
app.use(except("/webhooks/stripe", requireOwnOrigin));

app.route("/", healthRoutes);
app.route("/", stripeWebhookRoutes);
app.route("/", signInRoutes);
app.route("/", accountRoutes);
app.route("/", statementRoutes);
app.route("/", orderRoutes);
app.route("/", orderPageRoutes);
app.route("/", refundRoutes);
app.route("/", staffRoutes);

app.notFound((c) => fail(c, { kind: "not_found" }));

app.onError((error, c) => {
  log("request_failed", {
    request_id: c.get("requestId"),
    method: c.req.method,
    path: routePath(c),
    error: error.message,
  });
  return isOutage(error)
    ? fail(c, { kind: "account_busy", retryAfterSeconds: 5 })
    : fail(c, { kind: "internal_error" });
});

// Errors of D1 and the Durable Object while they are stalled, moved or replaced; a retry may succeed.
// https://developers.cloudflare.com/d1/observability/debug-d1/
const OUTAGES =
  /Network connection lost|object to be reset|code was updated|Cannot resolve D1 DB|overloaded|too much load|exceeded timeout|turn took longer/i;

function isOutage(error: Error): boolean {
  return OUTAGES.test(error.message);
}
