/** Money that goes back, under way: purchases are made and everything in their kind happens to them. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { RefundAnswer } from "../../src/account/refund-answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, newId, type OrderId, type RefundId } from "../../src/domain/ids.ts";
import { toCents } from "../../src/domain/money.ts";
import type { RefundAsk } from "../../src/operations/refund-order.ts";
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
  /** The refund asked for here, as long as it is asked for. */
  refundId: RefundId;
};

/** Of a purchase by a new card of a new account, the call to Stripe that charges: customer, setup intent, payment intent. */
const CHARGE = 3;

/** What Stripe tells of money that goes back. */
export function concernsMoneyBack(type: string): boolean {
  return /^(refund|charge\.dispute|radar\.early_fraud_warning)\./.test(type);
}

/** Purchases of which money can go back, with what happened before. */
export async function prepare(kinds: readonly Kind[]): Promise<MoneyBack[]> {
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

/** The watch over what happened before is over, so that an alarm rings later only where the deed itself has set it. */
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

/** Everything happens that is to die. What has died is done no further here; at Stripe and at the bank it goes on. */
export async function act(deeds: readonly MoneyBack[]): Promise<void> {
  await happenTo(deeds, (kind) => kind.deed);
}

/** Whoever asked for the refund asks again, with the same id; nobody asks where nobody did. */
export async function ask(deed: MoneyBack): Promise<RefundAnswer | null> {
  const { kind, accountId, orderId, refundId } = deed;
  if (kind.asks === null) {
    return null;
  }
  const { by, cents } = kind.asks;
  return by === "customer"
    ? answered(accountId, (account) => account.requestRefund(accountId, { refundId, orderId }))
    : askRefund(deed, cents, refundId);
}

/** A member of staff asks for a refund; null where no answer came. */
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
  return answered(accountId, (account) => account.refundOrder(accountId, asked));
}

type Stub = Parameters<Parameters<typeof callAccount<RefundAnswer>>[2]>[0];

async function answered(
  accountId: AccountId,
  call: (account: Stub) => Promise<RefundAnswer>,
): Promise<RefundAnswer | null> {
  try {
    return await callAccount<RefundAnswer>(env, accountId, async (account) => call(account));
  } catch {
    return null;
  }
}

/** One act after another, each for all at once: so what Stripe has to tell is asked for once, not once for each. */
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
        // What dies has no time for the next; it waits at Stripe for whoever recovers.
        if (planOf(accountId)?.hasFired !== true) {
          await deliver(id);
        }
      }
      return;
    }
    case "spend": {
      const [grant] = await rows(
        "SELECT id FROM grants WHERE account_id = ?1 ORDER BY created_at LIMIT 1",
        accountId,
      );
      await posts(accountId, { kind: "spend", credits: -next.credits, grant_id: String(grant?.["id"]) });
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
      await inParallel(data, ({ id }) => control("/stripe/disputes/move", { id, status: next.to }));
      return;
    }
    case "bank_warns": {
      await control("/stripe/early_fraud_warnings", { payment_intent: paymentIntent });
    }
  }
}

async function buyCredits(accountId: AccountId, card: string, credits: number): Promise<OrderId> {
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
