/** Every point a deed can die at, in every way, found by watching one that does not. */
import { type CrashPoint, D1_WAYS, planFor, type SeenStep, STRIPE_WAYS } from "./faults.ts";
import type { AnyDeed, AnyKind, Subject } from "./subject.ts";

/** A place to die at, and in which way. */
export type Death = { step: SeenStep; point: CrashPoint };

/** One of a kind that dies once, and perhaps once more while it is recovered. */
export type Crash<K extends AnyKind> = { kind: K; first: Death; again: Death | null };

/** The steps of one where nothing goes wrong: each call to Stripe and each commit. */
async function stepsOf<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
): Promise<SeenStep[]> {
  const deeds = await subject.prepare([kind]);
  const plans = deeds.map(({ accountId }) => planFor(accountId, null));
  await subject.act(deeds);
  return plans.flatMap(({ seen }) => seen);
}

/** Each step of a deed of this kind in each way of dying there. */
export async function crashesOf<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
): Promise<Crash<K>[]> {
  const steps = await stepsOf(subject, kind);
  return deathsAt(steps).map((first) => ({ kind, first, again: null }));
}

/** Each of `steps` in each way of dying there. */
export function deathsAt(steps: readonly SeenStep[]): Death[] {
  const count = { stripe: 0, d1: 0 };
  return steps.flatMap((step) => {
    count[step.at] += 1;
    const nth = count[step.at];
    return step.at === "stripe"
      ? STRIPE_WAYS.map((way): Death => ({ step, point: { at: "stripe", nth, way } }))
      : D1_WAYS.map((way): Death => ({ step, point: { at: "d1", nth, way } }));
  });
}

/** A crash in words, for whoever has to find it. */
export function describeCrash({ kind, first, again }: Crash<AnyKind>): string {
  const deaths = again === null ? [first] : [first, again];
  const words = deaths.map(({ step, point }) => `${point.way} at ${point.at} ${point.nth} (${step.what})`);
  return `${kind.name}: ${words.join(", and while it is recovered ")}`;
}
