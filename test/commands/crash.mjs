// `npm run crash`: every kind of purchase and of money that goes back dies at every step in every way, and is recovered
// by each path alone and by all at once. What follows `--` goes to vitest, where a file narrows the run; CRASHES="saved card;dispute" runs only these kinds.
// @ts-check
import { buildAndTest } from "./vitest.mjs";

const asked = process.argv.slice(2);
const isNarrowed = asked.some((argument) => argument.startsWith("test/"));

process.exitCode = await buildAndTest("test/crash/vitest.config.ts", [
  ...(isNarrowed ? [] : ["test/crash"]),
  ...asked,
]);
