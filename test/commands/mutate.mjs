// `npm run mutate`: Stryker changes src/domain in every small way it knows, and the domain's tests must notice. The report
// is .built/mutation/index.html; what follows `--` goes to Stryker, such as `--mutate src/domain/next-step.ts`.
// @ts-check
import { ensureInstalled, runTool } from "./install.mjs";

await ensureInstalled();
process.exitCode = await runTool("node_modules/@stryker-mutator/core/bin/stryker.js", [
  "run",
  "test/mutation/stryker.config.json",
  ...process.argv.slice(2),
]);
