/** Runs crashes: every deed dies at its point, one path recovers them, and both sides are compared. */
import { vi } from "vitest";
import { env } from "cloudflare:workers";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { HOUR, MINUTE } from "../../src/domain/instant.ts";
import { type FoundDifference, listDifferences } from "../../src/store/reconciliation-differences.ts";
import { type Crash, describeCrash } from "./crash-points.ts";
import { type Plan, planFor, recover, type SeenStep } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { type Path, takeTurn, TURNS } from "./recovery-paths.ts";
import type { AnyDeed, AnyKind, Subject } from "./subject.ts";

/**
 * The outcome of many crashes: how many there were, and what was wrong, in words. When events are delivered at once,
 * recovery does not always reach the step at which it was to die; such a crash is not counted.
 */
export type Outcome = { crashes: number; wrong: string[] };

/** When everything else has its turns, after the path: past every time limit of the product. */
const LAST_TURNS = [5 * MINUTE, 20 * MINUTE, 3 * HOUR, 26 * HOUR];

/**
 * Runs `crashes`, lets `path` alone recover them, and checks what it must have done; then lets everything else have
 * its turns too, and checks that nothing is left and that the reconciliation finds no difference.
 */
export async function crashAndRecover<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  crashes: readonly Crash<K>[],
  path: Path,
): Promise<Outcome> {
  const begun = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: begun });
  try {
    const runs = await runCrashes(subject, crashes);
    const deeds = runs.map(({ deed }) => deed);
    const end = await letRecover(subject, runs, path, begun);
    const alone = await subject.read(deeds);
    const wrong = runs.flatMap(({ crash, deed }) =>
      described(crash, subject.wrongAfter(deed, alone, { path, crash })),
    );
    const died = runs.filter(({ crash, plan }) => crash.again === null || plan.hasFired);
    return { wrong: [...wrong, ...(await finish(subject, runs, end))], crashes: died.length };
  } finally {
    vi.useRealTimers();
  }
}

/** The steps that `path` takes to recover each of `crashes` when it does not die itself. */
export async function stepsOfRecovery<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  crashes: readonly Crash<K>[],
  path: Path,
): Promise<SeenStep[][]> {
  const begun = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: begun });
  try {
    const runs = await runCrashes(subject, crashes);
    await letRecover(subject, runs, path, begun);
    return runs.map(({ plan }) => plan.seen);
  } finally {
    vi.useRealTimers();
  }
}

/** A deed that has died, and the plan for what comes after. */
type Run<K extends AnyKind, D> = { crash: Crash<K>; deed: D; plan: Plan };

/** Each deed dies at its point; afterwards the machine is back, and whoever made the request has gone. */
async function runCrashes<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  crashes: readonly Crash<K>[],
): Promise<Run<K, D>[]> {
  const deeds = await subject.prepare(crashes.map(({ kind }) => kind));
  const begun = crashes.map((crash, index) => {
    const deed = deeds[index];
    if (deed === undefined) {
      throw new Error(`${describeCrash(crash)}: was never prepared`);
    }
    return { crash, deed, plan: planFor(deed.accountId, crash.first.point) };
  });
  await subject.act(deeds);
  return begun.map(({ crash, deed, plan }) => {
    if (!plan.hasFired) {
      throw new Error(`${describeCrash(crash)}: did not come that far`);
    }
    return { crash, deed, plan: planFor(deed.accountId, crash.again?.point ?? null) };
  });
}

/** Takes the turns of a path, and more for deeds that die in the last one. Returns when they were over. */
async function letRecover<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  runs: readonly Run<K, D>[],
  path: Path,
  begun: number,
): Promise<number> {
  const turns = TURNS[path];
  const last = Math.max(...turns);
  const more = runs.some(({ crash }) => crash.again !== null) ? [last + HOUR, last + 2 * HOUR] : [];
  for (const turn of [...turns, ...more]) {
    vi.setSystemTime(begun + turn);
    await takeTurn(
      subject,
      path,
      runs.map(({ deed }) => deed),
    );
    for (const { plan } of runs.filter((run) => run.plan.hasFired)) {
      recover(plan);
    }
  }
  return begun + Math.max(last, ...more);
}

async function finish<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  runs: readonly Run<K, D>[],
  from: number,
): Promise<string[]> {
  for (const turn of LAST_TURNS) {
    vi.setSystemTime(from + turn);
    await subject.lastTurn();
  }
  const deeds = runs.map(({ deed }) => deed);
  const standing = await subject.read(deeds);
  const wrong = await inParallel(runs, async ({ crash, deed }) =>
    described(crash, await subject.wrongAtRest(deed, standing)).map((line) => `in the end, ${line}`),
  );
  const reconciled = await reconcileNow(env);
  const listed = await listDifferences(env.DB, 10_000);
  return [
    ...wrong.flat(),
    ...(reconciled?.stage === "done" ? [] : ["the books could not be reconciled"]),
    ...(subject.wrongDifferences?.(deeds, standing, listed) ?? listed.map(describeDifference)),
  ];
}

/** A difference in words. */
export function describeDifference({ kind, subject }: FoundDifference): string {
  return `reconciling finds ${kind} of ${subject}`;
}

function described(crash: Crash<AnyKind>, wrong: readonly string[]): string[] {
  return wrong.map((what) => `${describeCrash(crash)}: ${what}`);
}
