/** What is known of a payment, and what only looks like it. */
import { expect, it } from "vitest";
import { type Facts, paymentIn } from "../../src/domain/facts.ts";
import { paymentOf } from "./settling.ts";

const payment = paymentOf("processing");

it.each<[string, Facts, ReturnType<typeof paymentIn>]>([
  ["a payment intent is known", { payment }, payment],
  ["Stripe has none", { payment: null }, null],
  ["there can be none, for Stripe has forgotten the card", { payment: "unusable_card" }, null],
  ["nobody has asked yet", { isFresh: true }, undefined],
])("where %s", (_what, facts, known) => {
  expect(paymentIn(facts)).toBe(known);
});
