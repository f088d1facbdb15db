/** Starts what `npm start` starts, on a port and with a state of its own, and ends it after the last journey. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const port = await freePort();
  const state = mkdtempSync(path.join(tmpdir(), "denarius-journeys-"));
  const server = spawn("npm", ["start"], {
    cwd: path.resolve(import.meta.dirname, "../.."),
    env: { ...process.env, PORT: String(port), DENARIUS_STATE: state },
    stdio: ["ignore", "pipe", "inherit"],
    // A process group of its own, so that ending it ends what it started.
    detached: true,
  });
  await printsBanner(server);
  project.provide("state", state);
  project.provide("address", `http://localhost:${port}`);
  return async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    if (server.pid !== undefined) {
      process.kill(-server.pid, "SIGTERM");
    }
    await ended;
    rmSync(state, { recursive: true, force: true });
  };
}

function printsBanner(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = "";
    server.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes("Denarius is at")) {
        resolve();
      }
    });
    server.once("exit", (code) => reject(new Error(`npm start ended with ${code}: ${printed}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "localhost", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) {
          resolve(address.port);
        } else {
          reject(new Error("No port is free"));
        }
      });
    });
  });
}
