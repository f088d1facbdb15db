/** When a payment is known, when there is none, and when nobody knows yet. */
import { expect, it } from "vitest";
import { type Facts, paymentIn, paysExactly, setupIn } from "../../src/domain/facts.ts";
import { toCents } from "../../src/domain/money.ts";
import { orderIn, paymentOf, setupOf } from "./settling.ts";

const payment = paymentOf("processing");
const setup = setupOf("processing");
const outright = { status: "declined_outright", declineCode: "do_not_honor" } as const;

it.each<[string, Facts, ReturnType<typeof paymentIn>]>([
  ["a payment intent is known", { payment }, payment],
  ["Stripe has none", { payment: null }, null],
  ["there can be none because Stripe has forgotten the card", { payment: "unusable_card" }, null],
  ["there is none to name because the card was declined outright", { payment: outright }, null],
  ["nobody has asked yet", { isFresh: true }, undefined],
])("a payment counts as known, absent or still unknown when %s", (_what, facts, known) => {
  expect(paymentIn(facts)).toBe(known);
});

it.each<[string, Facts, ReturnType<typeof setupIn>]>([
  ["a setup intent is known", { setup }, setup],
  ["Stripe has none", { setup: null }, null],
  ["there can be none because Stripe would not take the token", { setup: "unusable_token" }, null],
  ["there is none to name because the card was declined outright", { setup: outright }, null],
  ["nobody has asked yet", { isFresh: true }, undefined],
])("a verification counts as known, absent or still unknown when %s", (_what, facts, known) => {
  expect(setupIn(facts)).toBe(known);
});

it.each([
  [{}, true],
  [{ amountCents: toCents(999) }, false],
  [{ amountCents: toCents(1001) }, false],
  [{ currency: "eur" }, false],
])("a payment that differs from its order by %j pays it exactly: %s", (differing, isExact) => {
  expect(paysExactly(paymentOf("succeeded", differing), orderIn("paying"))).toBe(isExact);
});
