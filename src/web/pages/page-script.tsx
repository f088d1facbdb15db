/** What a page of the account's needs for its script: the script itself, where it speaks, and what it must know of Stripe. */
import type { Settings } from "../../settings.ts";

/** The script of the account's pages; where Stripe's own will be needed it is fetched early and started by ours, which can try again. */
export function AccountScript({ stripeScriptUrl }: { stripeScriptUrl?: string }) {
  return (
    <>
      {stripeScriptUrl !== undefined && <link rel="preload" as="script" href={stripeScriptUrl} />}
      <script type="module" src="/account.js"></script>
    </>
  );
}

/** Where the script says what an order came to. */
export function Done() {
  return <div id="done" tabindex={-1}></div>;
}

/** What the script needs to put the bank's question, on a page without the form. */
export function stripeOf({ stripe }: Settings) {
  return { "data-stripe-script": stripe.scriptUrl, "data-stripe-key": stripe.publishableKey };
}
