/** What an account page needs for its script: the script itself, a place for its messages, and the Stripe settings. */
import type { Settings } from "../../settings.ts";

/** The account pages' script. If Stripe.js will be needed, it is preloaded here and started by our script, which can retry. */
export function AccountScript({ stripeScriptUrl }: { stripeScriptUrl?: string }) {
  return (
    <>
      {stripeScriptUrl !== undefined && <link rel="preload" as="script" href={stripeScriptUrl} />}
      <script type="module" src="/account.js"></script>
    </>
  );
}

/** Where the script announces the outcome of an order. */
export function Done() {
  return <div id="done" tabindex={-1}></div>;
}

/** What the script needs to show the bank's challenge on a page without the form. */
export function stripeOf({ stripe }: Settings) {
  return { "data-stripe-script": stripe.scriptUrl, "data-stripe-key": stripe.publishableKey };
}
