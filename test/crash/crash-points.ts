/** Every point at which a deed can die, in every way, found by watching one that does not die. */
import { type CrashPoint, D1_WAYS, planFor, type SeenStep, STORAGE_WAYS, STRIPE_WAYS } from "./faults.ts";
import type { AnyDeed, AnyKind, Subject } from "./subject.ts";

/** A step to die at, and the way of dying. */
export type Death = { step: SeenStep; point: CrashPoint };

/** A deed of a kind that dies once, and perhaps once more while it is recovered. */
export type Crash<K extends AnyKind> = { kind: K; first: Death; again: Death | null };

/** The steps of a deed when nothing goes wrong: each call to Stripe, each commit, and each write of its object. */
async function stepsOf<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
): Promise<SeenStep[]> {
  const deeds = await subject.prepare([kind]);
  const plans = deeds.map(({ accountId }) => planFor(accountId, null));
  await subject.act(deeds);
  return plans.flatMap(({ seen }) => seen);
}

/** Each step of a deed of this kind, with each way of dying there. */
export async function crashesOf<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
): Promise<Crash<K>[]> {
  const steps = await stepsOf(subject, kind);
  return deathsAt(steps).map((first) => ({ kind, first, again: null }));
}

/** Each of `steps`, with each way of dying there. */
export function deathsAt(steps: readonly SeenStep[]): Death[] {
  const count = { stripe: 0, d1: 0, storage: 0 };
  return steps.flatMap((step): Death[] => {
    count[step.at] += 1;
    const nth = count[step.at];
    switch (step.at) {
      case "stripe": {
        return STRIPE_WAYS.map((way) => ({ step, point: { at: "stripe", nth, way } }));
      }
      case "d1": {
        return D1_WAYS.map((way) => ({ step, point: { at: "d1", nth, way } }));
      }
      case "storage": {
        return STORAGE_WAYS.map((way) => ({ step, point: { at: "storage", nth, way } }));
      }
    }
  });
}

/** A crash in words, for whoever has to debug it. */
export function describeCrash({ kind, first, again }: Crash<AnyKind>): string {
  const deaths = again === null ? [first] : [first, again];
  const words = deaths.map(({ step, point }) => `${point.way} at ${point.at} ${point.nth} (${step.what})`);
  return `${kind.name}: ${words.join(", and while it is recovered ")}`;
}
