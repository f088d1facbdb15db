/** What the deployment rests on: the two wrangler files, the schema the build expects, the settings, and the headers. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, inject, it } from "vitest";
import { app } from "../../src/app.ts";
import type { Bindings } from "../../src/deps.ts";
import { NEWEST_MIGRATION } from "../../src/store/schema.ts";
import { ORIGIN } from "../support/customer.ts";

/** Requests a page from the product with the test's own settings. */
async function visits(path: string, settings: Partial<Record<keyof Bindings, unknown>>): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(new Request(`${ORIGIN}${path}`), { ...env, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}

describe("the local wrangler.toml", () => {
  const { production, local } = inject("wranglerFiles");
  const standIns = {
    bindings: ["STRIPE_STATE", "MAILBOX_STATE", "STAFF_STATE", "STRIPE", "EMAIL", "ACCESS", "PRODUCT"],
    settings: ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"],
  };

  it("binds everything production binds, under the same names", () => {
    const missing = production.bindings.filter((name) => !local.bindings.includes(name));
    expect(missing).toEqual([]);
  });

  it("adds nothing but the stand-ins", () => {
    const added = local.bindings.filter((name) => !production.bindings.includes(name));
    expect(added.every((name) => standIns.bindings.includes(name))).toBe(true);
  });

  it("has the same settings, plus the secrets that production keeps elsewhere", () => {
    expect(local.settings.toSorted()).toEqual([...production.settings, ...standIns.settings].toSorted());
  });

  it("limits rates over the same periods, and lets through at least as much", () => {
    expect(local.limits).toEqual(
      production.limits.map((limit) => ({
        ...limit,
        limit: expect.toSatisfy((here) => here >= limit.limit),
      })),
    );
  });

  it("runs with the same compatibility date", () => {
    expect(local.compatibilityDate).toBe(production.compatibilityDate);
  });
});

describe("the schema", () => {
  it("that this build expects is the one the newest migration makes", () => {
    expect(NEWEST_MIGRATION).toBe(env.TEST_MIGRATIONS.at(-1)?.name);
  });

  it("makes the deployment healthy when it is in place", async () => {
    const answer = await visits("/healthz", {});
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ healthy: true, schema: NEWEST_MIGRATION });
  });

  it("makes the deployment unhealthy when it cannot be read", async () => {
    const answer = await visits("/healthz", {
      DB: { prepare: () => ({ first: () => Promise.reject(new Error("D1 is away")) }) },
    });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ healthy: false, database: "unreachable" });
  });
});

describe("a setting", () => {
  it.each([
    ["STRIPE_SECRET_KEY", undefined],
    ["STRIPE_SECRET_KEY", "hunter2"],
    ["STRIPE_WEBHOOK_SECRET", ""],
    ["STRIPE_PUBLISHABLE_KEY", "sk_test_secret"],
    ["PUBLIC_URL", "credits.example.com"],
    ["PUBLIC_URL", "https://credits.example.com/path"],
    ["CURRENCY", "USD"],
    ["MAIL_FROM", "nobody"],
    ["SELLER_NAME", ""],
    ["MIN_CREDITS", "many"],
  ] as const)(
    "%s with the value %s stops every answer, which names the setting but never its value",
    async (setting, value) => {
      const answer = await visits("/healthz", { [setting]: value });

      expect(answer.status).toBe(500);
      const body = await answer.text();
      expect(JSON.parse(body)).toMatchObject({ error: { code: "misconfigured" } });
      expect(body).toContain(setting);
      expect(body).not.toContain(value === undefined || value === "" ? "undefined" : value);
    },
  );

  it("that holds a live key is refused beside a stand-in for Stripe", async () => {
    const answer = await visits("/healthz", {
      STRIPE_SECRET_KEY: "sk_live_1",
      STRIPE_PUBLISHABLE_KEY: "pk_live_1",
    });
    expect(answer.status).toBe(500);
  });

  it.each(["https://credits.example.com", "http://credits.acme.test", "https://localhost"])(
    "that holds a live key is refused at the address %s",
    async (address) => {
      const answer = await visits("/healthz", {
        STRIPE: undefined,
        STRIPE_JS_URL: "https://js.stripe.com/endive/stripe.js",
        STRIPE_SECRET_KEY: "sk_live_1",
        STRIPE_PUBLISHABLE_KEY: "pk_live_1",
        PUBLIC_URL: address,
      });
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain("PUBLIC_URL");
    },
  );

  it("that holds a live key is refused beside a test key", async () => {
    const answer = await visits("/healthz", {
      STRIPE: undefined,
      STRIPE_JS_URL: "https://js.stripe.com/endive/stripe.js",
      STRIPE_SECRET_KEY: "sk_live_1",
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("STRIPE_");
  });
});

describe("every answer", () => {
  it("carries headers that keep other scripts, frames and caches out", async () => {
    const { headers } = await visits("/", {});
    const policy = headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe-inline");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Cache-Control")).toContain("no-store");
    expect(headers.get("X-Request-Id")).toMatch(/^req_/);
  });

  it("carries some of those headers even from a static file, which never passes through the Worker", async () => {
    const { status, headers } = await env.ASSETS.fetch(`${ORIGIN}/account.js`);
    expect(status).toBe(200);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  });

  it("allows Stripe's own hosts when Stripe's script is the real one", async () => {
    const { headers } = await visits("/", { STRIPE_JS_URL: "https://js.stripe.com/endive/stripe.js" });
    const policy = headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain(
      "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    );
    expect(policy).toContain("connect-src 'self' https://api.stripe.com");
  });

  it("to an unknown address is a 404 in the one error shape, with a request id", async () => {
    const answer = await visits("/nowhere", {});
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: { code: "not_found", request_id: expect.stringMatching(/^req_/) },
    });
  });
});
