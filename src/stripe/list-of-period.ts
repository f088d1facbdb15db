/** Stripe's lists of a period, page by page, for comparing them with our books. */
import type { Instant } from "../domain/instant.ts";
import type { Answer } from "./ask.ts";

/** What was made from `from` to `until`; the page begins after the object `after`, or is the first. */
export type Period = { from: Instant; until: Instant; after: string | null };

/** One page in our words; `next` is where the following page begins, null after the last. */
export type PeriodPage<Found> = { found: Found[]; next: string | null };

/** How Stripe is asked for a page: a hundred, newest first, times in seconds. https://docs.stripe.com/api/pagination */
export function pageParams({ from, until, after }: Period) {
  return {
    created: { gte: Math.floor(from / 1000), lte: Math.ceil(until / 1000) },
    limit: 100,
    ...(after !== null && { starting_after: after }),
  };
}

/** The page that Stripe answered, of the objects of which `as` makes something. */
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
