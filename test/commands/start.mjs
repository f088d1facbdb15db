// `npm start`: runs the whole product on this machine with its stand-ins, without API keys or a network. PORT sets the
// port, DENARIUS_STATE the folder for the local state. `npm run dev` is the same with wrangler's own output and shortcuts.
// @ts-check
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { ensureInstalled, ROOT, runTool, startTool } from "./install.mjs";
import { answerHelp } from "./usage.mjs";

answerHelp(import.meta.url);
const port = Number(process.env["PORT"] ?? 8787);
const state = path.resolve(ROOT, process.env["DENARIUS_STATE"] ?? ".state");
const address = `http://localhost:${port}`;
const isDev = process.argv.includes("--dev");
const WRANGLER = "node_modules/wrangler/bin/wrangler.js";
const LOCAL = ["--config", "test/stand-in/wrangler.toml", "--persist-to", state];
const START_DEADLINE_MILLISECONDS = 60_000;
/** As often as Cloudflare runs the cron in production: `crons` in wrangler.toml. */
const CRON_MILLISECONDS = 5 * 60_000;

if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  fail(`PORT is "${process.env["PORT"]}"; it must be a number from 1 to 65535.`);
}
await ensureInstalled();
if (!(await isFree(port))) {
  fail(`Port ${port} is in use. Choose another: PORT=8788 npm start`);
}
mkdirSync(state, { recursive: true });
await migrateAndSeed();

const server = startTool(
  WRANGLER,
  [
    "dev",
    ...LOCAL,
    "--port",
    String(port),
    "--var",
    `PUBLIC_URL:${address}`,
    ...(isDev ? [] : ["--log-level", "error", "--show-interactive-dev-session=false"]),
  ],
  { stdio: [isDev ? "inherit" : "ignore", "inherit", "inherit"] },
);
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => server.kill(signal));
}
// If only npm is killed, we are left without a parent; the server must not stay behind on its port.
const parent = process.ppid;
setInterval(() => process.ppid === parent || server.kill("SIGTERM"), 1000).unref();
server.on("exit", (code) => process.exit(code ?? 0));
await isServing();
console.log(`
  Denarius is at   ${address}
  Demo account     demo@example.com (ask for a sign-in link, then open the mailbox)
  Mailbox          ${address}/stand-in/mailbox
  Test cards       ${address}/stand-in/cards
  Staff pages      ${address}/stand-in/staff
  Stripe stand-in  ${address}/stand-in/

  Press Ctrl+C to stop. State is kept in ${path.relative(process.cwd(), state) || "."}/
`);
await runCron();
setInterval(() => void runCron(), CRON_MILLISECONDS).unref();

/** Brings the local D1 to the newest migration, with prices and the demo account; skips it when nothing has changed. */
async function migrateAndSeed() {
  const hash = createHash("sha256");
  for (const file of readdirSync(`${ROOT}migrations`).toSorted()) {
    hash.update(file).update(readFileSync(`${ROOT}migrations/${file}`));
  }
  hash.update(readFileSync(`${ROOT}test/stand-in/seed.sql`));
  const stamp = `${state}/migrated`;
  const current = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === current) {
    return;
  }
  /** @type {import("node:child_process").SpawnOptions} */
  const quiet = { stdio: ["ignore", "ignore", "inherit"] };
  const migrated = await runTool(WRANGLER, ["d1", "migrations", "apply", "DB", "--local", ...LOCAL], quiet);
  const seeded =
    migrated === 0 &&
    (await runTool(
      WRANGLER,
      ["d1", "execute", "DB", "--local", ...LOCAL, "--file", "test/stand-in/seed.sql", "--yes"],
      quiet,
    ));
  if (migrated !== 0 || seeded !== 0) {
    fail(`The local database could not be prepared. To start afresh, remove ${state}`);
  }
  writeFileSync(stamp, current);
}

/**
 * Makes the local runtime run the product's cron, which it never does by itself
 * (https://developers.cloudflare.com/workers/configuration/cron-triggers/#test-cron-triggers-locally).
 */
async function runCron() {
  try {
    const response = await fetch(`${address}/cdn-cgi/handler/scheduled`);
    await response.text();
  } catch {
    // The server is stopping or restarting after a change; the next run makes up for this one.
  }
}

async function isServing() {
  const deadline = Date.now() + START_DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    const response = await fetch(`${address}/healthz`).catch(() => null);
    if (response?.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill();
  fail(`The server did not start answering within ${START_DEADLINE_MILLISECONDS / 1000} seconds.`);
}

/**
 * @param {number} wanted
 * @returns {Promise<boolean>}
 */
function isFree(wanted) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(wanted, "localhost", () => probe.close(() => resolve(true)));
  });
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
