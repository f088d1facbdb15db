/** Running crashes: every purchase dies at its point, one path recovers them, and both sides are compared. */
import { vi } from "vitest";
import { env } from "cloudflare:workers";
import { reconcileNow } from "../../src/account/reconcile-books.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { type Crash, describeCrash } from "./crash-points.ts";
import { planFor, recover } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { buy, prepare, type Purchase } from "./purchases.ts";
import { type Path, takeLastTurns, takeTurn, TURNS } from "./recovery-paths.ts";
import { cardsThatDiffer, endOf, leftOpen, readStanding, type Standing, wrongMoney } from "./standing.ts";

/** What came of many crashes: how many there were, and what was wrong, in words. */
export type Outcome = { crashes: number; wrong: string[] };

/** Which paths bring every order to its end by themselves; the others answer for the money alone. */
const ENDS_EVERY_ORDER: ReadonlySet<Path> = new Set(["alarm", "cron", "button", "all"]);

/**
 * Runs `crashes`, lets `path` alone recover them, and checks the money; then lets everything else have its turns too,
 * and checks that nothing is left and that the reconciliation finds no difference.
 */
export async function crashAndRecover(crashes: readonly Crash[], path: Path): Promise<Outcome> {
  const begun = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: begun });
  try {
    const purchases = await inParallel(crashes, runCrash);
    for (const turn of TURNS[path]) {
      vi.setSystemTime(begun + turn);
      await takeTurn(path, purchases);
    }
    const alone = await readStanding(purchases);
    const wrong = found(crashes, purchases, (purchase, crash) => [
      ...wrongMoney(purchase, alone),
      ...(ENDS_EVERY_ORDER.has(path) ? leftOpen(purchase, alone) : []),
      ...(path === "button" || path === "all" ? wrongEnd(crash, purchase, alone) : []),
    ]);
    return await finish(crashes, purchases, wrong, Math.max(...TURNS[path]) + begun);
  } finally {
    vi.useRealTimers();
  }
}

/** One purchase that dies at its point; the machine is back afterwards, and the customer has gone. */
async function runCrash({ kind, point }: Crash): Promise<Purchase> {
  const purchase = await prepare(kind);
  const plan = planFor(purchase.accountId, point);
  await buy(purchase);
  if (!plan.hasFired) {
    throw new Error(`${kind.name} never came to ${point.at} ${point.nth}`);
  }
  recover(plan);
  return purchase;
}

async function finish(
  crashes: readonly Crash[],
  purchases: readonly Purchase[],
  wrongBefore: readonly string[],
  from: number,
): Promise<Outcome> {
  await takeLastTurns(from, (time) => vi.setSystemTime(time));
  const standing = await readStanding(purchases);
  const cards = await inParallel(purchases, (purchase) => cardsThatDiffer(purchase, standing));
  const wrong = found(crashes, purchases, (purchase, _crash, index) => [
    ...wrongMoney(purchase, standing),
    ...leftOpen(purchase, standing),
    ...(cards[index] ?? []),
  ]);
  const reconciled = await reconcileNow(env);
  const differences = await listDifferences(env.DB, 100);
  return {
    crashes: crashes.length,
    wrong: [
      ...wrongBefore,
      ...wrong.map((line) => `in the end, ${line}`),
      ...(reconciled?.stage === "done" ? [] : ["the books could not be reconciled"]),
      ...differences.map(({ kind, subject }) => `reconciling finds ${kind} of ${subject}`),
    ],
  };
}

function found(
  crashes: readonly Crash[],
  purchases: readonly Purchase[],
  check: (purchase: Purchase, crash: Crash, index: number) => string[],
): string[] {
  return crashes.flatMap((crash, index) => {
    const purchase = purchases[index];
    const wrong = purchase === undefined ? ["was never bought"] : check(purchase, crash, index);
    return wrong.map((what) => `${describeCrash(crash)}: ${what}`);
  });
}

/** A customer who comes back ends where they would have without the crash; only a key that Stripe has spent makes them give up. */
function wrongEnd({ point }: Crash, purchase: Purchase, standing: Standing): string[] {
  const end = endOf(purchase, standing);
  const wanted = purchase.kind.ends === "paying" ? "paid" : purchase.kind.ends;
  const mayGiveUp = point.way === "fails_and_spends_the_key" && end === "abandoned";
  return end === wanted || mayGiveUp ? [] : [`the order ended as ${end}, not ${wanted}`];
}
