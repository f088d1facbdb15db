// `npm run crash`: every kind of purchase and of money that goes back dies at every step in every way, and is
// recovered by each path and by all. What follows `--` goes to vitest; CRASHES="saved card;dispute" takes these kinds only.
// @ts-check
import { buildAndTest } from "./vitest.mjs";

process.exitCode = await buildAndTest("test/crash/vitest.config.ts", [
  "test/crash",
  ...process.argv.slice(2),
]);
