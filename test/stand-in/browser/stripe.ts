/**
 * The local stand-in for Stripe.js: defines `window.Stripe` with the calls Denarius makes. Loaded only where
 * a variable names this script; the real one comes from js.stripe.com.
 */
import type { PaymentIntentOrSetupIntentResult, Stripe, StripeElementsOptionsMode } from "@stripe/stripe-js";
import type { Caller } from "./stripe/api.ts";
import { createConfirmationToken } from "./stripe/confirmation-token.ts";
import { elementsGroup } from "./stripe/elements-group.ts";
import { integrationError } from "./stripe/integration-error.ts";
import { retrievePaymentIntent, retrieveSetupIntent } from "./stripe/intents.ts";
import { handleNextAction } from "./stripe/next-action.ts";
import { assertTestKey, standInUrl } from "./stripe/place.ts";

type Elements = (options?: StripeElementsOptionsMode) => ReturnType<typeof elementsGroup>;
type HandleNextAction = (options: { clientSecret: string }) => Promise<PaymentIntentOrSetupIntentResult>;

/** What is supported is called as at Stripe and answers as Stripe does; the compiler checks that. */
type Supported = Pick<Stripe, "createConfirmationToken" | "retrievePaymentIntent" | "retrieveSetupIntent"> & {
  elements: Stripe["elements"] extends Elements ? Elements : never;
  handleNextAction: Stripe["handleNextAction"] extends HandleNextAction ? HandleNextAction : never;
};

/** `Stripe(publishableKey)`. Every call that the stand-in lacks throws and says so. */
function standInStripe(publishableKey: string): Supported {
  assertTestKey(publishableKey);
  const caller: Caller = { standInUrl, publishableKey };
  const supported: Supported = {
    elements: (options) => elementsGroup(caller, options),
    createConfirmationToken,
    handleNextAction: (options) => handleNextAction(caller, options),
    retrievePaymentIntent: (clientSecret) => retrievePaymentIntent(caller, clientSecret),
    retrieveSetupIntent: (clientSecret) => retrieveSetupIntent(caller, clientSecret),
  };
  return new Proxy(supported, { get: (stripe, name, receiver) => supportedCall(stripe, name, receiver) });
}

/** Promises and loaders look for `then` and names with an underscore, which are rightly absent. */
function supportedCall(stripe: Supported, name: string | symbol, receiver: unknown): unknown {
  if (name in stripe || typeof name === "symbol" || name === "then" || name.startsWith("_")) {
    return Reflect.get(stripe, name, receiver);
  }
  return () => {
    throw integrationError(`The local stand-in for Stripe.js does not have stripe.${name}().`);
  };
}

Object.assign(window, { Stripe: Object.assign(standInStripe, { version: "endive" }) });
