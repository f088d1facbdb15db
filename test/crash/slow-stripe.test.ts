/** How long the product waits for a Stripe that does not answer. It takes that long, so it runs only with `npm run crash`. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { recoverAll } from "../../src/cron/recover.ts";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import { ask } from "../stand-in/stripe/support.ts";
import { type Customer, newOrderId, signedInCustomer } from "../support/customer.ts";
import { delivers, nextCall, paymentsOf } from "../support/stripe.ts";
import { alarms } from "./faults.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A run of the cron as soon as it looks at what was interrupted now. */
async function cronRuns(): ReturnType<typeof recoverAll> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * MINUTE });
  const counts = await recoverAll(env);
  vi.useRealTimers();
  return counts;
}

/** The ways by which a payment that our side did not hear of is found, each asked once; the answer says whether it was. */
const PATHS: Record<string, (customer: Customer, paymentIntent: string) => Promise<boolean>> = {
  "the webhook": async (_customer, paymentIntent) => {
    const statuses = await delivers({
      type: "payment_intent.succeeded",
      payment_intent: paymentIntent,
    });
    return statuses.every((status) => status === 200);
  },
  "the alarm": async (customer) => {
    alarms.ring = true;
    await runDurableObjectAlarm(env.ACCOUNT.getByName((await customer.account()).account.id));
    alarms.ring = false;
    return (await customer.balance()) > 0;
  },
  "the cron": async () => (await cronRuns()).ordersSettled > 0,
  reconciling: async () => (await reconcileNow(env, MINUTE))?.stage === "done",
};

describe("while Stripe is slow", () => {
  it.runIf(inject("crashes").isWhole)(
    "a call is given up after ten seconds and retried once, and the order stands",
    { timeout: 40_000 },
    async () => {
      const customer = await signedInCustomer();
      const orderId = newOrderId();
      await nextCall("POST /v1/payment_intents", "slow", 2, 25_000);
      const begun = performance.now();

      const answer = await customer.buys({ orderId });

      expect(performance.now() - begun).toBeLessThan(28_000);
      expect(answer).toMatchObject({
        status: 503,
        error: { code: "stripe_unavailable", order: { state: "paying" } },
      });
      expect(answer.retryAfter).not.toBeNull();
      expect(await customer.settles(orderId)).toMatchObject({ status: 200, balance: 1000 });
    },
  );

  it.runIf(inject("crashes").isWhole).for(Object.entries(PATHS))(
    "%s gives up, acknowledges nothing, and finds the payment the next time",
    { timeout: 120_000 },
    async ([path, asks]) => {
      // Nothing is left of the tests before this one.
      await cronRuns();
      const customer = await signedInCustomer();
      await nextCall("POST /v1/payment_intents", "lose_answer", 2);
      await customer.buys();
      const [payment] = await paymentsOf(customer);
      const paymentIntent = payment?.id ?? "none";
      await nextCall("GET /v1/payment_intents", "slow", 20, 25_000);
      const begun = performance.now();

      expect(await asks(customer, paymentIntent)).toBe(false);

      // Nobody waits for an account longer than half a minute, and reconciling goes on asking for the minute that it has.
      expect(performance.now() - begun).toBeLessThan(path === "reconciling" ? 90_000 : 33_000);
      expect(await customer.balance()).toBe(0);
      await ask("DELETE", "/faults");
      expect(await asks(customer, paymentIntent)).toBe(true);
      expect(await customer.balance()).toBe(1000);
    },
  );
});
