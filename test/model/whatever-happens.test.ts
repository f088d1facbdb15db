/**
 * Purchases, spends and money that goes back, compared with the model: anything that can happen, in any order, with
 * what must be true checked after every step. The printed `MODEL_SEED` and `MODEL_PATH` repeat a failing run;
 * `npm run soak` runs for as long as you like.
 */
import * as fc from "fast-check";
import type Stripe from "stripe";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { env } from "cloudflare:workers";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { ACCOUNTS, anyCommands, comeToRest } from "./commands.ts";
import { assertAtRest } from "./invariants.ts";
import { newModel } from "./model.ts";
import { newWorld, reconcile } from "./world.ts";
import { hasFailedCheck } from "../support/failed-checks.ts";

const MOST_COMMANDS = 40;

afterEach(() => {
  vi.useRealTimers();
});

describe("whatever happens, in any order,", () => {
  const { seconds, runs, seed, path } = inject("model");

  it(
    "a payment adds its credits once, money that goes back takes them back, nothing is charged after a failed check, and everything comes to an end",
    async () => {
      const counts = {
        runs: 0,
        commands: 0,
        "faults armed": 0,
        "faults met": 0,
        orders: 0,
        payments: 0,
        "payments refused after authorisation": 0,
        refunds: 0,
        disputes: 0,
        spends: 0,
      };
      const begun = performance.now();
      const first = seed ?? Math.floor(Math.random() * 2 ** 31);
      let told = begun;
      for (let next = first; counts.runs === 0 || performance.now() - begun < seconds * 1000; next += 1) {
        await fc.assert(
          fc.asyncProperty(anyCommands(MOST_COMMANDS), async (commands) => {
            const { world, accountIds } = await newWorld(ACCOUNTS);
            const model = newModel(accountIds);
            await fc.asyncModelRun(() => ({ model, real: world }), commands);
            await comeToRest(model);
            const { orders, payments, back, entries } = await assertAtRest(model);
            expect(await reconcile()).toMatchObject({ stage: "done" });
            expect(await differencesOf(accountIds)).toEqual([]);
            counts.runs += 1;
            counts.commands += world.commands;
            counts["faults armed"] += world.faults.length;
            counts["faults met"] += world.faults.filter(({ hasFired }) => hasFired).length;
            counts.orders += orders.length;
            counts["payments refused after authorisation"] += payments.filter(isVoidedForFailedCheck).length;
            counts.refunds += back.filter(({ type }) => type === "refund").length;
            counts.disputes += back.filter(({ type }) => type === "dispute").length;
            counts.spends += entries.filter(({ kind }) => kind === "spend").length;
            counts.payments += payments.filter(({ status }) => status === "succeeded").length;
          }),
          {
            seed: next,
            numRuns: runs,
            // Report at once, with the seed and path that repeat it: looking for a smaller case takes hundreds of runs.
            endOnFailure: true,
            ...(path !== null && { path }),
          },
        );
        if (path !== null) {
          break;
        }
        if (performance.now() - told > 60_000) {
          told = performance.now();
          tell(`${Math.round((told - begun) / 1000)} s`, counts);
        }
      }
      tell(`Model, seed ${first}`, counts);
      expect(counts.runs).toBeGreaterThan(0);
    },
    (seconds + 600) * 1000,
  );
});

function isVoidedForFailedCheck(payment: Stripe.PaymentIntent): boolean {
  return payment.status === "canceled" && hasFailedCheck(payment);
}

function tell(what: string, counts: Record<string, number>): void {
  const counted = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  // oxlint-disable-next-line no-console -- Whoever runs this wants to know the seed and how much was tried.
  console.log(`${what}: ${counted.join(", ")}`);
}

/** The Stripe of earlier worlds is gone, along with their payments, so only this world's books can be compared. */
async function differencesOf(accountIds: readonly string[]): Promise<unknown[]> {
  const differences = await listDifferences(env.DB, 1000);
  return differences.filter(({ accountId }) => accountId !== null && accountIds.includes(accountId));
}
