// `npm run storm`: one Stripe event, delivered 10,000 times and shuffled among 1,000 others for as many accounts, while
// some deliveries meet a failure. `--seed S` repeats the order and the failures.
// @ts-check
import { parseArgs } from "node:util";
import { answerHelp } from "./usage.mjs";
import { buildAndTest } from "./vitest.mjs";

answerHelp(import.meta.url);
const { values } = parseArgs({ options: { seed: { type: "string" } } });

process.exitCode = await buildAndTest("test/crash/vitest.config.ts", ["test/storm"], {
  STORM: "whole",
  ...(values.seed !== undefined && { STORM_SEED: values.seed }),
});
