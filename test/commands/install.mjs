// What every command needs first: the packages in the lockfile, and the Node they were tested with. It runs on Node 20
// with nothing installed yet, so it uses nothing but Node itself.
// @ts-check
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Keeps tools from calling home, and wrangler from asking the network for the origin of a request. */
export const ENVIRONMENT = {
  ...process.env,
  PATH: `${ROOT}node_modules/.bin:${process.env["PATH"] ?? ""}`,
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  NO_UPDATE_NOTIFIER: "1",
};

/** Installs the packages when they are missing or older than the lockfile. */
export async function ensureInstalled() {
  const installed = `${ROOT}node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${ROOT}package-lock.json`).mtimeMs) {
    return;
  }
  console.log("Installing packages (the first time only) …");
  const code = await run(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--silent"]);
  if (code !== 0) {
    throw new Error("npm ci failed; run it by itself to see why");
  }
}

/**
 * Runs an installed tool with the pinned Node, whatever Node the machine has. Returns its exit code.
 * @param {string} script a path inside the project
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function runTool(script, args, options) {
  return run(`${ROOT}node_modules/.bin/node`, [`${ROOT}${script}`, ...args], options);
}

/**
 * Starts a tool with the pinned Node and leaves it running.
 * @param {string} script
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function startTool(script, args, options) {
  return spawn(`${ROOT}node_modules/.bin/node`, [`${ROOT}${script}`, ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: ENVIRONMENT,
    ...options,
  });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>}
 */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", env: ENVIRONMENT, ...options });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
