import { defineConfig } from "vitest/config";

/** Journeys run in Node, drive a real browser, and share one server, which the global set-up starts. */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  cacheDir: "../node_modules/.vite",
  test: {
    include: ["journeys/**/*.test.ts"],
    globalSetup: ["journeys/server.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
