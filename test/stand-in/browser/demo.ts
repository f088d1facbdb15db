/** The script of /stand-in/elements/demo: mounts the elements and prints what they say. */
import type { Appearance, StripeConstructor, StripeElements } from "@stripe/stripe-js";
import { find } from "./frames/form-field.ts";

declare global {
  interface Window {
    Stripe?: StripeConstructor;
  }
}

const form = find(document, "#demo", HTMLFormElement);
const actionForm = find(document, "#action", HTMLFormElement);
const log = find(document, ".log", HTMLElement);
const stripe = window.Stripe?.(form.dataset["key"] ?? "");
let elements: StripeElements | undefined;

function say(what: string, value: unknown): void {
  log.prepend(`${what} ${JSON.stringify(value, null, 2)}\n`);
}

function chosen(name: string): boolean {
  return find(form, `[name=${name}]`, HTMLInputElement).checked;
}

function appearance(): Appearance {
  const theme = find(form, "[name=theme]", HTMLSelectElement).value;
  find(form, ".demo-stage", HTMLElement).dataset["theme"] = theme;
  return { theme: theme === "night" || theme === "flat" ? theme : "stripe" };
}

function mount(): void {
  elements?.getElement("payment")?.destroy();
  elements?.getElement("address")?.destroy();
  elements = stripe?.elements({
    mode: "setup",
    currency: "usd",
    paymentMethodCreation: "manual",
    allowedPaymentMethodTypes: ["card"],
    appearance: appearance(),
  });
  const payment = elements?.create("payment");
  payment?.mount("#payment-element");
  payment?.on("ready", (event) => say("ready", event));
  payment?.on("change", (event) => say("change", event));
  find(document, "[data-address-title]", HTMLElement).hidden = !chosen("address");
  if (chosen("address")) {
    const address = elements?.create("address", {
      mode: "billing",
      fields: { phone: chosen("phone") ? "always" : "never" },
    });
    address?.mount("#address-element");
    address?.on("ready", (event) => say("ready", event));
    address?.on("change", (event) => say("change", event));
  }
}

async function makeToken(): Promise<void> {
  const submitted = await elements?.submit();
  if (!elements || !stripe || submitted?.error) {
    say("submit", submitted);
    return;
  }
  say("createConfirmationToken", await stripe.createConfirmationToken({ elements }));
}

async function handleAction(): Promise<void> {
  const clientSecret = find(actionForm, "[name=clientSecret]", HTMLInputElement).value.trim();
  try {
    say("handleNextAction", await stripe?.handleNextAction({ clientSecret }));
  } catch (error) {
    say("handleNextAction threw", String(error));
  }
}

find(form, "[name=theme]", HTMLSelectElement).addEventListener("change", () => {
  void elements?.update({ appearance: appearance() });
});
for (const box of form.querySelectorAll("[type=checkbox]")) {
  box.addEventListener("change", mount);
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void makeToken();
});
actionForm.addEventListener("submit", (event) => {
  event.preventDefault();
  void handleAction();
});
mount();
