/** The parameters that payment intents and setup intents share, and what they mean. */
import type Stripe from "stripe";
import { z } from "zod";
import { redeemConfirmationToken } from "./confirmation-tokens.ts";
import { idOf } from "./objects.ts";
import { flag, text } from "./params.ts";
import {
  createPaymentMethod,
  paymentMethodData,
  paymentMethodNamed,
  refuseSpent,
} from "./payment-methods.ts";
import { refuseParameter, refuseState } from "./refusals.ts";
import type { Sandbox } from "./sandbox.ts";

/** How the customer may pay. At most one of the first two, as at Stripe. */
export const methodChoice = {
  allowed_payment_method_types: z.array(text).optional(),
  automatic_payment_methods: z
    .strictObject({ enabled: flag, allow_redirects: z.enum(["always", "never"]).optional() })
    .optional(),
  excluded_payment_method_types: z.array(text).optional(),
};

/** What a confirmation may carry besides its own parameters. */
export const confirmation = {
  confirmation_token: text.optional(),
  payment_method: text.optional(),
  payment_method_data: paymentMethodData.optional(),
  return_url: text.optional(),
  use_stripe_sdk: flag.optional(),
  mandate_data: z
    .strictObject({
      customer_acceptance: z.strictObject({
        type: z.enum(["online", "offline"]),
        accepted_at: text.optional(),
        online: z.strictObject({ ip_address: text.optional(), user_agent: text.optional() }).optional(),
        offline: z.strictObject({}).optional(),
      }),
    })
    .optional(),
};

/** Decides which methods an intent allows: cards, whichever way that is said. */
export function choiceOf(params: {
  allowed_payment_method_types?: string[] | undefined;
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: string | undefined } | undefined;
  excluded_payment_method_types?: string[] | undefined;
}) {
  const names = (
    ["allowed_payment_method_types", "automatic_payment_methods", "excluded_payment_method_types"] as const
  ).filter((name) => params[name] !== undefined);
  const allowed = params.allowed_payment_method_types;
  if (allowed !== undefined && names.length > 1) {
    refuseParameter(
      `You may only specify one of these parameters: ${names.join(", ")}.`,
      names[1],
      "parameters_exclusive",
    );
  }
  if (allowed !== undefined && !allowed.includes("card")) {
    refuseParameter(
      `The stand-in only imitates cards; allowed_payment_method_types was ${allowed.join(", ")}.`,
      "allowed_payment_method_types",
    );
  }
  const automatic = params.automatic_payment_methods?.enabled ?? allowed === undefined;
  return {
    allowed_payment_method_types: allowed ?? null,
    automatic_payment_methods: automatic
      ? {
          allow_redirects: params.automatic_payment_methods?.allow_redirects ?? "always",
          enabled: true,
        }
      : null,
    excluded_payment_method_types: params.excluded_payment_method_types ?? null,
    payment_method_configuration_details: automatic ? { id: "pmc_standin", parent: null } : null,
    payment_method_types: allowed ?? ["card"],
  };
}

interface Confirmation {
  confirmation_token?: string | undefined;
  payment_method?: string | undefined;
  payment_method_data?: z.infer<typeof paymentMethodData> | undefined;
  return_url?: string | undefined;
  use_stripe_sdk?: boolean | undefined;
}

/** What a confirmation is about: the method, and what comes with a token. The call's own parameters take precedence. */
export interface ChosenMethod {
  readonly method: Stripe.PaymentMethod;
  readonly token: Stripe.ConfirmationToken | null;
  readonly returnUrl: string | null;
}

/** Finds, or makes, the payment method an intent is to be confirmed with. */
export function chooseMethod(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
  params: Confirmation,
): ChosenMethod {
  const sources = (["confirmation_token", "payment_method", "payment_method_data"] as const).filter(
    (name) => params[name] !== undefined,
  );
  if (params.confirmation_token !== undefined && sources.length > 1) {
    refuseParameter(
      `You may only specify one of these parameters: ${sources.join(", ")}.`,
      sources[1],
      "parameters_exclusive",
    );
  }
  const { token, method } = methodGiven(sandbox, intent, params);
  refuseSpent(sandbox, method);
  const holder = idOf(method.customer);
  if (holder !== null && holder !== idOf(intent.customer)) {
    refuseHolder(intent, method, holder);
  }
  return { token, method, returnUrl: params.return_url ?? token?.return_url ?? null };
}

