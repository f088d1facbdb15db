/** The bank's challenge: a modal dialog around the bank's page, as Stripe.js opens for 3-D Secure. */
import type { StripeError } from "@stripe/stripe-js";
import * as z from "zod/mini";
import { stripeErrorSchema } from "../frames/protocol.ts";
import { callStripe, type Caller } from "./api.ts";
import { openFrame } from "./frame.ts";

const outcomeSchema = z.object({ error: z.nullable(stripeErrorSchema) });

/** Its own stylesheet in its own tree: the page's styles do not reach it, and the page's CSP need not allow it. */
const dialogStyle = `
  dialog { inline-size: min(26rem, calc(100vw - 1.5rem)); max-block-size: calc(100dvh - 1.5rem); padding: 0; border: 0;
    border-radius: 12px; overflow: hidden; background: #fff; color: #1f2328; color-scheme: light;
    box-shadow: 0 20px 60px rgb(0 0 0 / 35%); font: 15px/1.4 system-ui, sans-serif; }
  dialog::backdrop { background: rgb(15 18 25 / 55%); }
  header { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .5rem .5rem .5rem 1.25rem;
    border-bottom: 1px solid #d8dee4; }
  h2 { margin: 0; font-size: 1rem; font-weight: 600; }
  button { inline-size: 2.75rem; block-size: 2.75rem; border: 0; border-radius: 8px; background: none; color: inherit;
    font: 1.5rem/1 system-ui, sans-serif; cursor: pointer; }
  button:hover { background: #eef1f4; }
  button:focus { outline: 2px solid #0b57d0; outline-offset: -2px; }
  iframe { display: block; inline-size: 100%; block-size: 21rem; border: 0; }
`;

/**
 * Opens the dialog and resolves once the challenge has an outcome, which the intent then carries; with an
 * error only when Stripe could not be told. Closing the dialog, by its button or by Escape, fails the
 * authentication, as at Stripe.
 */
export async function showChallenge(
  caller: Caller,
  clientSecret: string,
  amount: string | null,
): Promise<{ error: StripeError | null }> {
  const { host, dialog, close, body } = challengeDialog();
  document.body.append(host);
  dialog.showModal();

  const cancelled = new Promise<"cancelled">((resolve) => {
    const cancel = () => resolve("cancelled");
    close.addEventListener("click", cancel);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      cancel();
    });
    body.addEventListener("stand-in:escape", cancel);
  });
  const frame = openFrame(new URL("challenge", caller.standInUrl).href, "Your bank’s page", (message) => {
    if (message.kind === "escape") {
      body.dispatchEvent(new Event("stand-in:escape"));
    }
    if (message.kind === "leave") {
      close.focus();
    }
    if (message.kind === "height") {
      frame.iframe.style.height = `${message.height}px`;
    }
  });
  body.append(frame.iframe);
  const { publishableKey } = caller;
  const answered = frame.ask({ kind: "challenge", publishableKey, clientSecret, amount }, outcomeSchema);

  const outcome = await Promise.race([answered, cancelled]);
  dialog.close();
  frame.remove();
  host.remove();
  return outcome === "cancelled" ? failChallenge(caller, clientSecret) : outcome;
}

async function failChallenge(caller: Caller, clientSecret: string): Promise<{ error: StripeError | null }> {
  const answer = await callStripe(caller, "challenge", z.unknown(), {
    client_secret: clientSecret,
    outcome: "failed",
  });
  return { error: answer.ok ? null : answer.error };
}

function challengeDialog() {
  const host = document.createElement("div");
  const tree = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(dialogStyle);
  tree.adoptedStyleSheets = [sheet];

  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "title");
  const header = document.createElement("header");
  const title = document.createElement("h2");
  title.id = "title";
  title.textContent = "Your bank wants to know it is you";
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", "Cancel authentication");
  close.textContent = "×";
  header.append(title, close);
  const body = document.createElement("div");
  dialog.append(header, body);
  tree.append(dialog);
  return { host, dialog, close, body };
}
