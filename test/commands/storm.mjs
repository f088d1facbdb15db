// `npm run storm`: one event of Stripe's, delivered 10,000 times, shuffled among 1,000 others over many accounts.
// @ts-check
import { answerHelp } from "./usage.mjs";
import { buildAndTest } from "./vitest.mjs";

answerHelp(import.meta.url);
process.exitCode = await buildAndTest("test/crash/vitest.config.ts", ["test/storm"], { STORM: "whole" });
