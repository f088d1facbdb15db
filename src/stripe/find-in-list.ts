/** Searches one of Stripe's lists to its end, page by page. */
import type { Answer } from "./ask.ts";

type Page<T> = { data: T[]; has_more: boolean };

/** The most pages to search. A longer list counts as unanswered, never as "not there". */
const MOST_PAGES = 100;

/**
 * The first item that fits and is best, else the first that fits, mapped by `as`; null if the list has none. `ask` gets
 * the id after which the page begins. https://docs.stripe.com/api/pagination
 */
export async function findInList<T extends { id: string }, Facts>(
  ask: (after: string | null) => Promise<Answer<Page<T>>>,
  fits: (item: T) => boolean,
  found: { isBest: (item: T) => boolean; as: (item: T) => Facts },
): Promise<Answer<Facts | null>> {
  let first: T | null = null;
  let after: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const answer: Answer<Page<T>> = await ask(after);
    if (!answer.answered) {
      return answer;
    }
    const { data, has_more: hasMore } = answer.value;
    const fitting = data.filter(fits);
    const best = fitting.find(found.isBest);
    if (best !== undefined) {
      return { answered: true, value: found.as(best) };
    }
    first ??= fitting[0] ?? null;
    after = data.at(-1)?.id ?? null;
    if (!hasMore || after === null) {
      return { answered: true, value: first === null ? null : found.as(first) };
    }
  }
  return { answered: false };
}
