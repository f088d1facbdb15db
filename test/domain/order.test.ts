/** Orders and ids: what makes two requests one order, when an order is over, and which ids are believed. */
import { describe, expect, it } from "vitest";
import { toCredits } from "../../src/domain/credits.ts";
import { isAccountId, isCardId, isOrderId, isRefundId, newId } from "../../src/domain/ids.ts";
import { isEnded, isSameContent, type OrderContent, type PayWith } from "../../src/domain/order.ts";
import { orderIn, STATES } from "./settling.ts";

const newCard: PayWith = { kind: "new_card", confirmationToken: "ctoken_1", saveCard: true };
const savedCard: PayWith = { kind: "saved_card", cardId: "crd_1" };

function content(payWith: PayWith, credits = 1000): OrderContent {
  return { credits: toCredits(credits), payWith };
}

describe("the same order id is the same order", () => {
  it.each<[string, OrderContent]>([
    ["by a new card", content(newCard)],
    ["by a saved card", content(savedCard)],
  ])("%s, asked for again", (_how, asked) => {
    expect(isSameContent(asked, structuredClone(asked))).toBe(true);
  });

  it.each<[string, OrderContent, OrderContent]>([
    ["other credits", content(newCard), content(newCard, 1001)],
    ["another token", content(newCard), content({ ...newCard, confirmationToken: "ctoken_2" })],
    ["not keeping the card", content(newCard), content({ ...newCard, saveCard: false })],
    ["another card", content(savedCard), content({ ...savedCard, cardId: "crd_2" })],
    ["a saved card instead of a new one", content(newCard), content(savedCard)],
  ])("but not with %s", (_what, one, other) => {
    expect(isSameContent(one, other)).toBe(false);
    expect(isSameContent(other, one)).toBe(false);
  });
});

it.each(STATES)("an order that is %s is over, or not", (state) => {
  expect(isEnded(orderIn(state))).toBe(!["placed", "verifying", "paying"].includes(state));
});

describe("an id", () => {
  it.each(["acc", "ord", "crd", "ent", "grt", "rcp"] as const)(
    "of the kind %s is new each time",
    (prefix) => {
      const ids = new Set(Array.from({ length: 1000 }, () => newId(prefix)));

      expect(ids.size).toBe(1000);
      expect([...ids].every((id) => new RegExp(`^${prefix}_[0-9a-f]{32}$`).test(id))).toBe(true);
    },
  );

  it("made here is believed, as its kind and no other", () => {
    const ids = [newId("acc"), newId("ord"), newId("crd"), newId("rfd")];

    expect(ids.map((id) => isAccountId(id))).toEqual([true, false, false, false]);
    expect(ids.map((id) => isOrderId(id))).toEqual([false, true, false, false]);
    expect(ids.map((id) => isCardId(id))).toEqual([false, false, true, false]);
    expect(ids.map((id) => isRefundId(id))).toEqual([false, false, false, true]);
  });

  const digits = "0123456789abcdef0123456789abcdef";
  it.each([
    ["nothing", ""],
    ["a prefix alone", "ord_"],
    ["one digit too few", `ord_${digits.slice(1)}`],
    ["one digit too many", `ord_${digits}0`],
    ["capitals", `ord_${digits.toUpperCase()}`],
    ["letters beyond f", `ord_${digits.replace("f", "g")}`],
    ["a line after it", `ord_${digits}\n`],
    ["something before it", ` ord_${digits}`],
    ["another prefix", `ord-${digits}`],
    ["Stripe's own", "pi_3MtwBwLkdIwHu7ix28a3tqPa"],
    ["SQL", "ord_' OR 1=1 --0000000000000000000"],
  ])("is not believed with %s", (_what, text) => {
    const kinds = { ord: isOrderId, crd: isCardId, acc: isAccountId, rfd: isRefundId };
    const believed = Object.entries(kinds).filter(([prefix, isId]) => isId(text.replace("ord", prefix)));
    expect(believed).toEqual([]);
  });
});
