/** Orders and ids: what makes two requests one order, when an order is over, and which ids are accepted. */
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

describe("two requests with the same order id", () => {
  it.each<[string, OrderContent]>([
    ["with a new card", content(newCard)],
    ["with a saved card", content(savedCard)],
  ])("are the same order if everything %s is the same", (_how, asked) => {
    expect(isSameContent(asked, structuredClone(asked))).toBe(true);
  });

  it.each<[string, OrderContent, OrderContent]>([
    ["a different number of credits", content(newCard), content(newCard, 1001)],
    ["another token", content(newCard), content({ ...newCard, confirmationToken: "ctoken_2" })],
    ["a different choice about saving the card", content(newCard), content({ ...newCard, saveCard: false })],
    ["another card", content(savedCard), content({ ...savedCard, cardId: "crd_2" })],
    ["a saved card instead of a new one", content(newCard), content(savedCard)],
  ])("are not the same order with %s", (_what, one, other) => {
    expect(isSameContent(one, other)).toBe(false);
    expect(isSameContent(other, one)).toBe(false);
  });
});

it.each(STATES)("an order that is %s is over unless it is placed, verifying or paying", (state) => {
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

  it("made here is accepted as its own kind and no other", () => {
    const ids = [newId("acc"), newId("ord"), newId("crd"), newId("rfd")];

    expect(ids.map((id) => isAccountId(id))).toEqual([true, false, false, false]);
    expect(ids.map((id) => isOrderId(id))).toEqual([false, true, false, false]);
    expect(ids.map((id) => isCardId(id))).toEqual([false, false, true, false]);
    expect(ids.map((id) => isRefundId(id))).toEqual([false, false, false, true]);
  });

  const digits = "0123456789abcdef0123456789abcdef";
  it.each([
    ["an empty string", ""],
    ["a prefix alone", "ord_"],
    ["one digit too short", `ord_${digits.slice(1)}`],
    ["one digit too long", `ord_${digits}0`],
    ["in upper case", `ord_${digits.toUpperCase()}`],
    ["not hexadecimal", `ord_${digits.replace("f", "g")}`],
    ["followed by a line break", `ord_${digits}\n`],
    ["preceded by a space", ` ord_${digits}`],
    ["written with another separator", `ord-${digits}`],
    ["Stripe's own", "pi_3MtwBwLkdIwHu7ix28a3tqPa"],
    ["SQL", "ord_' OR 1=1 --0000000000000000000"],
  ])("is not accepted when it is %s", (_what, text) => {
    const kinds = { ord: isOrderId, crd: isCardId, acc: isAccountId, rfd: isRefundId };
    const believed = Object.entries(kinds).filter(([prefix, isId]) => isId(text.replace("ord", prefix)));
    expect(believed).toEqual([]);
  });
});
