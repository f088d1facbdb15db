/** Asks Stripe when nobody is waiting for the answer: retries while it is busy, and stays within its rate limits. */
import { type Instant, MINUTE, SECOND } from "../domain/instant.ts";
import type { Answer } from "../stripe/ask.ts";

/** How long a run has, and how it waits before the next call to Stripe. */
export type Patience = {
  pause: (milliseconds: number) => Promise<void>;
  now: () => Instant;
  /** After this, nothing more is begun. What is left is for the next run. */
  deadline: Instant;
};

/** Whether the run's time is over. */
export function isOutOfTime({ now, deadline }: Pick<Patience, "now" | "deadline">): boolean {
  return now() >= deadline;
}

/** The pauses before each retry while Stripe is busy. https://docs.stripe.com/rate-limits */
const PAUSES = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND];
/** If Stripe asks us to wait longer than this, the work is left to a later run. */
const LONGEST_PAUSE = MINUTE;
/** The pause between lookups of single objects: at most ten a second, well below the 25 that Stripe allows in a sandbox. */
const PACE = SECOND / 10;

/** Asks Stripe, and retries after each pause while it does not answer; null if it still does not, or time is up. */
export async function askPatiently<T>(
  patience: Patience,
  question: () => Promise<Answer<T>>,
): Promise<{ value: T } | null> {
  for (const pause of [...PAUSES, null]) {
    const answer = await question();
    if (answer.answered) {
      return { value: answer.value };
    }
    const { retryAfter = 0 } = answer;
    if (pause === null || retryAfter > LONGEST_PAUSE || isOutOfTime(patience)) {
      return null;
    }
    await patience.pause(Math.max(pause, retryAfter));
  }
  return null;
}

/** An object that was looked up by id; `found` is null if Stripe does not have it. */
export type LookedUp<T> = { id: string; found: T | null };

/**
 * Looks up objects by id, one after another, until time is up: at least the first. The answer holds as many as there was
 * time for. Null if Stripe does not answer.
 */
export async function lookUpEach<T>(
  patience: Patience,
  ids: readonly string[],
  lookUp: (id: string) => Promise<Answer<T | null>>,
): Promise<LookedUp<T>[] | null> {
  const looked: LookedUp<T>[] = [];
  for (const id of ids) {
    if (looked.length > 0) {
      if (isOutOfTime(patience)) {
        break;
      }
      await patience.pause(PACE);
    }
    const answer = await askPatiently(patience, () => lookUp(id));
    if (answer === null) {
      return null;
    }
    looked.push({ id, found: answer.value });
  }
  return looked;
}

/** The objects that Stripe has, of those looked up. */
export function foundOf<T>(looked: readonly LookedUp<T>[]): T[] {
  return looked.flatMap(({ found }) => found ?? []);
}

/** What was looked up, cut before the first object that is not among the first `compared` that Stripe has. */
export function upToCompared<T>(looked: readonly LookedUp<T>[], compared: number): readonly LookedUp<T>[] {
  const left = looked.filter(({ found }) => found !== null)[compared];
  return left === undefined ? looked : looked.slice(0, looked.indexOf(left));
}