function refuseHolder(
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  holder: string,
): never {
  const noun = intent.object === "payment_intent" ? "PaymentIntent" : "SetupIntent";
  const customer = idOf(intent.customer);
  return refuseState(
    "payment_method_unexpected_state",
    customer === null
      ? `The PaymentMethod ${method.id} belongs to the Customer ${holder}. Please include the Customer in the \`customer\` parameter on the ${noun}.`
      : `The provided PaymentMethod cannot be attached. The customer ${customer} on the ${noun} does not own the PaymentMethod ${method.id}.`,
    { param: "payment_method" },
  );
}

function methodGiven(
  sandbox: Sandbox,
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
  params: Confirmation,
): { token: Stripe.ConfirmationToken | null; method: Stripe.PaymentMethod } {
  if (params.confirmation_token !== undefined) {
    return redeemConfirmationToken(sandbox, params.confirmation_token, intent);
  }
  if (params.payment_method_data !== undefined) {
    return { token: null, method: createPaymentMethod(sandbox, params.payment_method_data) };
  }
  const id = params.payment_method ?? idOf(intent.payment_method);
  if (id === null) {
    const noun = intent.object === "payment_intent" ? "PaymentIntent" : "SetupIntent";
    return refuseState(
      intent.object === "payment_intent"
        ? "payment_intent_unexpected_state"
        : "setup_intent_unexpected_state",
      `You cannot confirm this ${noun} because it's missing a payment method. You can either update the ${noun} with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.`,
    );
  }
  return { token: null, method: paymentMethodNamed(sandbox, id) };
}

/** With dynamic payment methods the customer might be sent elsewhere, so Stripe requires an address to return to. */
export function refuseWithoutReturnUrl(
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
  returnUrl: string | null,
): void {
  if (intent.automatic_payment_methods?.allow_redirects === "always" && returnUrl === null) {
    const noun = intent.object === "payment_intent" ? "PaymentIntent" : "SetupIntent";
    refuseParameter(
      `This ${noun} is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a \`return_url\`. If you don't want to accept redirect-based payment methods, set \`automatic_payment_methods[enabled]\` to \`true\` and \`automatic_payment_methods[allow_redirects]\` to \`never\` when creating Setup Intents and Payment Intents.`,
      "return_url",
    );
  }
}

/** What only the server may decide about a confirmation, whatever client secret a browser knows. */
const serversOwn = ["capture_method", "error_on_requires_action", "off_session"] as const;

/**
 * A browser may confirm only what was made for browsers to confirm, and only as it was made.
 * https://docs.stripe.com/api/payment_intents/object#payment_intent_object-confirmation_method
 */
export function refuseBrowserConfirmation(
  intent: Stripe.PaymentIntent,
  params: { [Name in (typeof serversOwn)[number]]?: unknown },
): void {
  const given = serversOwn.find((name) => params[name] !== undefined);
  if (given !== undefined) {
    refuseParameter(`Received unknown parameter: ${given}`, given, "parameter_unknown");
  }
  if (intent.confirmation_method === "manual") {
    refuseState(
      "payment_intent_invalid_parameter",
      `This PaymentIntent ${intent.id} cannot be confirmed using your publishable key because its \`confirmation_method\` is set to \`manual\`. Please use your secret key instead, or create a PaymentIntent with \`confirmation_method\` set to \`automatic\`.`,
      { payment_intent: intent },
    );
  }
}

/** The client secret a browser gives must be this intent's own. */
export function refuseWrongSecret(
  intent: { readonly id: string; readonly client_secret: string | null; readonly object: string },
  given: string | undefined,
  caller: "secret" | "publishable",
): void {
  if (caller === "secret" && given === undefined) {
    return;
  }
  if (given === undefined) {
    refuseParameter("Missing required param: client_secret.", "client_secret", "parameter_missing");
  }
  if (given !== intent.client_secret) {
    const noun = intent.object === "payment_intent" ? "payment_intent" : "setup_intent";
    refuseParameter(
      `The client_secret provided does not match any associated ${intent.object === "payment_intent" ? "PaymentIntent" : "SetupIntent"} on this account.`,
      "client_secret",
      `${noun}_invalid_parameter`,
    );
  }
}
