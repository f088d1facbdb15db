/** What Stripe's words for a dispute mean for the books. */
import { expect, it } from "vitest";
import { stageOf, UNCONTESTED_STATUSES } from "../../src/domain/dispute.ts";

it.each([
  ["warning_needs_response", "inquiry"],
  ["warning_under_review", "inquiry"],
  ["warning_closed", "closed"],
  ["prevented", "closed"],
  ["needs_response", "open"],
  ["under_review", "open"],
  ["won", "won"],
  ["lost", "lost"],
  ["appeal_needs_response", "appeal"],
  ["appeal_under_review", "appeal"],
  ["warning_of_another_kind", "inquiry"],
  ["a_status_not_known_yet", "open"],
])("a dispute that Stripe calls %s is at the stage “%s”", (status, stage) => {
  expect(stageOf({ status })).toBe(stage);
});

it("a dispute is uncontested as an inquiry, once it is closed, and once it is decided", () => {
  expect(UNCONTESTED_STATUSES).toEqual([
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "won",
    "lost",
  ]);
});
