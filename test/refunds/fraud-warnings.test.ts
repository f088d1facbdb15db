/** Early fraud warnings: recorded at once, and refunded automatically only if the operator wants that and it still helps. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { recoverAll } from "../../src/cron/recover.ts";
import { MINUTE } from "../../src/domain/instant.ts";
import { control } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { delivers, nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  lines,
  mailsTo,
} from "./support.ts";

async function bankWarns({ paymentIntent }: Bought): Promise<void> {
  await control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent });
}

function arrives({ paymentIntent }: Bought, times = 1): Promise<(number | null)[]> {
  return delivers({ type: "radar.early_fraud_warning.created", payment_intent: paymentIntent }, times);
}

/** A Stripe that refuses every refund, and counts them. */
function refusingRefunds(): { stripe: Pick<Fetcher, "fetch">; times: () => number } {
  let times = 0;
  return {
    times: () => times,
    stripe: {
      fetch: (input, init) => {
        const request = new Request(input, init);
        if (request.method !== "POST" || new URL(request.url).pathname !== "/v1/refunds") {
          return env.STRIPE.fetch(request);
        }
        times += 1;
        const error = {
          type: "invalid_request_error",
          code: "charge_not_refundable",
          message: "Not refundable.",
        };
        return Promise.resolve(Response.json({ error }, { status: 400 }));
      },
    },
  };
}

const REFUNDS = { REFUND_ON_FRAUD_WARNING: "yes" };

describe("an early fraud warning", () => {
  it("is recorded at once and takes nothing by default", async () => {
    const bought = await buysCredits(1000);
    await bankWarns(bought);

    expect(await arrives(bought, 2)).toEqual([200, 200]);

    expect(
      await rows("SELECT fraud_type, is_actionable FROM fraud_warnings WHERE order_id = ?1", bought.orderId),
    ).toEqual([{ fraud_type: "made_with_stolen_card", is_actionable: 1 }]);
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
  });

  it("refunds the payment automatically, once, if the operator wants that", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);

    await arrives(bought, 3);
    await everythingArrives(bought, { times: 2, shuffle_seed: 4 });

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -1000],
    ]);
    expect(
      await rows("SELECT reason, actor, state FROM refunds WHERE order_id = ?1", bought.orderId),
    ).toEqual([{ reason: "fraudulent", actor: "fraud_warning", state: "succeeded" }]);
    expect(
      await rows("SELECT is_actionable FROM fraud_warnings WHERE order_id = ?1", bought.orderId),
    ).toEqual([{ is_actionable: 0 }]);
    await expectBooksToAgree(bought);
  });

  it("refunds nothing when the payment is already disputed", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await disputed(bought);
    await bankWarns(bought);
    await everythingArrives(bought);
    expect(await rows("SELECT id FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([]);
    await expectBooksToAgree(bought);
  });

  it("is redelivered until its refund is made, once, when that was cut off", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);
    await nextCall("POST /v1/refunds", "lose_answer", 2);

    const [first] = await arrives(bought);
    const [second] = await arrives(bought);

    expect(first).toBe(503);
    expect(second).toBe(200);
    expect(await balanceOf(bought)).toBe(0);
    await expectBooksToAgree(bought);
  });

  it.each(["the alarm", "the cron"] as const)(
    "cut off before its refund was written is acted on by %s, once, even if its event never comes again",
    async (way) => {
      const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
      await bankWarns(bought);
      await env.DB.exec(
        "CREATE TRIGGER no_refunds BEFORE INSERT ON refunds BEGIN SELECT RAISE(ABORT, 'D1 is out of order'); END;",
      );
      try {
        expect(await arrives(bought)).not.toEqual([200]);
      } finally {
        await env.DB.exec("DROP TRIGGER no_refunds;");
      }
      expect(await rows("SELECT id FROM fraud_warnings WHERE handled_at IS NULL")).toHaveLength(1);

      if (way === "the alarm") {
        await alarmRings(bought);
      } else {
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * MINUTE });
        await recoverAll(env);
        vi.useRealTimers();
      }

      expect(await lines(bought)).toEqual([
        ["purchase", 1000],
        ["refund", -1000],
      ]);
      expect(await rows("SELECT id FROM fraud_warnings WHERE handled_at IS NULL")).toEqual([]);
      await expectBooksToAgree(bought);
    },
  );

  it("is handled although an earlier refund for it was given up, and a second warning refunds the payment", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder(REFUNDS) });
    await bankWarns(bought);
    await nextCall("POST /v1/refunds", "unreachable", 2);
    expect(await arrives(bought)).toEqual([503]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 60 * MINUTE });
    await alarmRings(bought);
    vi.useRealTimers();
    expect(await rows("SELECT state, failure FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { state: "refused", failure: "not_reached" },
    ]);
    expect(await arrives(bought)).toEqual([200]);

    await bankWarns(bought);
    await everythingArrives(bought);

    expect(await lines(bought)).toEqual([
      ["purchase", 1000],
      ["refund", -1000],
    ]);
    expect(await rows("SELECT id FROM fraud_warnings WHERE handled_at IS NULL")).toEqual([]);
    await expectBooksToAgree(bought);
  });

  it("whose refund Stripe refuses is handled, takes nothing, and is not tried again", async () => {
    const refuses = refusingRefunds();
    const bought = await buysCredits(1000, {
      by: await customerUnder({ ...REFUNDS, STRIPE: refuses.stripe }),
    });
    await bankWarns(bought);

    expect(await arrives(bought, 3)).toEqual([200, 200, 200]);
    await alarmRings(bought);

    expect(refuses.times()).toBe(1);
    expect(await rows("SELECT state, failure FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { state: "refused", failure: "charge_not_refundable" },
    ]);
    expect(await lines(bought)).toEqual([["purchase", 1000]]);
    expect(await rows("SELECT id FROM fraud_warnings WHERE handled_at IS NULL")).toEqual([]);
    expect(await mailsTo(bought)).toEqual([]);
    await expectBooksToAgree(bought);
  });

  it("is redelivered while Stripe cannot be read", async () => {
    const bought = await buysCredits(1000);
    await bankWarns(bought);
    await nextCall("GET /v1/radar", "unreachable", 2);
    expect(await arrives(bought)).toEqual([503]);
    expect(await arrives(bought)).toEqual([200]);
  });
});
