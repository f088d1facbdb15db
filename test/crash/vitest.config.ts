import { defineConfig } from "vitest/config";
import { breakingProject, isWorthShowing, ROOT } from "../vitest.projects.ts";

/** `npm run crash`: every kind of purchase and of money that goes back, dying at every step in every way, and recovered by each path alone and by all at once. */
export default defineConfig(async () => ({
  root: ROOT,
  logLevel: "error" as const,
  test: {
    onConsoleLog: isWorthShowing,
    projects: [
      await breakingProject({
        crashes: { kinds: process.env["CRASHES"]?.split(";") ?? null, isWhole: true },
      }),
    ],
  },
}));
