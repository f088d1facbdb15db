/** The form that buys credits: one press places one order and follows it to an outcome the customer understands. */
import type { PriceList } from "../../domain/prices.ts";
import { moneyText } from "../../amount-text.ts";
import { type Answer, type OrderRequest, placeOrder, settleOrder } from "./api.ts";
import {
  askAgainFor,
  clearCard,
  createToken,
  focusCardForm,
  mountCardForm,
  type Place,
} from "./card-form.ts";
import { type End, followOrder, isUnknown, pause } from "./follow.ts";
import { renewPage, renewPrices, showPaid } from "./page.ts";
import { goTo, part, say, sayWith, signInLink } from "./parts.ts";
import { chosenQuantity, showTotal, tieOtherQuantity } from "./quantity.ts";
import { loadStripe } from "./stripe-script.ts";
import { forgetOrder, keepOrder, newOrder, unfinishedOrder } from "./unfinished-order.ts";

const form = document.querySelector("form#buy");
// How long a request may still be in flight, and how long to wait for one that may be.
const ARRIVAL_MILLISECONDS = 30_000;
const ARRIVAL_PAUSE_SECONDS = 3;

let isBusy = false;
let isCardFormWanted = false;

/** Sets up the form, then finishes any order that a reload or the Back button interrupted. */
export async function startBuying(): Promise<void> {
  if (!(form instanceof HTMLFormElement)) {
    return;
  }
  tieOtherQuantity();
  for (const type of ["input", "change"]) {
    form.addEventListener(type, () => {
      if (!isBusy) {
        say("total-error", "");
        showChoice();
      }
    });
  }
  // Only the button pays. It is not a submit button, because Enter in any field would press it.
  form.addEventListener("submit", (event) => event.preventDefault());
  part("pay", HTMLButtonElement).addEventListener("click", () => void whileBusy(pay));
  showChoice();
  // Stripe.js detects bots by watching the page, so load it from the start.
  loadStripe().catch(() => undefined);
  await whileBusy(finishLeftOrder);
}

/** Whether an order is in progress, so that the page must not change. */
export function isBuying(): boolean {
  return isBusy;
}

/** Runs one action at a time, and resets the form when it is done. */
async function whileBusy(act: () => Promise<unknown>): Promise<void> {
  if (isBusy) {
    return;
  }
  isBusy = true;
  try {
    await act();
  } catch (error) {
    say(
      "form-error",
      "Something went wrong on this page. Reload it: any order you placed will be found again.",
    );
    goTo(part("form-error", HTMLElement));
    throw error;
  } finally {
    isBusy = false;
    showChoice();
  }
}

async function pay(): Promise<void> {
  clearErrors();
  const quantity = chosenQuantity(prices());
  if (!quantity.ok) {
    say("quantity-error", quantity.message);
    part("quantity", HTMLInputElement).focus();
    return;
  }
  // Finish an unfinished order first. It may be paid by now, and then this press must not pay for another.
  if (await finishLeftOrder()) {
    return;
  }
  const cardId = chosenCard();
  const keepCard = part("keep-card", HTMLInputElement).checked;
  const { credits, amountCents } = quantity.price;
  const content = { credits, amount_cents: amountCents, save_card: cardId === null && keepCard };
  let order: OrderRequest = newOrder(cardId === null ? content : { ...content, card_id: cardId });
  keepOrder(order);
  if (cardId === null) {
    report("Checking your card…");
    const token = await createToken();
    if (!token.ok) {
      forgetOrder();
      await sayAtCard(token.place, token.message);
      return;
    }
    order = { ...order, confirmation_token: token.id };
    keepOrder(order);
  }
  report("Paying…");
  await show(await followOrder(order.order_id, await placeOrder(order), report, order), cardId);
}

/** Finishes the order this tab left unfinished. Returns whether there was one to report on. */
async function finishLeftOrder(): Promise<boolean> {
  const left = unfinishedOrder();
  if (left === null) {
    return false;
  }
  const { order, keptAt } = left;
  if (order.card_id === undefined && order.confirmation_token === undefined) {
    // It was never sent.
    forgetOrder();
    return false;
  }
  report("Looking for your last order…");
  let answer = await settleOrder(order.order_id);
  if (isUnknown(answer) && Date.now() - keptAt < ARRIVAL_MILLISECONDS) {
    // A reload does not cancel a request sent before it, which may be arriving only now.
    await pause(ARRIVAL_PAUSE_SECONDS);
    answer = await settleOrder(order.order_id);
  }
  const end = await followOrder(order.order_id, answer, report);
  if (end.kind === "unknown") {
    forgetOrder();
    return false;
  }
  await show(end, order.card_id ?? null);
  return true;
}

