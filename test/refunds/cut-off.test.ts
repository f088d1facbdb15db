/** Money that goes back, cut off at every step: each recovery path finishes it alone, once, and the books agree. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../stand-in/worker.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { delivers, nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  lines,
  moves,
  newRefundId,
  staffRefunds,
} from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

const FAULTS = [
  "fail_before",
  "fail_after",
  "lose_answer",
  "unreachable",
  "api_error",
  "lock_timeout",
  "rate_limit",
] as const;

/** Each recovery path, alone. */
const WAYS = {
  "the webhook": async (bought: Bought) => {
    await everythingArrives(bought);
  },
  "the alarm": (bought: Bought) => alarmRings(bought),
  "the cron": async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 60 * 1000 });
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), env);
    await waitOnExecutionContext(context);
    vi.useRealTimers();
  },
};
type Way = keyof typeof WAYS;

/** The faults after which Stripe has made the refund all the same. */
const IS_MADE = new Set<string>(["fail_after", "lose_answer"]);

describe("a refund cut off during the call to Stripe", () => {
  it.each(FAULTS.flatMap((fault) => ["the alarm", "the cron"].map((way) => [fault, way] as [string, Way])))(
    "by %s is finished by %s, once",
    async (fault, way) => {
      const bought = await buysCredits(1000);
      await nextCall("POST /v1/refunds", fault as (typeof FAULTS)[number], 2); // From FAULTS above.
      const answer = await staffRefunds(bought, 400);
      await faultsAreUsedUp();
      if (answer.ok && answer.refund.state === "succeeded") {
        // The SDK's own retry got through.
        await expectBooksToAgree(bought);
        return;
      }
      expect(answer).toMatchObject({ ok: true, refund: { state: "requested" } });
      expect(await balanceOf(bought)).toBe(1000);

      await WAYS[way](bought);
      await WAYS[way](bought);

      expect(await lines(bought)).toEqual([
        ["purchase", 1000],
        ["refund", -400],
      ]);
      const made = await stripe.refunds.list({ payment_intent: bought.paymentIntent });
      expect(made.data).toHaveLength(1);
      await everythingArrives(bought, { times: 2 });
      await expectBooksToAgree(bought);
    },
  );

  it.each(FAULTS.filter((fault) => IS_MADE.has(fault)))(
    "by %s, although Stripe made it, is booked by the webhook alone",
    async (fault) => {
      const bought = await buysCredits(1000);
      await nextCall("POST /v1/refunds", fault, 2);
      await staffRefunds(bought, 400);
      await faultsAreUsedUp();

      await everythingArrives(bought);

      expect(await balanceOf(bought)).toBe(600);
      expect(await rows("SELECT state, actor FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
        { state: "succeeded", actor: "staff@example.com" },
      ]);
      await expectBooksToAgree(bought);
    },
  );

  it("is finished when staff ask again with the same id", async () => {
    const bought = await buysCredits(1000);
    const id = newRefundId();
    await nextCall("POST /v1/refunds", "lose_answer", 2);
    await staffRefunds(bought, 400, id);
    expect(await staffRefunds(bought, 400, id)).toMatchObject({ ok: true, refund: { state: "succeeded" } });
    expect(await balanceOf(bought)).toBe(600);
    await expectBooksToAgree(bought);
  });

  it("is finished once when webhook, alarm and staff all come back at the same time", async () => {
    const bought = await buysCredits(1000);
    const id = newRefundId();
    await nextCall("POST /v1/refunds", "lose_answer", 2);
    await staffRefunds(bought, 400, id);
    await Promise.all([
      everythingArrives(bought, { times: 3 }),
      alarmRings(bought),
      staffRefunds(bought, 400, id),
      staffRefunds(bought, 400, id),
    ]);
    expect(await balanceOf(bought)).toBe(600);
    await expectBooksToAgree(bought);
  });

  it("and still not made after a day is given up, and a new refund is possible", async () => {
    const bought = await buysCredits(1000);
    await nextCall("POST /v1/refunds", "unreachable", 2);
    await staffRefunds(bought, 400);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 60 * 60 * 1000 });
    await alarmRings(bought);
    vi.useRealTimers();

    expect(await rows("SELECT state, failure FROM refunds WHERE order_id = ?1", bought.orderId)).toEqual([
      { state: "refused", failure: "not_reached" },
    ]);
    expect(await staffRefunds(bought, 1000)).toMatchObject({ ok: true });
    await expectBooksToAgree(bought);
  });

  it("and given up is answered as refused however often it is requested again", async () => {
    const bought = await buysCredits(1000);
    const id = newRefundId();
    await nextCall("POST /v1/refunds", "unreachable", 2);
    await staffRefunds(bought, 400, id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 60 * 60 * 1000 });
    const given = { refund: { state: "refused", failure: "not_reached" } };
    expect(await staffRefunds(bought, 400, id)).toMatchObject(given);
    expect(await staffRefunds(bought, 400, id)).toMatchObject(given);
    vi.useRealTimers();
    expect((await stripe.refunds.list({ payment_intent: bought.paymentIntent })).data).toEqual([]);
    await expectBooksToAgree(bought);
  });
});

