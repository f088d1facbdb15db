/** The quantity of credits: the packs, another quantity, and the resulting total. Only the server decides the price. */
import { type Credits, isCredits, toCredits } from "../../domain/credits.ts";
import { type Price, type PriceList, priceOf } from "../../domain/prices.ts";
import { creditsText, moneyText, unitPriceText } from "../../amount-text.ts";
import { part, say, sayWith } from "./parts.ts";

/** The chosen quantity with its price, or what is wrong with it. */
export type Quantity = { ok: true; price: Price } | { ok: false; message: string };

/** The chosen quantity, priced by `list`. */
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
      return { ok: false, message: `The minimum order is ${creditsText(priced.failure.minCredits)}.` };
    }
    case "above_maximum": {
      return { ok: false, message: `The maximum order is ${creditsText(priced.failure.maxCredits)}.` };
    }
    case "no_prices": {
      return { ok: false, message: "No credits are for sale at the moment." };
    }
  }
}

/**
 * Reads `text` as credits, plain or with one of the usual thousands separators; null for anything else. "12.50" is
 * meant as an amount of money and must not become 1,250 credits.
 */
function readCredits(text: string): Credits | null {
  const isPlain = /^\d+$/.test(text);
  const isGrouped = /^\d{1,3}(?:([\s,.'’_])\d{3})(?:\1\d{3})*$/.test(text);
  const credits = Number(text.replaceAll(/\D/g, ""));
  return (isPlain || isGrouped) && isCredits(credits) ? credits : null;
}

/** Shows the total of `quantity`, and says if more credits would cost no more. */
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

/** If a higher price tier gives more credits for no more money, says so, with a button that chooses them. */
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
  button.textContent = `Choose ${creditsText(better.credits)}`;
  button.addEventListener("click", () => chooseQuantity(better.credits));
  const costs = moneyText(better.amountCents, better.currency);
  const words = better.amountCents === price.amountCents ? "the same as" : "less than";
  sayWith(
    "bargain",
    `${creditsText(better.credits)} cost ${costs}, ${words} ${creditsText(price.credits)}.`,
    button,
  );
}

/** Chooses `credits`: its pack if there is one, otherwise as another quantity. */
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
 * Replaces the prices with those of the form on a newer page, and chooses the same quantity again. Returns whether that
 * form has any.
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
    // The pack is no longer offered, but its quantity still is.
    chooseQuantity(Number(pack));
  }
  return true;
}

/** Makes typing another quantity choose it, and choosing it with the mouse focus the field. */
export function tieOtherQuantity(): void {
  const quantity = part("quantity", HTMLInputElement);
  const other = part("buy", HTMLFormElement).querySelector("input[name=pack][value=other]");
  if (!(other instanceof HTMLInputElement)) {
    return;
  }
  quantity.addEventListener("input", () => {
    other.checked = true;
  });
  // Clicks made by keyboard, such as with the arrow keys, have a `detail` of 0: leave focus where it is.
  other.addEventListener("click", (event) => {
    if (event.detail > 0) {
      quantity.focus();
    }
  });
}
