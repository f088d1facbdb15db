/** 3-D Secure: which cards want their holder, when, and what the browser is given. */
import { type Card, behaviourOf } from "./cards.ts";
import { randomLetters } from "./ids.ts";

/** What authentication the card wants for a step. */
export type Authentication = "none" | "challenge" | "off_session_refused" | "lookup_fails";

/**
 * Decides as https://docs.stripe.com/testing describes each card; `asked` is
 * `request_three_d_secure`. Unconfirmed against Stripe: that …3220 is quiet once set up.
 */
export function authenticationFor(
  card: Card,
  step: "setup" | "payment",
  { offSession, asked }: { offSession: boolean; asked: string | null },
): Authentication {
  const { authentication } = behaviourOf(card);
  if (authentication === undefined) {
    return "none";
  }
  const wanted = asked === "any" || asked === "challenge";
  switch (authentication) {
    case "supported": {
      return wanted && !offSession ? "challenge" : "none";
    }
    case "lookup_fails": {
      return "lookup_fails";
    }
    case "always": {
      return offSession ? "off_session_refused" : "challenge";
    }
    case "on_session": {
      return challengeUnless(offSession && card.setUp, offSession);
    }
    case "set_up_already": {
      return offSession ? "none" : "challenge";
    }
    case "once": {
      return challengeUnless(step === "payment" && card.setUp && !wanted, offSession);
    }
  }
}

function challengeUnless(quiet: boolean, offSession: boolean): Authentication {
  if (quiet) {
    return "none";
  }
  return offSession ? "off_session_refused" : "challenge";
}

/** What an intent that waits for its customer carries: data for Stripe.js, or a page to send the customer to. */
export function challengeAction(publicUrl: string, clientSecret: string, returnUrl: string | null) {
  if (returnUrl !== null) {
    const query = new URLSearchParams({ client_secret: clientSecret, return_url: returnUrl });
    return {
      type: "redirect_to_url",
      redirect_to_url: {
        return_url: returnUrl,
        url: `${publicUrl}/stand-in/stripe/challenge?${query.toString()}`,
      },
    };
  }
  return {
    type: "use_stripe_sdk",
    use_stripe_sdk: {
      type: "three_d_secure_redirect",
      source: `src_${randomLetters(24)}`,
      stripe_js: `${publicUrl}/stand-in/stripe/challenge`,
    },
  };
}

/** How an authentication ended, as charges and setup attempts record it. */
export function authenticatedBy(card: Card, authenticated: boolean) {
  if (!authenticated) {
    return null;
  }
  return {
    authentication_flow: "challenge" as const,
    electronic_commerce_indicator:
      behaviourOf(card).brand === "mastercard" ? ("02" as const) : ("05" as const),
    result: "authenticated" as const,
    result_reason: null,
    transaction_id: crypto.randomUUID(),
    version: "2.2.0" as const,
  };
}

/**
 * Whether a challenge is left to Stripe.js on the page, rather than sending the customer to `return_url` by way of
 * the bank. A confirmation token says so by itself; a call with a saved card has to.
 * https://docs.stripe.com/api/payment_intents/create#create_payment_intent-use_stripe_sdk
 */
export function isLeftToStripeJs(params: {
  use_stripe_sdk?: boolean | undefined;
  confirmation_token?: string | undefined;
}): boolean {
  return params.use_stripe_sdk ?? params.confirmation_token !== undefined;
}
