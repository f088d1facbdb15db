import { readFile } from "node:fs/promises";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/** Every test runs in the real Workers runtime, against the local Worker: the product with its stand-ins. */
export default defineConfig(async () => ({
  root: new URL("..", import.meta.url).pathname,
  // The stripe package ships source maps without their sources; a warning for each of its files helps nobody.
  logLevel: "error" as const,
  plugins: [
    cloudflareTest({
      main: "./test/stand-in/worker.ts",
      wrangler: { configPath: "./test/stand-in/wrangler.toml" },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations(new URL("../migrations", import.meta.url).pathname),
          TEST_SEED: await readFile(new URL("stand-in/seed.sql", import.meta.url), "utf8"),
          // Tests say when an event is delivered; see test/support.
          WEBHOOK_DELIVERY: "on_demand",
        },
      },
    }),
  ],
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    exclude: [
      "test/journeys/**",
      "node_modules/**",
      ...(process.argv.includes("bench") ? [] : ["test/bench/**"]),
    ],
    globalSetup: ["./test/support/wrangler-files.ts"],
    setupFiles: ["./test/support/apply-migrations.ts"],
  },
}));
