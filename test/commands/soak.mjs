// `npm run soak -- --minutes N`: runs the model of test/model for N minutes, with progress each minute and counts at the
// end. `--seed S` begins at that seed; MODEL_SEED and MODEL_PATH repeat one failing run.
// @ts-check
import { parseArgs } from "node:util";
import { answerHelp } from "./usage.mjs";
import { buildAndTest } from "./vitest.mjs";

answerHelp(import.meta.url);
const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? 10);
if (!(minutes > 0)) {
  throw new Error("--minutes must be a number above zero");
}

process.exitCode = await buildAndTest("test/crash/vitest.config.ts", ["test/model"], {
  MODEL_SECONDS: String(Math.ceil(minutes * 60)),
  ...(values.seed !== undefined && { MODEL_SEED: values.seed }),
});
