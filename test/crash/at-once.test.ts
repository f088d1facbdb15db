/** What can happen to an account's object while it works: it is replaced, deployed over or busy, or its alarm is lost or rings twice. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { settleOrder } from "../../src/operations/settle-order.ts";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import { createDeps } from "../../src/deps.ts";
import type { AccountDeps } from "../../src/operations/account-deps.ts";
import { control, stripe } from "../stand-in/stripe/support.ts";
import { deliver, listWaiting } from "./deliveries.ts";
import { alarms, planFor, recover } from "./faults.ts";
import type { Gate } from "./gate.ts";
import { inParallel } from "./in-parallel.ts";
import { ask, buy, type Kind, KINDS, prepare, type Purchase } from "./purchases.ts";
import { leftOpen, readStanding, wrongMoney } from "./standing.ts";

/** Which call to Stripe charges when a new account buys with a new card: after the customer and setup intent, the payment intent. */
const CHARGE = 3;
const isPayment = (type: string) => type === "payment_intent.succeeded";

beforeEach(async () => {
  await control("/reset");
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a purchase cut off after the charge is credited once", () => {
  it("by a replaced object that still writes and the one that took its place", async () => {
    const purchase = await cutOff();
    const old = replacedObjectOf(purchase);

    await Promise.allSettled([
      settleOrder(old, purchase.placing.orderId, "recovery"),
      ask(purchase),
      settleOrder(old, purchase.placing.orderId, "recovery"),
    ]);

    expect(await wrongOf([purchase])).toEqual([]);
  });

  it("by an alarm that rings twice at once and then once more", async () => {
    const purchase = await cutOff();

    await Promise.all([ring(purchase), ring(purchase)]);
    await ring(purchase);

    expect(await wrongOf([purchase])).toEqual([]);
  });

  it("by two webhooks at once, both answered with 200", async () => {
    const purchase = await cutOff();
    const [event] = await listWaiting(isPayment);

    const answers = await Promise.all([deliver(event?.id ?? ""), deliver(event?.id ?? "")]);

    expect(answers).toEqual([true, true]);
    expect(await wrongOf([purchase])).toEqual([]);
  });

  it("by the alarm that the next request sets again after it was lost", async () => {
    const purchase = await cutOff();
    const object = env.ACCOUNT.getByName(purchase.accountId);
    const plan = planFor(purchase.accountId, { at: "stripe", nth: 1, way: "gone" });
    await runInDurableObject(object, (_account, state) => state.storage.deleteAlarm());

    // The request itself cannot reach Stripe.
    await ask(purchase);
    recover(plan);

    const due = await runInDurableObject(object, (_account, state) => state.storage.getAlarm());
    expect(due).toBeGreaterThan(Date.now());
    await ring(purchase);
    expect(await wrongOf([purchase])).toEqual([]);
  });

  it("by a webhook that finds the object busy, is answered with 503, and is delivered again", async () => {
    const purchase = await cutOff();
    const others = await inParallel([newCard(), newCard()], async (kind) => ({
      ...(await prepare(kind)),
      accountId: purchase.accountId,
    }));
    // These purchases hold the account's turn for longer than a caller waits.
    const held = holdFirst(others.length);
    planFor(purchase.accountId, null).gate = held;
    hurryTimeouts();
    const buying = inParallel(others, buy);
    const [event] = await listWaiting(isPayment);

    expect(await deliver(event?.id ?? "")).toBe(false);
    held.open();
    await buying;
    vi.unstubAllGlobals();
    expect(await deliver(event?.id ?? "")).toBe(true);

    await inParallel(others, ask);
    expect(await wrongOf([purchase])).toEqual([]);
  });
});

describe("a deploy", () => {
  const MOMENTS = inject("crashes").isWhole ? 60 : 12;

  it(`in the middle of ${MOMENTS} purchases, at a different moment of each, leaves each charged once and credited once`, async () => {
    const purchases = await inParallel(Array.from({ length: MOMENTS }, newCard), prepare);

    await inParallel([...purchases.entries()], async ([index, purchase]) => {
      planFor(purchase.accountId, null);
      const buying = buy(purchase);
      await scheduler.wait(index * 4);
      await runInDurableObject(env.ACCOUNT.getByName(purchase.accountId), (_account, state) => {
        state.abort("Durable Object reset because its code was updated.");
      }).catch(() => undefined);
      await buying;
      await ask(purchase);
    });

    expect(await wrongOf(purchases)).toEqual([]);
  });
});

function newCard(): Kind {
  const kind = KINDS.find(({ name }) => name === "new card");
  if (kind === undefined) {
    throw new Error("There are purchases by new card");
  }
  return kind;
}

/** A purchase that is charged at Stripe while its object dies. */
async function cutOff(): Promise<Purchase> {
  const purchase = await prepare(newCard());
  const plan = planFor(purchase.accountId, { at: "stripe", nth: CHARGE, way: "die_after" });
  await buy(purchase);
  recover(plan);
  const { data } = await stripe.paymentIntents.list();
  expect(data.map(({ status }) => status)).toEqual(["succeeded"]);
  return purchase;
}

/** What an object holds that was replaced without knowing it. */
function replacedObjectOf({ accountId }: Purchase): AccountDeps {
  const created = createDeps(env);
  if (!created.ok) {
    throw new Error(created.setting);
  }
  const { deps } = created;
  const takeTurn = createQueue({ maxWaiting: 100, maxWaitMilliseconds: 5000, maxWorkMilliseconds: 5000 });
  return {
    ...deps,
    accountId,
    takeTurn,
    watch: () => Promise.resolve(),
    ...openLedger(deps.db, accountId, takeTurn, deps),
  };
}

/** A gate that holds the first `count` calls until it is opened and lets all others through. Each held one keeps the account's turn. */
function holdFirst(count: number): Gate {
  const gate = { isOpen: false, left: count };
  return {
    async pass(act) {
      if (gate.left > 0) {
        gate.left -= 1;
        while (!gate.isOpen) {
          await scheduler.wait(5);
        }
      }
      return act();
    },
    open() {
      gate.isOpen = true;
    },
  };
}

/** Makes every timeout come ten times sooner, so that nobody has to wait as long as the product does. */
function hurryTimeouts(): void {
  const inTime = globalThis.setTimeout;
  vi.stubGlobal("setTimeout", (callback: () => void, milliseconds = 0) =>
    inTime(callback, milliseconds / 10),
  );
}

async function ring({ accountId }: Purchase): Promise<void> {
  alarms.ring = true;
  await runDurableObjectAlarm(env.ACCOUNT.getByName(accountId)).catch(() => false);
  alarms.ring = false;
}

async function wrongOf(purchases: readonly Purchase[]): Promise<string[]> {
  const standing = await readStanding(purchases);
  return purchases.flatMap((purchase) => [
    ...wrongMoney(purchase, standing),
    ...leftOpen(purchase, standing),
    ...(standing.orders.get(purchase.accountId)?.some(({ state }) => state === "paid") === true
      ? []
      : ["the order is not paid"]),
  ]);
}
