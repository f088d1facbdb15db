/**
 * The bank's page for an intent that was confirmed with `use_stripe_sdk=false` and a `return_url`: it asks,
 * and sends the customer back as Stripe's hosted page does, with the outcome in the address.
 */
import { html } from "hono/html";

/** The page itself. */
export function challengePage(clientSecret: string, returnUrl: string) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Your bank</title>
        <style>
          body {
            font: 1rem/1.5 system-ui;
            margin: 15vh auto;
            max-width: 24rem;
            padding: 0 1rem;
          }
          button {
            font: inherit;
            padding: 0.5rem 1rem;
          }
        </style>
      </head>
      <body>
        <h1>Is it you?</h1>
        <p>The stand-in's bank wants to know that its customer is paying.</p>
        <form method="post" action="/stand-in/stripe/challenge/return">
          <input type="hidden" name="client_secret" value="${clientSecret}" />
          <input type="hidden" name="return_url" value="${returnUrl}" />
          <button name="outcome" value="authenticated">Yes, complete</button>
          <button name="outcome" value="failed">No, fail</button>
        </form>
      </body>
    </html>`;
}

/** Where the customer returns to: the return address with what Stripe adds to it. */
export function returnAddress(returnUrl: string, clientSecret: string, succeeded: boolean): string | null {
  if (!URL.canParse(returnUrl)) {
    return null;
  }
  const url = new URL(returnUrl);
  const [id = ""] = clientSecret.split("_secret_");
  const noun = id.startsWith("pi_") ? "payment_intent" : "setup_intent";
  url.searchParams.set(noun, id);
  url.searchParams.set(`${noun}_client_secret`, clientSecret);
  url.searchParams.set("redirect_status", succeeded ? "succeeded" : "failed");
  return /^https?:$/.test(url.protocol) ? url.href : null;
}
