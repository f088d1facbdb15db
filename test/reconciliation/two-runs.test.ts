/** Two runs at the same page of a comparison: what the second has read is out of date, and none of it is written. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { control } from "../stand-in/stripe/support.ts";
import { bindingsWith } from "../support/bindings.ts";
import { rows } from "../support/books.ts";
import { buysCredits } from "../refunds/support.ts";
import { begins, kindsListed } from "./support.ts";
import { chargesAtStripe } from "../support/stripe.ts";

beforeEach(begins);

/** A run that has Stripe's answer to `path` but does not look at it until it is told to go on. */
async function heldAt(path: string): Promise<{ goesOn: () => ReturnType<typeof reconcileNow> }> {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const held = {
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const response = await env.STRIPE.fetch(input, init);
      if (new URL(new Request(input).url).pathname === path) {
        asked.resolve();
        await gate.promise;
      }
      return response;
    },
  };
  const run = reconcileNow(bindingsWith({ STRIPE: held }));
  await asked.promise;
  return {
    goesOn: () => {
      gate.resolve();
      return run;
    },
  };
}

/** Makes a payment at Stripe with the metadata of an order that another payment has already paid. */
async function paysTwice(orderId: string): Promise<void> {
  await chargesAtStripe({ amount: 1000, metadata: { order_id: orderId } });
}

describe("a run that is late with a page", () => {
  it("adds no difference that is gone by now and counts nothing, because another run has written the page", async () => {
    const { orderId } = await buysCredits(1000);
    await paysTwice(orderId);
    const late = await heldAt("/v1/payment_intents");
    await control("/reset");
    await env.DB.prepare("UPDATE orders SET reconciled_at = 1").run();
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 0, differences: 0 });

    expect(await late.goesOn()).toBeNull();

    expect(await rows("SELECT kind FROM differences")).toEqual([]);
    expect(await rows("SELECT stage, payments, differences FROM reconciliations")).toEqual([
      { stage: "done", payments: 0, differences: 0 },
    ]);
  });

  it("resolves no difference that was found after it read Stripe", async () => {
    const { orderId } = await buysCredits(1000);
    const late = await heldAt("/v1/payment_intents");
    await paysTwice(orderId);
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", payments: 2, differences: 1 });

    expect(await late.goesOn()).toBeNull();

    expect(await kindsListed()).toEqual(["second_payment"]);
    expect(await rows("SELECT payments, settled, differences FROM reconciliations")).toEqual([
      { payments: 2, settled: 0, differences: 1 },
    ]);
  });
});
