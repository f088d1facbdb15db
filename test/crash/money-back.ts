/** Money that goes back, under way: purchases are made, and everything in their kind happens to them. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { RefundAnswer } from "../../src/account/refund-answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, newId, type OrderId, type RefundId } from "../../src/domain/ids.ts";
import { toCents } from "../../src/domain/money.ts";
import type { RefundAsk } from "../../src/operations/refund-order.ts";
import type { EvidenceMade } from "../../src/operations/submit-evidence.ts";
import { posts, rows } from "../support/books.ts";
import { control, stripe, typedCard } from "../stand-in/stripe/support.ts";
import { deliver, listWaiting, type WaitingEvent } from "./deliveries.ts";
import { alarms, planFor, planOf, recover, workUnder } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { type Act, CREDITS, type Kind } from "./money-back-kinds.ts";
import { openAccount } from "./purchases.ts";

/** A paid order of which money goes back. */
export type MoneyBack = {
  kind: Kind;
  accountId: AccountId;
  orderId: OrderId;
  paymentIntent: string;
  /** The id under which a refund is requested in the product, if one is. */
  refundId: RefundId;
};

/** Which call to Stripe charges when a new account buys with a new card: after the customer and setup intent, the payment intent. */
const CHARGE = 3;

/** Whether an event type is about money that goes back. */
export function concernsMoneyBack(type: string): boolean {
  return /^(refund|charge\.dispute|radar\.early_fraud_warning)\./.test(type);
}

/** Makes purchases of which money can go back, and everything that happens before the deed. */
export async function prepare(kinds: readonly Kind[]): Promise<MoneyBack[]> {
  await sellInYen();
  const deeds = await inParallel(kinds, async (kind) => {
    const accountId = await openAccount();
    workUnder(accountId, kind.settings);
    const plan = planFor(
      accountId,
      kind.isUnknownPurchase ? { at: "stripe", nth: CHARGE, way: "die_after" } : null,
    );
    const orderId = await buyCredits(accountId, kind.card, CREDITS);
    recover(plan);
    const paymentIntent = await paymentOf(accountId);
    return { kind, accountId, orderId, paymentIntent, refundId: newId("rfd") };
  });
  await happenTo(deeds, (kind) => kind.before);
  await endWatches(deeds.filter(({ kind }) => !kind.isUnknownPurchase));
  return deeds;
}

/** Prices for the kinds whose deployment sells in yen: no whole number of yen for each credit, nor of credits for each yen. */
async function sellInYen(): Promise<void> {
  await env.DB.prepare("INSERT INTO price_tiers VALUES ('jpy', 1, 1300000) ON CONFLICT DO NOTHING").run();
}

/** Ends the alarm's watch over what happened before, so that it rings later only if the deed itself has set it. */
async function endWatches(deeds: readonly MoneyBack[]): Promise<void> {
  alarms.ring = true;
  const isSet = await inParallel(deeds, async ({ accountId }) => {
    const object = env.ACCOUNT.getByName(accountId);
    await runDurableObjectAlarm(object);
    return runInDurableObject(object, async (_account, state) => (await state.storage.getAlarm()) !== null);
  });
  alarms.ring = false;
  if (isSet.includes(true)) {
    throw new Error("Nothing was to be left for the alarm");
  }
}

/** Performs the deeds that are to die. After dying, a deed goes no further in the product, but it does at Stripe and at the bank. */
export async function act(deeds: readonly MoneyBack[]): Promise<void> {
  await happenTo(deeds, (kind) => kind.deed);
}

/** Makes the request of the deed's kind, or repeats it: for the refund with the same id, or for the evidence. */
export async function ask(deed: MoneyBack): Promise<unknown> {
  const { kind, accountId, orderId, refundId } = deed;
  if (kind.asks === null) {
    return null;
  }
  if (kind.asks.what === "evidence") {
    return submitEvidence(deed);
  }
  const { by, cents } = kind.asks;
  return by === "customer"
    ? answered<RefundAnswer>(accountId, async (account) =>
        account.requestRefund(accountId, { refundId, orderId }),
      )
    : askRefund(deed, cents, refundId);
}

/** A member of staff submits the evidence in the payment's latest dispute; null if no answer came. */
async function submitEvidence({ accountId, paymentIntent }: MoneyBack): Promise<EvidenceMade | null> {
  const [dispute] = (await stripe.disputes.list({ payment_intent: paymentIntent, limit: 1 })).data;
  if (dispute === undefined) {
    throw new Error("There was to be a dispute to submit evidence in");
  }
  const asked = { disputeId: dispute.id, actor: "staff@example.com", changes: {} };
  return answered<EvidenceMade>(accountId, async (account) => account.submitEvidence(accountId, asked));
}

/** A member of staff requests a refund; null if no answer came. */
export function askRefund(
  { accountId, orderId }: Pick<MoneyBack, "accountId" | "orderId">,
  cents: number | "left",
  refundId: RefundId = newId("rfd"),
): Promise<RefundAnswer | null> {
  const asked: RefundAsk = {
    refundId,
    orderId,
    amount: cents === "left" ? "left" : toCents(cents),
    reason: "requested_by_customer",
    actor: "staff@example.com",
    note: null,
  };
  return answered<RefundAnswer>(accountId, async (account) => account.refundOrder(accountId, asked));
}

