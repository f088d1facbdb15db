/** The form that buys credits: one press places one order, and follows it to an end the customer understands. */
import type { PriceList } from "../../domain/prices.ts";
import { moneyText } from "../amount-text.ts";
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
// How long a request may be on its way, and how long to wait for one that may be.
const ARRIVAL_MILLISECONDS = 30_000;
const ARRIVAL_PAUSE_SECONDS = 3;

let isBusy = false;
let isCardFormWanted = false;

/** Brings the form to life, and first finishes an order that a reload or the back button cut off. */
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
  // Only the button pays. It is no submit button, or the Enter key in any field would press it.
  form.addEventListener("submit", (event) => event.preventDefault());
  part("pay", HTMLButtonElement).addEventListener("click", () => void whileBusy(pay));
  showChoice();
  // Stripe's script tells people from programs by what it sees of the page, so it is here from the start.
  loadStripe().catch(() => undefined);
  await whileBusy(finishLeftOrder);
}

/** Whether an order is on its way, and the page must stay as it is. */
export function isBuying(): boolean {
  return isBusy;
}

/** Runs one act at a time, and shows for as long as it lasts that it does. */
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
      "Something went wrong in this page. Reload it: an order you placed will be found again.",
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
  // An order without an end comes first. It may be paid by now, and then this press must not pay another.
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

/** Finishes the order this tab left without an end. Answers whether there was one to tell of. */
async function finishLeftOrder(): Promise<boolean> {
  const left = unfinishedOrder();
  if (left === null) {
    return false;
  }
  const { order, keptAt } = left;
  if (order.card_id === undefined && order.confirmation_token === undefined) {
    // It never got as far as being sent.
    forgetOrder();
    return false;
  }
  report("Looking for your last order…");
  let answer = await settleOrder(order.order_id);
  if (isUnknown(answer) && Date.now() - keptAt < ARRIVAL_MILLISECONDS) {
    // A reload does not call back what was sent before it: it may be arriving only now.
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

/** Tells of an order's end, beside what it is about; `cardId` is the saved card it was to be paid with. */
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
      // The bank's question is open, so nothing can be charged: the next press is a new order.
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

/** The price is no longer the one shown: shows the new one, to be agreed to by pressing again. What is typed stays. */
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
  // A failed load has put its own message there, with a button.
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

/** Shows where a long act is: on the button, and to screen readers. What does not fit there stands beneath it. */
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

/** Holds the choice fast while an order is under way. Stripe's fields stay open: it may lead the customer to one. */
function lockChoice(isLocked: boolean): void {
  part("pay", HTMLButtonElement).disabled = isLocked;
  for (const fieldset of document.querySelectorAll("#quantities, #pay-with fieldset")) {
    fieldset.toggleAttribute("disabled", isLocked);
  }
}

/** Brings total, card form and button in step with what is chosen, and lets it be changed. */
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

/** The id of the saved card that is chosen; null for a new one. */
function chosenCard(): string | null {
  const chosen = chosenCardInput();
  return chosen === null || chosen.value === "new" ? null : chosen.value;
}

function chosenCardInput(): HTMLInputElement | null {
  const chosen = document.querySelector("input[name=card]:checked");
  return chosen instanceof HTMLInputElement ? chosen : null;
}
