/** How many credits: the packs, another quantity, and the total that follows from it. The server alone decides the price. */
import { type Credits, isCredits, toCredits } from "../../domain/credits.ts";
import { type Price, type PriceList, priceOf } from "../../domain/prices.ts";
import { creditsText, moneyText, unitPriceText } from "../amount-text.ts";
import { part, say, sayWith } from "./parts.ts";

/** The quantity chosen, at its price, or what is wrong with it. */
export type Quantity = { ok: true; price: Price } | { ok: false; message: string };

/** The chosen quantity in `list`. */
export function chosenQuantity(list: PriceList): Quantity {
  const chosen = part("buy", HTMLFormElement).querySelector("input[name=pack]:checked");
  const pack = chosen instanceof HTMLInputElement ? chosen.value : "other";
  const credits = readCredits(pack === "other" ? part("quantity", HTMLInputElement).value.trim() : pack);
  if (credits === null) {
    return { ok: false, message: "Please enter a whole number of credits." };
  }
  const priced = priceOf(list, credits);
  if (priced.ok) {
    return priced;
  }
  switch (priced.failure.kind) {
    case "below_minimum": {
      return { ok: false, message: `The smallest order is ${creditsText(priced.failure.minCredits)}.` };
    }
    case "above_maximum": {
      return { ok: false, message: `The largest order is ${creditsText(priced.failure.maxCredits)}.` };
    }
    case "no_prices": {
      return { ok: false, message: "Nothing is for sale at the moment." };
    }
  }
}

/**
 * The credits that `text` says, plain or with its thousands set apart in one of the usual ways; null for anything
 * else. "12.50" is a sum of money to whoever types it, and must not become 1,250 credits.
 */
function readCredits(text: string): Credits | null {
  const isPlain = /^\d+$/.test(text);
  const isGrouped = /^\d{1,3}(?:([\s,.'’_])\d{3})(?:\1\d{3})*$/.test(text);
  const credits = Number(text.replaceAll(/\D/g, ""));
  return (isPlain || isGrouped) && isCredits(credits) ? credits : null;
}

/** Shows the total of `quantity`, and where more credits cost no more. */
export function showTotal(list: PriceList, quantity: Quantity): void {
  const field = part("quantity", HTMLInputElement);
  const isWrong = !quantity.ok && field.value.trim() !== "";
  field.setAttribute("aria-invalid", String(isWrong));
  say("quantity-error", isWrong ? quantity.message : "");
  if (!quantity.ok) {
    say("total-credits", "0 credits");
    say("total-unit", "—");
    say("total-amount", moneyText(0, list.currency));
    say("total-saving", "");
    say("bargain", "");
    return;
  }
  const { credits, unitPriceMicros, amountCents, savedCents, currency } = quantity.price;
  say("total-credits", creditsText(credits));
  say("total-unit", unitPriceText(unitPriceMicros, currency));
  say("total-amount", moneyText(amountCents, currency));
  say("total-saving", savedCents > 0 ? `You save ${moneyText(savedCents, currency)}` : "");
  showBargain(list, quantity.price);
}

/** A tier just above may make more credits cost less: then say so, with a button that takes them. */
function showBargain(list: PriceList, price: Price): void {
  const better = list.tiers
    .filter((tier) => tier.fromCredits > price.credits)
    .flatMap((tier) => {
      const priced = priceOf(list, tier.fromCredits);
      return priced.ok && priced.price.amountCents <= price.amountCents ? [priced.price] : [];
    })
    .at(-1);
  if (better === undefined) {
    say("bargain", "");
    return;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = `Take ${creditsText(better.credits)}`;
  button.addEventListener("click", () => chooseQuantity(better.credits));
  const costs = moneyText(better.amountCents, better.currency);
  const words = better.amountCents === price.amountCents ? "no more than" : "less than";
  sayWith(
    "bargain",
    `${creditsText(better.credits)} cost ${costs}, ${words} these ${creditsText(price.credits)}.`,
    button,
  );
}

/** Chooses `credits`: its pack, where there is one, or else as another quantity. */
function chooseQuantity(credits: number): void {
  const form = part("buy", HTMLFormElement);
  const other = form.querySelector("input[name=pack][value=other]");
  const radio = form.querySelector(`input[name=pack][value="${toCredits(credits)}"]`) ?? other;
  if (radio instanceof HTMLInputElement) {
    radio.checked = true;
    if (radio === other) {
      part("quantity", HTMLInputElement).value = credits.toLocaleString("en");
    }
    radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/**
 * Puts the prices of a newer page's form in place of those here, and chooses the same quantity again. Answers whether
 * that form has any.
 */
export function showPrices(fresh: HTMLFormElement): boolean {
  const form = part("buy", HTMLFormElement);
  const prices = fresh.dataset["prices"];
  const quantities = fresh.querySelector("#quantities");
  if (prices === undefined || quantities === null) {
    return false;
  }
  const chosen = form.querySelector("input[name=pack]:checked");
  const pack = chosen instanceof HTMLInputElement ? chosen.value : "other";
  const typed = part("quantity", HTMLInputElement).value;
  form.dataset["prices"] = prices;
  part("quantities", HTMLFieldSetElement).replaceWith(quantities);
  part("quantity", HTMLInputElement).value = typed;
  tieOtherQuantity();
  const radio = form.querySelector(`input[name=pack][value="${CSS.escape(pack)}"]`);
  if (radio instanceof HTMLInputElement) {
    radio.checked = true;
  } else {
    // The pack is no longer offered; its quantity still is.
    chooseQuantity(Number(pack));
  }
  return true;
}

/** Typing another quantity chooses it, and choosing it with the mouse leads to the field. */
export function tieOtherQuantity(): void {
  const quantity = part("quantity", HTMLInputElement);
  const other = part("buy", HTMLFormElement).querySelector("input[name=pack][value=other]");
  if (!(other instanceof HTMLInputElement)) {
    return;
  }
  quantity.addEventListener("input", () => {
    other.checked = true;
  });
  // A click by keyboard, as the arrow keys make them, has no detail: there, focus stays where it is.
  other.addEventListener("click", (event) => {
    if (event.detail > 0) {
      quantity.focus();
    }
  });
}
