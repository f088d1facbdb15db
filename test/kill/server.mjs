// The server that `npm start` starts, in a process group of its own that can be killed as a whole at any moment.
// @ts-check
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { ROOT } from "../commands/install.mjs";

const DEADLINE_MILLISECONDS = 180_000;

/**
 * Starts the server on `state` and waits until it serves.
 * @param {string} state
 */
export async function startServer(state) {
  const port = await freePort();
  const child = spawn(process.execPath, [`${ROOT}test/commands/start.mjs`], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), DENARIUS_STATE: state },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  const address = `http://localhost:${port}`;
  await serves(child, address);
  return {
    address,
    /** Kills the server and everything it has started, without warning. */
    async kill() {
      if (child.pid !== undefined) {
        process.kill(-child.pid, "SIGKILL");
      }
      await ended;
    },
  };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} address
 */
async function serves(child, address) {
  const deadline = Date.now() + DEADLINE_MILLISECONDS;
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(`${address}/healthz`).catch(() => null);
    if (response?.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The server did not begin to serve");
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "localhost", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("No port is free")),
      );
    });
  });
}
