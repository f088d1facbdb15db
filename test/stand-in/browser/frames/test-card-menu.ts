/** The "Test cards" button of the payment form: a small list that fills the form. */
import { find } from "./form-field.ts";

/** Wires the menu up. `pick` gets the chosen card's number and its country. */
export function testCardMenu(pick: (card: { number: string; country: string }) => void): void {
  const toggle = find(document, ".TestCards-toggle", HTMLButtonElement);
  const list = find(document, ".TestCards-list", HTMLElement);

  function open(isOpen: boolean) {
    list.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
  }

  toggle.addEventListener("click", () => {
    open(toggle.getAttribute("aria-expanded") === "false");
    if (!list.hidden) {
      find(list, "button", HTMLButtonElement).focus();
    }
  });

  list.addEventListener("click", (event) => {
    const chosen = event.target instanceof Element ? event.target.closest("button") : null;
    const { number, country } = chosen?.dataset ?? {};
    if (number !== undefined && country !== undefined) {
      open(false);
      toggle.focus();
      pick({ number, country });
    }
  });

  document.addEventListener("keydown", (event) => {
    if (list.hidden) {
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      open(false);
      toggle.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      moveFocus(list, step);
    }
  });
}

function moveFocus(list: HTMLElement, step: number): void {
  const cards = [...list.querySelectorAll("button")];
  const at = cards.findIndex((card) => card === document.activeElement);
  cards[(at + step + cards.length) % cards.length]?.focus();
}
