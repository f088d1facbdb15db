/** Every point a purchase can die at, in every way, found by watching one that does not. */
import { type CrashPoint, D1_WAYS, planFor, type SeenStep, STRIPE_WAYS } from "./faults.ts";
import { buy, type Kind, prepare } from "./purchases.ts";

/** A purchase of one kind that dies at one point in one way. */
export type Crash = { kind: Kind; step: SeenStep; point: CrashPoint };

/** The steps of a purchase where nothing goes wrong: each call to Stripe and each commit. */
async function stepsOf(kind: Kind): Promise<SeenStep[]> {
  const purchase = await prepare(kind);
  const plan = planFor(purchase.accountId, null);
  await buy(purchase);
  return plan.seen;
}

/** Each step of a purchase in each way of dying there. */
export async function crashesOf(kind: Kind): Promise<Crash[]> {
  const count = { stripe: 0, d1: 0 };
  const steps = await stepsOf(kind);
  return steps.flatMap((step) => {
    count[step.at] += 1;
    const nth = count[step.at];
    return step.at === "stripe"
      ? STRIPE_WAYS.map((way): Crash => ({ kind, step, point: { at: "stripe", nth, way } }))
      : D1_WAYS.map((way): Crash => ({ kind, step, point: { at: "d1", nth, way } }));
  });
}

/** A crash in words, for whoever has to find it. */
export function describeCrash({ kind, step, point }: Crash): string {
  return `${kind.name}: ${point.way} at ${point.at} ${point.nth} (${step.what})`;
}