/** Shows how an order ended, beside what it concerns; `cardId` is the saved card it was placed with, if any. */
async function show(end: End, cardId: string | null): Promise<void> {
  switch (end.kind) {
    case "paid": {
      forgetOrder();
      if (cardId === null) {
        await clearCard();
      }
      await showPaid(end);
      return;
    }
    case "failed": {
      forgetOrder();
      if (end.code === "price_changed") {
        await sayAtTotal(end.message);
        return;
      }
      await renewPage("keep");
      showChoice();
      await sayWhere(end, cardId);
      return;
    }
    case "unanswered": {
      // The bank's challenge is still open, so nothing can be charged: the next press places a new order.
      forgetOrder();
      await renewPage("keep");
      sayAtForm(end.message);
      return;
    }
    case "waiting": {
      await renewPage("keep");
      sayAtForm(end.message);
      return;
    }
    case "signed_out": {
      sayAtForm(
        "You are no longer signed in. ",
        signInLink(),
        ", then come back here and press the button again.",
      );
      return;
    }
    case "unknown": {
      forgetOrder();
      sayAtForm("This order did not reach us. You have not been charged. Please try again.");
    }
  }
}

async function sayWhere(failed: Extract<Answer, { kind: "failed" }>, cardId: string | null): Promise<void> {
  const { code, message, fields } = failed;
  if (code === "invalid_request" && fields.includes("credits")) {
    say("quantity-error", message);
    part("quantity", HTMLInputElement).focus();
    return;
  }
  const isAboutCard =
    code === "card_declined" ||
    code === "card_check_failed" ||
    fields.some((field) => field === "card_id" || field === "confirmation_token");
  if (!isAboutCard) {
    sayAtForm(message);
  } else if (cardId === null || chosenCard() === null) {
    const wrong = fields.filter((field) => field === "line1" || field === "postal_code");
    if (code === "card_check_failed" && wrong.length > 0) {
      showChoice();
      await askAgainFor(wrong, message);
    } else {
      await sayAtCard(placeOf(failed), message);
    }
  } else {
    say("card-error", message);
    goTo(part("card-error", HTMLElement));
  }
}

/** The price has changed: shows the new one, which the customer accepts by pressing again. Keeps what was typed. */
async function sayAtTotal(message: string): Promise<void> {
  const areRenewed = await renewPrices();
  showChoice();
  const reload = document.createElement("a");
  reload.href = "/account";
  reload.textContent = "Show the new price";
  sayWith("total-error", message, ...(areRenewed ? [] : [" ", reload]));
  goTo(part("total-error", HTMLElement));
}

/** Which half of the card form a failure is about. */
function placeOf({ fields, declineCode }: Extract<Answer, { kind: "failed" }>): Place {
  const isAboutAddress =
    fields.includes("line1") ||
    fields.includes("postal_code") ||
    declineCode === "incorrect_zip" ||
    declineCode === "incorrect_address";
  return isAboutAddress ? "address" : "payment";
}

async function sayAtCard(place: Place, message: string): Promise<void> {
  showChoice();
  // If the card form failed to load, its message with the retry button is already there.
  if (part(`${place}-error`, HTMLElement).textContent !== message) {
    say(`${place}-error`, message);
  }
  await focusCardForm(place);
}

function sayAtForm(...pieces: (string | Node)[]): void {
  sayWith("form-error", ...pieces);
  goTo(part("form-error", HTMLElement));
}

function clearErrors(): void {
  for (const error of document.querySelectorAll("#buy .field-error")) {
    error.textContent = "";
  }
  part("done", HTMLElement).replaceChildren();
}

/** Shows progress on the button and to screen readers; text too long for the button goes beneath it. */
function report(progress: string): void {
  const button = part("pay", HTMLButtonElement);
  const isShort = progress.length < 40;
  lockChoice(true);
  button.setAttribute("aria-busy", "true");
  if (isShort) {
    button.textContent = progress;
  }
  part("progress", HTMLElement).classList.toggle("spoken", isShort);
  say("progress", progress);
}

/** Locks the choices while an order is in progress. Stripe's fields stay enabled, because Stripe may move focus to one. */
function lockChoice(isLocked: boolean): void {
  part("pay", HTMLButtonElement).disabled = isLocked;
  for (const fieldset of document.querySelectorAll("#quantities, #pay-with fieldset")) {
    fieldset.toggleAttribute("disabled", isLocked);
  }
}

/** Updates the total, the card form and the button to match the choices, and unlocks them. */
function showChoice(): void {
  const list = prices();
  const quantity = chosenQuantity(list);
  showTotal(list, quantity);
  const card = chosenCardInput();
  const isNew = chosenCard() === null;
  part("new-card", HTMLElement).hidden = !isNew;
  if (isNew && !isCardFormWanted) {
    isCardFormWanted = true;
    void mountCardForm();
  }
  const button = part("pay", HTMLButtonElement);
  const amount = quantity.ok ? ` ${moneyText(quantity.price.amountCents, list.currency)}` : "";
  button.textContent = `Pay${amount}${isNew ? "" : ` with ${card?.dataset["card"]}`}`;
  button.removeAttribute("aria-busy");
  say("progress", "");
  lockChoice(false);
}

function prices(): PriceList {
  return JSON.parse(part("buy", HTMLFormElement).dataset["prices"] ?? "");
}

/** The id of the chosen saved card; null for a new card. */
function chosenCard(): string | null {
  const chosen = chosenCardInput();
  return chosen === null || chosen.value === "new" ? null : chosen.value;
}

function chosenCardInput(): HTMLInputElement | null {
  const chosen = document.querySelector("input[name=card]:checked");
  return chosen instanceof HTMLInputElement ? chosen : null;
}
