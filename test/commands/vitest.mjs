// Running tests: what must be there first, and what the runtime logs about errors that tests provoke.
// @ts-check
import { createWriteStream, mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { ENVIRONMENT, ensureInstalled, ROOT, runTool, startTool } from "./install.mjs";

const RUNTIME_LOG = ".built/runtime.log";

/**
 * Runs the tests of one configuration. Returns vitest's exit code.
 * @param {string} config a path inside the project
 * @param {readonly string[]} args further arguments for vitest
 * @param {NodeJS.ProcessEnv} [env] variables for the configuration, on top of the environment
 */
export async function buildAndTest(config, args, env) {
  await ensureInstalled();
  const built = await runTool("test/commands/build-local.mjs", []);
  return built === 0 ? await test(config, args, env) : built;
}

/**
 * @param {string} config
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
async function test(config, args, env = {}) {
  const vitest = startTool("node_modules/vitest/vitest.mjs", ["run", `--config=${ROOT}${config}`, ...args], {
    stdio: ["inherit", "pipe", "pipe"],
    env: { ...ENVIRONMENT, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}), ...env },
  });
  /** @type {Promise<number>} */
  const exited = new Promise((resolve) => vitest.on("exit", (code) => resolve(code ?? 1)));
  mkdirSync(`${ROOT}.built`, { recursive: true });
  const log = createWriteStream(`${ROOT}${RUNTIME_LOG}`);
  const counts = await Promise.all([
    setProvokedErrorsAside(vitest.stdout, process.stdout, log),
    setProvokedErrorsAside(vitest.stderr, process.stderr, log),
  ]);
  log.end();
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count > 0) {
    console.log(
      `The runtime logged ${count} errors that tests provoked on purpose; they are in ${RUNTIME_LOG}`,
    );
  }
  return await exited;
}

/**
 * The runtime logs every call between Workers that ends in an error, even those that a test provokes and the product
 * handles (https://github.com/cloudflare/workers-sdk/issues/14736). They go to a file; everything else is shown as it
 * comes. Returns how many there were.
 * @param {import("node:stream").Readable | null} from
 * @param {NodeJS.WritableStream} shown
 * @param {NodeJS.WritableStream} log
 * @returns {Promise<number>}
 */
async function setProvokedErrorsAside(from, shown, log) {
  let isInside = false;
  let count = 0;
  for await (const line of from === null ? [] : createInterface({ input: from })) {
    const begins = /^(uncaught exception; |NOSENTRY )/.test(line);
    isInside = begins || (isInside && /^(\s+at |stack: )/.test(line));
    count += begins ? 1 : 0;
    (isInside ? log : shown).write(`${line}\n`);
  }
  return count;
}
