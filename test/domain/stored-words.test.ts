/** Our own words that rows of D1 hold: a change would cut those rows off from what they mean. */
import { expect, it } from "vitest";
import { GIVEN_UP_DIFFERENCE_KIND } from "../../src/domain/reconciliation.ts";
import { CREDITS_USED, NOT_REACHED } from "../../src/domain/refund.ts";

it("the stored reasons for a refund that was not made stay the same", () => {
  expect([NOT_REACHED, CREDITS_USED]).toEqual(["not_reached", "credits_used"]);
});

it("the stored kind of difference for a part that was not compared stays the same", () => {
  expect(GIVEN_UP_DIFFERENCE_KIND).toBe("part_not_compared");
});
