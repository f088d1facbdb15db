import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { routes } from "./routes-of-stripe.ts";
import { ask, boughtWith, chargeOf, control, reset } from "./support.ts";

beforeEach(reset);

const secret = { authorization: "Bearer sk_test_standin" };

/** Names that endpoints know, alone and in brackets, and some that no endpoint knows. */
const names = fc.constantFrom(
  "amount",
  "currency",
  "customer",
  "confirm",
  "payment_method",
  "payment_method_data[type]",
  "payment_method_data[card][number]",
  "payment_method_data[card][exp_month]",
  "payment_method_data[card][exp_year]",
  "confirmation_token",
  "capture_method",
  "off_session",
  "setup_future_usage",
  "payment_intent",
  "charge",
  "reason",
  "metadata",
  "metadata[key]",
  "metadata[key][deeper]",
  "expand",
  "expand[]",
  "expand[0]",
  "limit",
  "starting_after",
  "ending_before",
  "created",
  "created[gte]",
  "type",
  "types[]",
  "evidence[uncategorized_text]",
  "submit",
  "url",
  "enabled_events[]",
  "email",
  "address",
  "address[line1]",
  "shipping[address]",
  "card[number]",
  "return_url",
  "[",
  "a[[b]",
  "__proto__[x]",
  "constructor",
);

describe("any call", () => {
  it("is answered with an object or an error in Stripe's form, never with a crash", async () => {
    const { customer, method, paid } = await boughtWith("4000000000000259");
    await control("/stripe/jobs/run", { kind: "open_disputes" });
    const values = fc.oneof(
      fc.constantFrom("", "usd", "true", "false", "card", "0", "-1", "500", "99999999999999999999", "*"),
      fc.constantFrom(
        "manual",
        "automatic",
        "pm_card_visa",
        "pm_card_authenticationRequired",
        "4242424242424242",
      ),
      fc.constantFrom("data", "latest_charge", "data.latest_charge.balance_transaction", "customer", "id"),
      fc.constantFrom(customer, method, paid.id, chargeOf(paid).id, "cus_nobody"),
      fc.string({ maxLength: 12 }),
    );
    const ids = fc.constantFrom(customer, method, paid.id, chargeOf(paid).id, "pm_card_visa", "x", "%", "..");
    const call = fc.record({
      route: fc.constantFrom(...routes),
      id: ids,
      form: fc.dictionary(names, values, { maxKeys: 6 }),
    });

    await fc.assert(
      fc.asyncProperty(call, async ({ route, id, form }) => {
        const path = route.path.replaceAll(":id", encodeURIComponent(id));
        const { status, body } = await ask(route.method, path, form, secret);
        expect({ path, form, status, body }).toMatchObject({
          status: expect.toSatisfy((given: number) => given < 500),
          body: { [status < 400 ? "object" : "error"]: expect.anything() },
        });
      }),
      { numRuns: 600 },
    );
  }, 60_000);
});
