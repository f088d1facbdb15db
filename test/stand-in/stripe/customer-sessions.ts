/** Customer sessions (https://docs.stripe.com/api/customer_sessions): what a browser may do with saved cards. */
import type Stripe from "stripe";
import { z } from "zod";
import { customerNamed } from "./customers.ts";
import { randomLetters } from "./ids.ts";
import { expand, flag, integer, text } from "./params.ts";
import { refuseParameter } from "./refusals.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const onOff = z.enum(["enabled", "disabled"]).optional();
const createParams = z.strictObject({
  customer: text,
  components: z.strictObject({
    payment_element: z
      .strictObject({
        enabled: flag,
        features: z
          .strictObject({
            payment_method_allow_redisplay_filters: z
              .array(z.enum(["always", "limited", "unspecified"]))
              .optional(),
            payment_method_redisplay: onOff,
            payment_method_redisplay_limit: integer.optional(),
            payment_method_remove: onOff,
            payment_method_save: onOff,
            payment_method_save_usage: z.enum(["off_session", "on_session"]).optional(),
          })
          .optional(),
      })
      .optional(),
  }),
  expand,
});

export const customerSessionRoutes = [endpoint("POST", "/v1/customer_sessions", createParams, create)];

/** A session's secret is valid for half an hour. */
const lifetimeSeconds = 1800;

function create(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.CustomerSession {
  const customer = customerNamed(sandbox, params.customer, "customer");
  const element = params.components.payment_element;
  const features = element?.features;
  const limit = features?.payment_method_redisplay_limit ?? 3;
  if (limit < 1 || limit > 10) {
    refuseParameter(
      "payment_method_redisplay_limit must be between 1 and 10.",
      "components[payment_element][features][payment_method_redisplay_limit]",
    );
  }
  const off = { enabled: false };
  return {
    object: "customer_session",
    client_secret: `cuss_secret_${randomLetters(40)}`,
    components: {
      active_entitlements: off,
      buy_button: off,
      customer_portal: off,
      customer_sheet: { enabled: false, features: null },
      mobile_payment_element: { enabled: false, features: null },
      payment_element: {
        enabled: element?.enabled ?? false,
        features:
          element?.enabled === true
            ? {
                payment_method_allow_redisplay_filters: features?.payment_method_allow_redisplay_filters ?? [
                  "always",
                ],
                payment_method_redisplay: features?.payment_method_redisplay ?? "disabled",
                payment_method_redisplay_limit: limit,
                payment_method_remove: features?.payment_method_remove ?? "disabled",
                payment_method_save: features?.payment_method_save ?? "disabled",
                payment_method_save_usage: features?.payment_method_save_usage ?? null,
              }
            : null,
      },
      pricing_table: off,
    },
    created: now(sandbox),
    customer: customer.id,
    customer_account: null,
    expires_at: now(sandbox) + lifetimeSeconds,
    livemode: false,
  };
}
