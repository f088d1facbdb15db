/** Every point a purchase can die at, in every way, found by watching one that does not. */
import { type CrashPoint, D1_WAYS, planFor, type SeenStep, STRIPE_WAYS } from "./faults.ts";
import { buy, type Kind, prepare } from "./purchases.ts";

/** A place to die at, and in which way. */
export type Death = { step: SeenStep; point: CrashPoint };

/** A purchase of one kind that dies once, and perhaps once more while it is recovered. */
export type Crash = { kind: Kind; first: Death; again: Death | null };

/** The steps of a purchase where nothing goes wrong: each call to Stripe and each commit. */
async function stepsOf(kind: Kind): Promise<SeenStep[]> {
  const purchase = await prepare(kind);
  const plan = planFor(purchase.accountId, null);
  await buy(purchase);
  return plan.seen;
}

/** Each step of a purchase in each way of dying there. */
export async function crashesOf(kind: Kind): Promise<Crash[]> {
  return deathsAt(await stepsOf(kind)).map((first) => ({ kind, first, again: null }));
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
export function describeCrash({ kind, first, again }: Crash): string {
  const deaths = again === null ? [first] : [first, again];
  const words = deaths.map(({ step, point }) => `${point.way} at ${point.at} ${point.nth} (${step.what})`);
  return `${kind.name}: ${words.join(", and while it is recovered ")}`;
}
