/** Security headers: browsers must block every script, frame and connection except ours and Stripe's. */
import { createMiddleware } from "hono/factory";
import type { WebEnv } from "../web-env.ts";

// https://docs.stripe.com/security/guide#content-security-policy
const STRIPE = {
  script: "https://js.stripe.com https://*.js.stripe.com https://maps.googleapis.com",
  frame: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
  connect: "https://api.stripe.com https://maps.googleapis.com",
  image: "https://*.stripe.com",
};

/** Sets the security headers on every response. If Stripe.js is served from another host, that host replaces Stripe's. */
export const securityHeaders = createMiddleware<WebEnv>(async (c, next) => {
  await next();
  const { scriptUrl } = c.get("deps").settings.stripe;
  const script = new URL(scriptUrl, c.req.url);
  const allowed =
    script.host === "js.stripe.com"
      ? STRIPE
      : { script: script.origin, frame: script.origin, connect: script.origin, image: script.origin };
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    `img-src 'self' data: ${allowed.image}`,
    `script-src 'self' ${allowed.script}`,
    `frame-src ${allowed.frame}`,
    `connect-src 'self' ${allowed.connect}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const { headers } = c.res;
  headers.set("Content-Security-Policy", policy.join("; "));
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "strict-origin-when-cross-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
  headers.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  // Balances and receipts are private: no shared cache may keep them, nor the browser, where Back would show them after signing out.
  headers.set("Cache-Control", "no-store");
});