/** Uses up the faults that are still armed. */
async function faultsAreUsedUp(): Promise<void> {
  for (let times = 0; times < 4; times += 1) {
    await stripe.refunds.create({ payment_intent: "pi_none" }).catch(() => null);
  }
}

describe("an event that arrives while Stripe cannot be read", () => {
  it.each(["unreachable", "fail_before", "rate_limit"] as const)(
    "(%s for refunds) is redelivered until its refund is booked",
    async (fault) => {
      const bought = await buysCredits(1000);
      await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 300 });
      await nextCall("GET /v1/refunds", fault, 2);
      const event = { type: "refund.created", payment_intent: bought.paymentIntent };
      const [first] = await delivers(event);
      await stripe.refunds.list().catch(() => null);
      const [second] = await delivers(event);
      expect([first, second]).toEqual([503, 200]);
      expect(await balanceOf(bought)).toBe(700);
      await expectBooksToAgree(bought);
    },
  );

  it("(lose_answer for disputes) is redelivered until its dispute is booked", async () => {
    const bought = await buysCredits(1000);
    await disputed(bought);
    await nextCall("GET /v1/disputes", "lose_answer", 2);
    const event = { type: "charge.dispute.created", payment_intent: bought.paymentIntent };
    expect([...(await delivers(event)), ...(await delivers(event))]).toEqual([503, 200]);
    await expectBooksToAgree(bought);
  });
});

/** What D1 can refuse to write, as when it is overloaded; a trigger stands in for the fault. */
const D1_FAULTS = {
  "the intent": "BEFORE INSERT ON refunds",
  "what Stripe said": "BEFORE UPDATE OF known ON money_back",
  "the entries": "BEFORE INSERT ON ledger_entries",
  "the mails": "BEFORE INSERT ON mails",
  "that the ledger follows": "BEFORE UPDATE OF posted ON money_back",
} as const;
type D1Fault = keyof typeof D1_FAULTS;

async function whileD1Refuses(fault: D1Fault, act: () => Promise<unknown>): Promise<void> {
  await env.DB.exec(
    `CREATE TRIGGER out_of_order ${D1_FAULTS[fault]} BEGIN SELECT RAISE(ABORT, 'D1 is out of order'); END;`,
  );
  try {
    await act().catch(() => null);
  } finally {
    await env.DB.exec("DROP TRIGGER out_of_order;");
  }
}

const FAULTY = Object.keys(D1_FAULTS).map((fault) => fault as D1Fault);

describe("D1 refusing to write", () => {
  it.each(FAULTY.flatMap((fault) => Object.keys(WAYS).map((way) => [fault, way] as [D1Fault, Way])))(
    "%s while a refund is requested leaves it for %s to finish, once",
    async (fault, way) => {
      const bought = await buysCredits(1000);
      await whileD1Refuses(fault, () => staffRefunds(bought, 400));
      const made = await stripe.refunds.list({ payment_intent: bought.paymentIntent });
      expect(made.data).toHaveLength(fault === "the intent" ? 0 : 1);

      await WAYS[way](bought);

      expect(await balanceOf(bought)).toBe(fault === "the intent" ? 1000 : 600);
      await everythingArrives(bought, { times: 2 });
      await expectBooksToAgree(bought);
    },
  );

  it.each(FAULTY.filter((fault) => fault !== "the intent"))(
    "%s of a dispute makes Stripe redeliver its event until it is booked, both when it opens and when it is won",
    async (fault) => {
      const bought = await buysCredits(1000);
      const id = await disputed(bought);
      const opened = { type: "charge.dispute.created", payment_intent: bought.paymentIntent };
      let statuses: (number | null)[] = [];
      await whileD1Refuses(fault, async () => {
        statuses = await delivers(opened);
      });
      expect(statuses).toEqual([500]);
      expect(await balanceOf(bought)).toBe(1000);
      expect(await delivers(opened)).toEqual([200]);
      expect(await balanceOf(bought)).toBe(0);

      await moves(id, "won");
      await whileD1Refuses(fault, async () => {
        statuses = await delivers({ type: "charge.dispute.closed", payment_intent: bought.paymentIntent });
      });
      expect(statuses).toEqual([500]);
      await everythingArrives(bought, { times: 2 });
      expect(await balanceOf(bought)).toBe(1000);
      await expectBooksToAgree(bought);
    },
  );

  it.each(["the entries", "the mails", "that the ledger follows"] as const)(
    "%s of a dispute leaves it for the alarm alone to post",
    async (fault) => {
      const bought = await buysCredits(1000);
      await disputed(bought, { amount: 250 });
      await whileD1Refuses(fault, () =>
        delivers({ type: "charge.dispute.created", payment_intent: bought.paymentIntent }),
      );
      await alarmRings(bought);
      expect(await balanceOf(bought)).toBe(750);
      await expectBooksToAgree(bought);
    },
  );
});
