/** Loads Stripe.js, which must come from Stripe and defines `window.Stripe`. A failed load can be retried. */
import type { Stripe, StripeConstructor } from "@stripe/stripe-js";

declare global {
  interface Window {
    Stripe?: StripeConstructor;
  }
}

const PATIENCE_MILLISECONDS = 20_000;

let loading: Promise<Stripe> | null = null;

/** Stripe, once its script has loaded. Rejects if it does not load; the next call tries again. */
export function loadStripe(): Promise<Stripe> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(): Promise<Stripe> {
  const page = document.querySelector("[data-stripe-script]");
  const url = page?.getAttribute("data-stripe-script");
  const key = page?.getAttribute("data-stripe-key");
  if (url === null || url === undefined || key === null || key === undefined) {
    throw new Error("The page does not say where Stripe's script is.");
  }
  if (window.Stripe === undefined) {
    await run(url);
  }
  if (window.Stripe === undefined) {
    throw new Error("Stripe's script defined nothing.");
  }
  return window.Stripe(key);
}

function run(url: string): Promise<void> {
  const script = document.createElement("script");
  return new Promise<void>((resolve, reject) => {
    const failed = () => {
      script.remove();
      reject(new Error("Stripe's script did not load."));
    };
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", failed);
    setTimeout(failed, PATIENCE_MILLISECONDS);
    script.src = url;
    document.head.append(script);
  });
}
