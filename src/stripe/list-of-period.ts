/** Stripe's lists for a period, page by page, for comparison with our books. */
import type { Instant } from "../domain/instant.ts";
import type { Answer } from "./ask.ts";

/** Objects created from `from` to `until`. The page begins after the object `after`; null means the first page. */
export type Period = { from: Instant; until: Instant; after: string | null };

/** One page in our words. `next` is the `after` of the following page, or null on the last page. */
export type PeriodPage<Found> = { found: Found[]; next: string | null };

/** The parameters for one page: 100 objects, newest first, times in seconds. https://docs.stripe.com/api/pagination */
export function pageParams({ from, until, after }: Period) {
  return {
    created: { gte: Math.floor(from / 1000), lte: Math.ceil(until / 1000) },
    limit: 100,
    ...(after !== null && { starting_after: after }),
  };
}

/** Maps Stripe's page with `as`, leaving out the objects for which it returns null. */
export function toPeriodPage<T extends { id: string }, Found>(
  answer: Answer<{ data: T[]; has_more: boolean }>,
  as: (item: T) => Found | null,
): Answer<PeriodPage<Found>> {
  if (!answer.answered) {
    return answer;
  }
  const { data, has_more: hasMore } = answer.value;
  const found = data.map(as).filter((item) => item !== null);
  return { answered: true, value: { found, next: hasMore ? (data.at(-1)?.id ?? null) : null } };
}