type Stub = Parameters<Parameters<typeof callAccount<unknown>>[2]>[0];

async function answered<T>(accountId: AccountId, call: (account: Stub) => Promise<T>): Promise<T | null> {
  try {
    return await callAccount<T>(env, accountId, async (account) => call(account));
  } catch {
    return null;
  }
}

/** One act after another, each for all deeds at once, so that Stripe's events are listed once, not once for each deed. */
async function happenTo(deeds: readonly MoneyBack[], actsOf: (kind: Kind) => readonly Act[]): Promise<void> {
  const most = Math.max(0, ...deeds.map(({ kind }) => actsOf(kind).length));
  for (let index = 0; index < most; index += 1) {
    const arriving = deeds.some(({ kind }) => actsOf(kind)[index]?.do === "arrive")
      ? Map.groupBy(await listWaiting(concernsMoneyBack), ({ paymentIntent }) => paymentIntent ?? "")
      : new Map<string, WaitingEvent[]>();
    await inParallel(deeds, async (deed) => {
      const next = actsOf(deed.kind)[index];
      if (next !== undefined) {
        await happen(deed, next, arriving.get(deed.paymentIntent) ?? []);
      }
    });
  }
}

async function happen(deed: MoneyBack, next: Act, arriving: readonly WaitingEvent[]): Promise<void> {
  const { accountId, paymentIntent } = deed;
  switch (next.do) {
    case "ask": {
      await ask(deed);
      return;
    }
    case "arrive": {
      for (const { id } of arriving) {
        // A deed that has died receives nothing more; its events wait at Stripe for recovery.
        if (planOf(accountId)?.hasFired !== true) {
          await deliver(id);
        }
      }
      return;
    }
    case "spend": {
      await spend(deed, next.credits);
      return;
    }
    case "buy_more": {
      await buyCredits(accountId, "4242424242424242", next.credits);
      return;
    }
    case "refund": {
      await askRefund(deed, next.cents);
      return;
    }
    case "refund_at_stripe": {
      await stripe.refunds.create({ payment_intent: paymentIntent, amount: next.cents });
      return;
    }
    case "refund_succeeds": {
      await control("/stripe/jobs/run", { kind: "complete_refund" });
      return;
    }
    case "refund_fails":
    case "refund_is_called_off": {
      const how = next.do === "refund_fails" ? "fail" : "cancel";
      const { data } = await stripe.refunds.list({ payment_intent: paymentIntent });
      await inParallel(data, ({ id }) => control(`/stripe/refunds/${how}`, { id }));
      return;
    }
    case "dispute": {
      await control("/stripe/disputes", {
        payment_intent: paymentIntent,
        inquiry: next.isInquiry ?? false,
        ...(next.cents !== "all" && { amount: next.cents }),
      });
      return;
    }
    case "dispute_moves": {
      const { data } = await stripe.disputes.list({ payment_intent: paymentIntent });
      const opened = data.toReversed();
      const moving = { first: opened.slice(0, 1), second: opened.slice(1, 2) };
      await inParallel(next.which === undefined ? opened : moving[next.which], ({ id }) =>
        control("/stripe/disputes/move", { id, status: next.to }),
      );
      return;
    }
    case "bank_warns": {
      await control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent });
    }
  }
}

/** The customer uses credits of the order, or all that are left of them, unless they are set aside for a refund. */
export async function spend({ accountId, orderId }: MoneyBack, credits: number | "left"): Promise<void> {
  const [grant] = await rows("SELECT id, remaining FROM grants WHERE order_id = ?1", orderId);
  const spent = credits === "left" ? Number(grant?.["remaining"]) : credits;
  if (spent <= 0) {
    return;
  }
  await posts(accountId, { kind: "spend", credits: -spent, grant_id: String(grant?.["id"]) }).catch(
    (error) => {
      if (!String(error).includes("set aside for a refund")) {
        throw error;
      }
    },
  );
}

/** The customer buys credits with a new card, and does not wait for the outcome if no answer comes. */
export async function buyCredits(accountId: AccountId, card: string, credits: number): Promise<OrderId> {
  const orderId = newId("ord");
  const confirmationToken = await typedCard(card);
  const payWith = { kind: "new_card", confirmationToken, saveCard: true } as const;
  const placing = { orderId, content: { credits: toCredits(credits), payWith } };
  await callAccount(env, accountId, async (account) => {
    await account.placeOrder(accountId, placing);
  }).catch(() => undefined);
  return orderId;
}

/** The account's first payment. */
async function paymentOf(accountId: AccountId): Promise<string> {
  const [account] = await rows(
    "SELECT stripe_customer_id AS customer FROM accounts WHERE id = ?1",
    accountId,
  );
  const { data } = await stripe.paymentIntents.list({ customer: String(account?.["customer"]) });
  const payment = data.at(-1);
  if (payment?.status !== "succeeded") {
    throw new Error("The purchase was to be paid at Stripe");
  }
  return payment.id;
}
