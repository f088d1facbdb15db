/** The two Workers in which tests run: the local one as it is, and one whose Account objects can be made to fail. */
import { readFile } from "node:fs/promises";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";

/** The project's folder. */
export const ROOT = new URL("..", import.meta.url).pathname;

const BREAKING = ["test/crash/**/*.test.ts", "test/model/**/*.test.ts", "test/storm/**/*.test.ts"];

/** Tests of the product in the real Workers runtime, against the local Worker: the product with its stand-ins. */
export async function productProject() {
  return {
    root: ROOT,
    plugins: [await localWorker("./test/stand-in/worker.ts")],
    test: {
      name: "product",
      // Ample for a slow machine; nothing here depends on it.
      testTimeout: 30_000,
      include: ["test/**/*.test.{ts,tsx}"],
      exclude: [
        ...BREAKING,
        "test/journeys/**",
        "node_modules/**",
        ...(process.argv.includes("bench") ? [] : ["test/bench/**"]),
      ],
      provide: { anyOrder: anyOrderAsked() },
      globalSetup: ["./test/support/wrangler-files.ts"],
      setupFiles: ["./test/support/apply-migrations.ts"],
    },
  };
}

/** Tests that break what the product relies on: the same Worker, with faults under its Account objects. */
export async function breakingProject({
  crashes,
}: {
  crashes: { kinds: string[] | null; isWhole: boolean };
}) {
  return {
    root: ROOT,
    plugins: [await localWorker("./test/crash/worker.ts")],
    test: {
      name: "breaking",
      testTimeout: 30_000,
      include: BREAKING,
      provide: { crashes, model: modelAsked(), storm: stormAsked() },
      setupFiles: ["./test/support/apply-migrations.ts"],
    },
  };
}

/** The seed with which `npm test` always begins, so that it finds only what a change broke; the soak looks further. */
const USUAL_SEED = 1_411_762_442;

/** How the model runs: a short while from the usual seed, or as the environment says. */
function modelAsked() {
  const { MODEL_SECONDS, MODEL_RUNS, MODEL_SEED, MODEL_PATH } = process.env;
  return {
    seconds: Number(MODEL_SECONDS ?? 12),
    runs: Number(MODEL_RUNS ?? 3),
    seed: MODEL_SEED === undefined ? (MODEL_SECONDS === undefined ? USUAL_SEED : null) : Number(MODEL_SEED),
    path: MODEL_PATH ?? null,
  };
}

/** How many sequences of refunds and disputes are tried: as many as a few seconds allow, from a random seed, or as the environment says. */
function anyOrderAsked() {
  const { ANY_ORDER_RUNS, ANY_ORDER_SEED } = process.env;
  return {
    runs: Number(ANY_ORDER_RUNS ?? 12),
    seed: ANY_ORDER_SEED === undefined ? null : Number(ANY_ORDER_SEED),
  };
}

/** How large the storm is: a small one from the usual seed, or the whole of it. */
function stormAsked() {
  const { STORM, STORM_SEED } = process.env;
  const isWhole = STORM === "whole";
  return {
    ...(isWhole ? { times: 10_000, others: 1000 } : { times: 500, others: 50 }),
    seed: STORM_SEED === undefined ? (isWhole ? null : USUAL_SEED) : Number(STORM_SEED),
  };
}

/** Hides what the product logs in the breaking tests about the failures they provoke. */
export function isWorthShowing(
  line: string,
  _stream: "stdout" | "stderr",
  entity: { project: { name: string } } | undefined,
): boolean {
  return entity?.project.name !== "breaking" || !line.startsWith(`{"event"`);
}

async function localWorker(main: string) {
  return cloudflareTest({
    main,
    wrangler: { configPath: "./test/stand-in/wrangler.toml" },
    miniflare: {
      bindings: {
        TEST_MIGRATIONS: await readD1Migrations(`${ROOT}migrations`),
        TEST_SEED: await readFile(`${ROOT}test/stand-in/seed.sql`, "utf8"),
        // Tests decide when an event is delivered; see test/support.
        WEBHOOK_DELIVERY: "on_demand",
      },
    },
  });
}
