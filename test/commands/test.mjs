// `npm test`: installs if needed, builds what browsers load, and runs every test in the Workers runtime.
// @ts-check
import { buildAndTest } from "./vitest.mjs";

process.exitCode = await buildAndTest("test/vitest.config.ts", process.argv.slice(2));
