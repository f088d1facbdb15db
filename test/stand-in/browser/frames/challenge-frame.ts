/** Inside the challenge: the bank's page. It tells Stripe how the authentication went, then the page. */
import type { StripeError } from "@stripe/stripe-js";
import * as z from "zod/mini";
import { callStripe } from "../stripe/api.ts";
import { find } from "./form-field.ts";
import { hearPage, reportSizeAndFocus, tellPage } from "./page-link.ts";
import type { ToFrame } from "./protocol.ts";

type Challenge = Extract<ToFrame, { kind: "challenge" }>;

reportSizeAndFocus(find(document, "main", HTMLElement));
hearPage((message) => (message.kind === "challenge" ? ask(message) : undefined));

/** Shows what is to be authenticated; resolves once one of the buttons has been pressed and Stripe has been told. */
async function ask({
  publishableKey,
  clientSecret,
  amount,
}: Challenge): Promise<{ error: StripeError | null }> {
  find(document, "h1", HTMLElement).textContent =
    amount === null ? "Authenticate your card" : "Authenticate this payment";
  find(document, "[data-amount]", HTMLElement).textContent =
    amount ?? "The card is checked; nothing is charged.";
  document.body.classList.add("is-drawn");
  const buttons = [...document.querySelectorAll("button")];
  buttons[0]?.focus();
  leaveByTab(buttons);
  const outcome = await new Promise<string>((resolve) => {
    for (const button of buttons) {
      button.addEventListener("click", () => resolve(button.value), { once: true });
    }
  });
  for (const button of buttons) {
    button.disabled = true;
  }
  find(document, "output", HTMLElement).textContent = "Telling Stripe…";
  const standInUrl = new URL("/stand-in/", location.href).href;
  const answer = await callStripe({ standInUrl, publishableKey }, "challenge", z.unknown(), {
    client_secret: clientSecret,
    outcome,
  });
  return { error: answer.ok ? null : answer.error };
}

/**
 * Tab past either end goes to the dialog around the frame. Left to itself, the browser may go past the dialog to its
 * own buttons, and its close button would be out of reach of the keyboard.
 */
function leaveByTab(buttons: HTMLButtonElement[]): void {
  document.addEventListener("keydown", (event) => {
    const end = event.shiftKey ? buttons[0] : buttons.at(-1);
    if (event.key === "Tab" && document.activeElement === end) {
      event.preventDefault();
      tellPage({ kind: "leave" });
    }
  });
}
