/** Running crashes: every purchase dies at its point, one path recovers them, and both sides are compared. */
import { vi } from "vitest";
import { env } from "cloudflare:workers";
import { reconcileNow } from "../../src/account/reconcile-books.ts";
import { HOUR } from "../../src/domain/instant.ts";
import { listDifferences } from "../../src/store/reconciliation-differences.ts";
import { type Crash, describeCrash } from "./crash-points.ts";
import { type Plan, planFor, recover, type SeenStep } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { buy, prepare, type Purchase } from "./purchases.ts";
import { type Path, takeLastTurns, takeTurn, TURNS } from "./recovery-paths.ts";
import { cardsThatDiffer, endOf, leftOpen, readStanding, type Standing, wrongMoney } from "./standing.ts";

/**
 * What came of many crashes: how many there were, and what was wrong, in words. Where events are delivered at once,
 * recovery does not always come as far as the step it was to die at; such a one is not counted.
 */
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
    const runs = await inParallel(crashes, runCrash);
    const purchases = runs.map(({ purchase }) => purchase);
    const end = await letRecover(runs, path, begun);
    const alone = await readStanding(purchases);
    const wrong = found(crashes, purchases, (purchase, crash) => [
      ...wrongMoney(purchase, alone),
      ...(ENDS_EVERY_ORDER.has(path) ? leftOpen(purchase, alone) : []),
      ...(path === "button" || path === "all" ? wrongEnd(crash, purchase, alone) : []),
    ]);
    const died = runs.filter(({ crash, plan }) => crash.again === null || plan.hasFired);
    return { ...(await finish(crashes, purchases, wrong, end)), crashes: died.length };
  } finally {
    vi.useRealTimers();
  }
}

/** The steps that `path` takes to recover each of `crashes`, where it does not die itself. */
export async function stepsOfRecovery(crashes: readonly Crash[], path: Path): Promise<SeenStep[][]> {
  const begun = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: begun });
  try {
    const runs = await inParallel(crashes, runCrash);
    await letRecover(runs, path, begun);
    return runs.map(({ plan }) => plan.seen);
  } finally {
    vi.useRealTimers();
  }
}

/** A purchase that has died, and the plan for what comes after. */
type Run = { crash: Crash; purchase: Purchase; plan: Plan };

/** One purchase that dies at its point; the machine is back afterwards, and the customer has gone. */
async function runCrash(crash: Crash): Promise<Run> {
  const { kind, first, again } = crash;
  const purchase = await prepare(kind);
  const plan = planFor(purchase.accountId, first.point);
  await buy(purchase);
  if (!plan.hasFired) {
    throw new Error(`${describeCrash(crash)}: did not come that far`);
  }
  return { crash, purchase, plan: planFor(purchase.accountId, again?.point ?? null) };
}

/** The turns of a path, and one more for whoever dies in the last. Answers when they were over. */
async function letRecover(runs: readonly Run[], path: Path, begun: number): Promise<number> {
  const turns = TURNS[path];
  const last = Math.max(...turns);
  const more = runs.some(({ crash }) => crash.again !== null) ? [last + HOUR, last + 2 * HOUR] : [];
  for (const turn of [...turns, ...more]) {
    vi.setSystemTime(begun + turn);
    await takeTurn(
      path,
      runs.map(({ purchase }) => purchase),
    );
    for (const { plan } of runs.filter((run) => run.plan.hasFired)) {
      recover(plan);
    }
  }
  return begun + Math.max(last, ...more);
}

async function finish(
  crashes: readonly Crash[],
  purchases: readonly Purchase[],
  wrongBefore: readonly string[],
  from: number,
): Promise<Pick<Outcome, "wrong">> {
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
function wrongEnd({ first, again }: Crash, purchase: Purchase, standing: Standing): string[] {
  const end = endOf(purchase, standing);
  const wanted = purchase.kind.ends === "paying" ? "paid" : purchase.kind.ends;
  // After a second death the customer's next look may come too late to begin a charge.
  const mayGiveUp = (again !== null || first.point.way === "fails_and_spends_the_key") && end === "abandoned";
  return end === wanted || mayGiveUp ? [] : [`the order ended as ${end}, not ${wanted}`];
}
