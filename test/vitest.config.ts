import { defineConfig } from "vitest/config";
import { breakingProject, isWorthShowing, productProject, ROOT } from "./vitest.projects.ts";

/** Every test except the browser journeys. Of the crashes, one kind of purchase and one of money back; `npm run crash` has them all. */
export default defineConfig(async () => ({
  root: ROOT,
  // The stripe package ships source maps without their sources, and a warning for each of its files helps nobody.
  logLevel: "error" as const,
  test: {
    onConsoleLog: isWorthShowing,
    projects: [
      await productProject(),
      await breakingProject({ crashes: { kinds: ["new card", "refund in part"], isWhole: false } }),
    ],
  },
}));
