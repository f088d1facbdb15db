// `npm test`: installs when needed, builds what browsers load, and runs every test in the Workers runtime.
// @ts-check
import { createWriteStream, mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { ensureInstalled, ROOT, runTool, startTool } from "./install.mjs";

const RUNTIME_LOG = ".built/runtime.log";

await ensureInstalled();
const built = await runTool("test/commands/build-local.mjs", []);
process.exitCode = built === 0 ? await runTests() : built;

async function runTests() {
  const vitest = startTool(
    "node_modules/vitest/vitest.mjs",
    ["run", `--config=${ROOT}test/vitest.config.ts`, ...process.argv.slice(2)],
    { stdio: ["inherit", "inherit", "pipe"] },
  );
  const exited = new Promise((resolve) => vitest.on("exit", (code) => resolve(code ?? 1)));
  if (vitest.stderr !== null) {
    await setProvokedErrorsAside(vitest.stderr);
  }
  return await exited;
}

/**
 * The runtime logs every call between Workers that ends in an error, also those that a test provokes and the product
 * handles (https://github.com/cloudflare/workers-sdk/issues/14736). They go to a file; all else is shown as it comes.
 * @param {import("node:stream").Readable} stderr
 */
async function setProvokedErrorsAside(stderr) {
  mkdirSync(`${ROOT}.built`, { recursive: true });
  const log = createWriteStream(`${ROOT}${RUNTIME_LOG}`);
  let isInside = false;
  let count = 0;
  for await (const line of createInterface({ input: stderr })) {
    const begins = line.startsWith("uncaught exception; ");
    isInside = begins || (isInside && /^(\s+at |stack: )/.test(line));
    count += begins ? 1 : 0;
    (isInside ? log : process.stderr).write(`${line}\n`);
  }
  log.end();
  if (count > 0) {
    console.log(`The runtime logged ${count} errors that tests provoke; they are in ${RUNTIME_LOG}`);
  }
}
