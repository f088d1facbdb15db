/** Asking Stripe while nobody waits for the answer: again when it is busy, and no faster than it likes. */
import { MINUTE, SECOND } from "../domain/instant.ts";
import type { Answer } from "../stripe/ask.ts";

/** Waits, before Stripe is asked once more. */
export type Pauses = { pause: (milliseconds: number) => Promise<void> };

/** After how long Stripe is asked once more when it is busy, then once more. https://docs.stripe.com/rate-limits */
const PAUSES = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND];
/** Where Stripe itself says when to come back, and that is later than this, it is left to a later run. */
const LONGEST_PAUSE = MINUTE;
/** Between questions about one object each: ten a second at most, well below the 25 that Stripe answers in a sandbox. */
const PACE = SECOND / 10;

/** Asks Stripe, and again after a pause while it does not answer; null when it still does not. */
export async function askPatiently<T>(
  { pause: wait }: Pauses,
  question: () => Promise<Answer<T>>,
): Promise<{ value: T } | null> {
  for (const pause of [...PAUSES, null]) {
    const answer = await question();
    if (answer.answered) {
      return { value: answer.value };
    }
    const { retryAfter = 0 } = answer;
    if (pause === null || retryAfter > LONGEST_PAUSE) {
      return null;
    }
    await wait(Math.max(pause, retryAfter));
  }
  return null;
}

/** Asks for objects by their ids, one after another; null where Stripe does not answer. `found` is null where it has no such. */
export async function lookUpEach<T>(
  deps: Pauses,
  ids: readonly string[],
  lookUp: (id: string) => Promise<Answer<T | null>>,
): Promise<{ id: string; found: T | null }[] | null> {
  const looked: { id: string; found: T | null }[] = [];
  for (const id of ids) {
    if (looked.length > 0) {
      await deps.pause(PACE);
    }
    const answer = await askPatiently(deps, () => lookUp(id));
    if (answer === null) {
      return null;
    }
    looked.push({ id, found: answer.value });
  }
  return looked;
}
