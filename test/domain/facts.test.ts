/** When a payment is known, when there is none, and when nobody knows yet. */
import { expect, it } from "vitest";
import { type Facts, paymentIn } from "../../src/domain/facts.ts";
import { paymentOf } from "./settling.ts";

const payment = paymentOf("processing");

it.each<[string, Facts, ReturnType<typeof paymentIn>]>([
  ["a payment intent is known", { payment }, payment],
  ["Stripe has none", { payment: null }, null],
  ["there can be none because Stripe has forgotten the card", { payment: "unusable_card" }, null],
  ["nobody has asked yet", { isFresh: true }, undefined],
])("a payment counts as known, absent or still unknown when %s", (_what, facts, known) => {
  expect(paymentIn(facts)).toBe(known);
});
