/** Lists with Stripe's cursors: newest first, 10 at a time, at most 100 (https://docs.stripe.com/api/pagination). */
import { refuseMissing, refuseParameter } from "./refusals.ts";

interface Page {
  limit?: number | undefined;
  starting_after?: string | undefined;
  ending_before?: string | undefined;
}

/** One page of `items`, which are newest first. `url` is where the rest of the list is. */
export function listOf<Item extends { id: string }>(items: Item[], page: Page, url: string, noun: string) {
  const limit = page.limit ?? 10;
  if (limit < 1 || limit > 100) {
    refuseParameter(
      limit < 1
        ? "This value must be greater than or equal to 1."
        : "This value must be less than or equal to 100.",
      "limit",
      "parameter_invalid_integer",
    );
  }
  if (page.starting_after !== undefined && page.ending_before !== undefined) {
    refuseParameter("You may only specify one of these parameters: starting_after, ending_before.");
  }
  const object = "list" as const;
  if (page.ending_before !== undefined) {
    const end = placeOf(items, page.ending_before, "ending_before", noun);
    const start = Math.max(0, end - limit);
    return { object, data: items.slice(start, end), has_more: start > 0, url };
  }
  const start =
    page.starting_after === undefined ? 0 : placeOf(items, page.starting_after, "starting_after", noun) + 1;
  return { object, data: items.slice(start, start + limit), has_more: start + limit < items.length, url };
}

function placeOf(items: { id: string }[], id: string, param: string, noun: string): number {
  const place = items.findIndex((item) => item.id === id);
  return place === -1 ? refuseMissing(noun, id, param, 400) : place;
}
