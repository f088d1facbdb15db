// `npm run bench`: sizes and speeds, the latter as ratios measured in one run. Nothing here passes or fails by speed.
// @ts-check
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { ensureInstalled, ROOT, runTool } from "./install.mjs";
import { answerHelp } from "./usage.mjs";

answerHelp(import.meta.url);
await ensureInstalled();
const out = mkdtempSync(path.join(tmpdir(), "denarius-bench-"));
try {
  const worker = bundle([
    "src/worker.ts",
    "--format=esm",
    "--conditions=workerd,worker",
    "--external:cloudflare:*",
  ]);
  const assets = ["src/web/browser/account.ts", "src/web/style.css"].map((file) =>
    bundle([file, "--format=esm"]),
  );
  console.log(`Worker bundle:          ${kilobytes(worker)} compressed`);
  console.log(
    `Account page's assets:  ${kilobytes(Buffer.concat(assets))} compressed (script and stylesheet)`,
  );
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exitCode = await runTool("node_modules/vitest/vitest.mjs", [
  "run",
  `--config=${ROOT}test/vitest.config.ts`,
  "--reporter=verbose",
  "--testTimeout=120000",
  "bench",
]);

/**
 * @param {readonly string[]} args
 * @returns {Buffer}
 */
function bundle(args) {
  const file = path.join(out, "bundle");
  execFileSync(
    `${ROOT}node_modules/.bin/esbuild`,
    [...args, "--bundle", "--minify", "--log-level=error", `--outfile=${file}`],
    {
      cwd: ROOT,
    },
  );
  return readFileSync(file);
}

/** @param {Buffer} bytes */
function kilobytes(bytes) {
  return `${(gzipSync(bytes, { level: 9 }).length / 1000).toFixed(1)} KB`;
}
