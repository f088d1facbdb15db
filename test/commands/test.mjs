// `npm test`: installs when needed, builds what browsers load, and runs every test in the Workers runtime.
// @ts-check
import { ensureInstalled, ROOT, runTool } from "./install.mjs";

await ensureInstalled();
const built = await runTool("test/commands/build-local.mjs", []);
process.exitCode =
  built === 0
    ? await runTool("node_modules/vitest/vitest.mjs", [
        "run",
        `--config=${ROOT}test/vitest.config.ts`,
        ...process.argv.slice(2),
      ])
    : built;
