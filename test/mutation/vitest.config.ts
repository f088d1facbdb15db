import { defineConfig } from "vitest/config";

/**
 * Tests of the domain in plain Node: it knows nothing of Workers. Without the two that go through millions of cases,
 * which would take a quarter of a minute for each mutant.
 */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    include: ["test/domain/**/*.test.ts", "test/refunds/shares.test.ts"],
    exclude: ["test/domain/next-step-exhaustive.test.ts", "test/domain/settling-rests.test.ts"],
  },
});
