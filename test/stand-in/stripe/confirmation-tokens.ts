/** Confirmation tokens (https://docs.stripe.com/api/confirmation_tokens): a card, typed in the browser, for one use. */
import type Stripe from "stripe";
import { z } from "zod";
import { toBillingDetails } from "./billing-details.ts";
import { cardByName, cardOf, describeCard, readCard, saveCard } from "./cards.ts";
import { newId } from "./ids.ts";
import { find, load, save } from "./objects.ts";
import { address, expand, text, toAddress } from "./params.ts";
import { paymentMethodData, paymentMethodOf } from "./payment-methods.ts";
import { refuseMissing, refuseParameter, refuseState } from "./refusals.ts";
import { endpoint, openEndpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const createParams = z.strictObject({
  payment_method: text.optional(),
  payment_method_data: paymentMethodData.optional(),
  return_url: text.optional(),
  shipping: z.strictObject({ address, name: text, phone: z.string().optional() }).optional(),
  setup_future_usage: z.enum(["off_session", "on_session"]).optional(),
  expand,
});

export const confirmationTokenRoutes = [
  openEndpoint("POST", "/v1/confirmation_tokens", createParams, create),
  endpoint("POST", "/v1/test_helpers/confirmation_tokens", createParams, create),
  endpoint("GET", "/v1/confirmation_tokens/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "confirmation_token", id),
  ),
];

/** The sample object in Stripe's reference lives for 12 hours. */
const lifetimeSeconds = 43_200;

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.ConfirmationToken {
  const { card, given } = typedOrNamed(sandbox, params);
  const billing = toBillingDetails(given?.billing_details);
  const token: Stripe.ConfirmationToken = {
    id: newId("ctoken"),
    object: "confirmation_token",
    created: now(sandbox),
    expires_at: now(sandbox) + lifetimeSeconds,
    livemode: false,
    mandate_data: null,
    metadata: {},
    payment_intent: null,
    payment_method_options: null,
    payment_method_preview: {
      allow_redisplay: given?.allow_redisplay ?? "unspecified",
      billing_details: billing,
      // No issuer has been asked yet, so there are no checks.
      card: describeCard(card, {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: null,
      }),
      customer: null,
      customer_account: null,
      type: "card",
    },
    return_url: params.return_url ?? null,
    setup_future_usage: params.setup_future_usage ?? null,
    setup_intent: null,
    shipping:
      params.shipping === undefined
        ? null
        : {
            address: toAddress(params.shipping.address),
            name: params.shipping.name,
            phone: params.shipping.phone || null,
          },
    use_stripe_sdk: true,
  };
  saveCard(sandbox, token.id, card);
  return save(sandbox, "confirmation_token", token);
}

function typedOrNamed(sandbox: Sandbox, params: z.infer<typeof createParams>) {
  if (params.payment_method_data !== undefined) {
    return { card: readCard(sandbox, params.payment_method_data.card), given: params.payment_method_data };
  }
  const id = params.payment_method;
  if (id === undefined) {
    return refuseParameter(
      "You must provide one of `payment_method` or `payment_method_data`.",
      undefined,
      "parameter_missing",
    );
  }
  const named = cardByName(sandbox, id);
  if (named !== null) {
    return { card: named, given: undefined };
  }
  const method = find(sandbox, "payment_method", id);
  return method === null
    ? refuseMissing("PaymentMethod", id, "payment_method", 400)
    : { card: cardOf(sandbox, method.id), given: undefined };
}

/**
 * Uses a token up: its payment method is created, and the token remembers the intent. A second use, or a use after it
 * expired, is refused.
 */
export function redeemConfirmationToken(
  sandbox: Sandbox,
  id: string,
  intent: { readonly id: string; readonly object: "payment_intent" | "setup_intent" },
): { token: Stripe.ConfirmationToken; method: Stripe.PaymentMethod } {
  const token = find(sandbox, "confirmation_token", id);
  if (token === null) {
    return refuseMissing("confirmation token", id, "confirmation_token", 400);
  }
  if (token.payment_intent !== null || token.setup_intent !== null) {
    return refuseState(
      "token_already_used",
      "The provided confirmation_token has already been used to confirm a PaymentIntent or SetupIntent. You cannot use the same confirmation_token more than once.",
      { param: "confirmation_token" },
    );
  }
  if (token.expires_at !== null && token.expires_at <= now(sandbox)) {
    return refuseState(
      "resource_missing",
      `No such confirmation token: '${id}'; it expired and can no longer be used.`,
      { param: "confirmation_token" },
    );
  }
  const preview = token.payment_method_preview;
  const method = paymentMethodOf(sandbox, cardOf(sandbox, id), {
    billing: preview?.billing_details ?? toBillingDetails(undefined),
    allowRedisplay: preview?.allow_redisplay === "always" ? "always" : "unspecified",
    metadata: {},
  });
  const used: Stripe.ConfirmationToken = {
    ...token,
    payment_intent: intent.object === "payment_intent" ? intent.id : null,
    setup_intent: intent.object === "setup_intent" ? intent.id : null,
  };
  // The number now belongs to the payment method alone.
  saveCard(sandbox, id, { ...cardOf(sandbox, id), cvcWaiting: false, spent: true });
  return { token: save(sandbox, "confirmation_token", used), method };
}
