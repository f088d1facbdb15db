// `npm run journeys`: walks through the product in Chromium, on the server that `npm start` starts.
// @ts-check
import { ensureInstalled, ROOT, runTool } from "./install.mjs";

await ensureInstalled();
process.exitCode = await runTool("node_modules/vitest/vitest.mjs", [
  "run",
  `--config=${ROOT}test/journeys/vitest.config.ts`,
  ...process.argv.slice(2),
]);
