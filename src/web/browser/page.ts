/** The page around the form: announces outcomes, and refreshes what an order has changed. */
import { creditsText } from "../../amount-text.ts";
import type { Answer } from "./api.ts";
import { goTo, part } from "./parts.ts";
import { showPrices } from "./quantity.ts";

// The parts an order may change. The form itself is not one of them, so what was typed in it stays.
const RENEWED = ["balance", "pay-with", "orders", "statement", "contact", "order"];

/**
 * Fetches the page again and replaces these parts; if that fails, leaves everything as it is. Keeps the chosen card, or
 * with `last_used` falls back to the one last used.
 */
export async function renewPage(choice: "keep" | "last_used", parts = RENEWED): Promise<void> {
  try {
    const fresh = await fetchPage();
    const chosen = document.querySelector("input[name=card]:checked")?.getAttribute("value");
    for (const id of parts) {
      const renewed = fresh.querySelector(`#${id}`);
      const shown = document.querySelector(`#${id}`);
      if (renewed !== null && shown !== null && !shown.isEqualNode(renewed)) {
        shown.replaceWith(renewed);
      }
    }
    if (choice === "keep" && chosen !== null && chosen !== undefined) {
      chooseCard(chosen);
    }
  } catch {
    // No connection: keep showing the last known state.
  }
}

/** Refreshes in the background, without replacing the part that has focus, the card choice, or any message. */
export async function renewQuietly(): Promise<void> {
  const parts = RENEWED.filter((id) => {
    const shown = document.querySelector(`#${id}`);
    return id !== "pay-with" && shown !== null && !shown.contains(document.activeElement);
  });
  if (parts.length > 0) {
    await renewPage("keep", parts);
  }
}

/** Fetches the account page again for its prices only. Returns whether they are now shown. */
export async function renewPrices(): Promise<boolean> {
  try {
    const fresh = (await fetchPage()).querySelector("form#buy");
    return fresh instanceof HTMLFormElement && showPrices(fresh);
  } catch {
    return false;
  }
}

async function fetchPage(): Promise<Document> {
  const response = await fetch(location.href, {
    headers: { Accept: "text/html" },
    credentials: "same-origin",
  });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const [there, here] = [fresh, document].map((page) => page.querySelector(".whoami span")?.textContent);
  if (there !== undefined && there !== here) {
    // Someone else has signed in in another tab, so nothing on this page is theirs.
    location.reload();
  }
  return fresh;
}

/** Chooses the card again, if it is still listed. */
function chooseCard(id: string): void {
  const radio = document.querySelector(`input[name=card][value="${CSS.escape(id)}"]`);
  if (radio instanceof HTMLInputElement) {
    radio.checked = true;
  }
}

/** Announces the outcome of an order at the top of the page, and moves there. */
export function notify(kind: "good" | "problem", text: string, link?: { href: string; text: string }): void {
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  notice.setAttribute("role", kind === "good" ? "status" : "alert");
  const words = document.createElement("strong");
  words.textContent = text;
  notice.append(words);
  if (link !== undefined) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    notice.append(anchor);
  }
  const done = part("done", HTMLElement);
  done.replaceChildren(notice);
  goTo(done);
}

/** Announces a paid order: the credits, the new balance, the receipt. */
export async function showPaid(paid: Extract<Answer, { kind: "paid" }>): Promise<void> {
  const balance = document.querySelector("[data-balance]");
  if (balance !== null) {
    balance.textContent = paid.balance.toLocaleString("en");
  }
  notify("good", `${creditsText(paid.credits)} added. Your balance is ${creditsText(paid.balance)}.`, {
    href: `/orders/${paid.orderId}/receipt`,
    text: paid.receiptNumber === null ? "Receipt" : `Receipt ${paid.receiptNumber}`,
  });
  await renewPage("last_used");
}
