/** `stripe.createConfirmationToken()`: the card frame makes the token; the page sees only the token. */
import type {
  ConfirmationTokenCreateParams,
  ConfirmationTokenResult,
  CreateConfirmationToken,
} from "@stripe/stripe-js";
import { submitAnswerSchema, tokenAnswerSchema, type BillingDetails } from "../frames/protocol.ts";
import { groupOf, type ElementsGroup } from "./elements-group.ts";
import { integrationError } from "./integration-error.ts";

/**
 * Resolves with the token or with Stripe's error. Rejects with an IntegrationError when the page has not
 * called `elements.submit()`, or promised a billing field and did not give it.
 */
export async function createConfirmationToken({
  elements,
  params = {},
}: CreateConfirmationToken): Promise<ConfirmationTokenResult> {
  const group = groupOf(elements);
  const frame = group.payment()?.framed.frame();
  if (!frame) {
    throw integrationError("stripe.createConfirmationToken() needs a mounted Payment Element.");
  }
  if (!group.isSubmitted()) {
    throw integrationError("elements.submit() must be called before stripe.createConfirmationToken().");
  }
  const addressFrame = group.billingAddress()?.framed.frame();
  const address = await addressFrame?.ask({ kind: "submit", focus: true }, submitAnswerSchema);
  if (address?.error) {
    return { error: address.error };
  }
  const collected = (await group.billingAddress()?.details()) ?? null;
  const parameters = tokenParameters(group, collected, params);
  const answer = await frame.ask({ kind: "tokenise", parameters }, tokenAnswerSchema);
  return "error" in answer ? { error: answer.error } : { confirmationToken: answer.confirmationToken };
}

/** The request's fields except the card, in the bracketed names of Stripe's form encoding. */
function tokenParameters(
  group: ElementsGroup,
  collected: Omit<BillingDetails, "email"> | null,
  params: ConfirmationTokenCreateParams,
): Record<string, string> {
  const given = params.payment_method_data?.billing_details ?? {};
  assertPromisedFields(group, collected !== null, given);
  // What the page passes takes precedence over what the forms collected.
  const details = {
    ...flattened("payment_method_data[billing_details]", collected ?? {}),
    ...flattened("payment_method_data[billing_details]", given),
    ...flattened("payment_method_data[metadata]", params.payment_method_data?.metadata ?? {}),
  };
  const { allow_redisplay } = params.payment_method_data ?? {};
  const { setupFutureUsage } = { setupFutureUsage: undefined, ...group.options() };
  return {
    ...details,
    ...(allow_redisplay ? { "payment_method_data[allow_redisplay]": allow_redisplay } : {}),
    ...(setupFutureUsage ? { setup_future_usage: setupFutureUsage } : {}),
    ...(params.return_url ? { return_url: params.return_url } : {}),
    ...flattened("shipping", params.shipping ?? {}),
  };
}

function assertPromisedFields(group: ElementsGroup, hasAddress: boolean, given: object): void {
  for (const path of group.payment()?.neverCollected() ?? []) {
    const value = path.split(".").reduce<unknown>((inner, key) => field(inner, key), given);
    const isCollected = hasAddress && (path.startsWith("address.") || path === "name");
    if (value === undefined && !isCollected) {
      throw integrationError(
        `You specified "never" for fields.billingDetails (${path}) when creating the Payment Element, but did not ` +
          `pass params.payment_method_data.billing_details.${path} to stripe.createConfirmationToken().`,
      );
    }
  }
}

function field(container: unknown, key: string): unknown {
  return typeof container === "object" && container !== null
    ? Object.entries(container).find(([name]) => name === key)?.[1]
    : undefined;
}

/** `{a: {b: "c"}}` under `x` as `{"x[a][b]": "c"}`. Empty values are left out, as Stripe's form leaves them. */
function flattened(prefix: string, container: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(container).flatMap(([key, value]: [string, unknown]) => {
      const name = `${prefix}[${key}]`;
      if (typeof value === "object" && value !== null) {
        return Object.entries(flattened(name, value));
      }
      return typeof value === "string" && value !== "" ? [[name, value]] : [];
    }),
  );
}
