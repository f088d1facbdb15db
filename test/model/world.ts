/** The real product as the model's customers meet it: its Worker, its objects, the stand-in, and the clock. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import * as z from "zod";
import type { OrderAnswer } from "../../src/account/answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { recoverAll } from "../../src/cron/recover.ts";
import { type AccountId, type CardId, newId } from "../../src/domain/ids.ts";
import type { RefundAnswer } from "../../src/account/refund-answer.ts";
import { toCents } from "../../src/domain/money.ts";
import { DAY } from "../../src/domain/instant.ts";
import { loseWhatIsUnderWay } from "../crash/deliveries.ts";
import {
  alarms,
  type CrashPoint,
  gateSteps,
  type Plan,
  planFor,
  planOf,
  recover,
  workUnder,
} from "../crash/faults.ts";
import { choicesFrom, closeGate } from "../crash/gate.ts";
import { inParallel } from "../crash/in-parallel.ts";
import { challenge, control, stripe } from "../stand-in/stripe/support.ts";
import { posts, rows } from "../support/books.ts";
import type { BankChecks, ModelOrder, ModelRefund } from "./model.ts";

/** How much the product has been put through. */
export type World = { commands: number; faults: Plan[] };

/** The clock runs on from one world to the next, far ahead of the machine's, so that no alarm rings by itself. */
let now = Date.now() + DAY;

/** A new world: an empty Stripe, and accounts that have never bought. */
export async function newWorld(accounts: number): Promise<{ world: World; accountIds: AccountId[] }> {
  vi.useFakeTimers({ toFake: ["Date"], now });
  await control("/reset");
  const accountIds = Array.from({ length: accounts }, () => newId("acc"));
  await env.DB.batch(
    accountIds.map((id) =>
      env.DB.prepare("INSERT INTO accounts (id, email, created_at) VALUES (?1, ?2, ?3)").bind(
        id,
        `${id}@example.com`,
        now,
      ),
    ),
  );
  for (const [index, id] of accountIds.entries()) {
    planFor(id, null);
    // The other accounts' customers may refund unused credits and buy during a dispute, and fraud warnings are refunded.
    if (index > 0) {
      workUnder(id, {
        SELF_SERVICE_REFUND_DAYS: "14",
        REFUND_ON_FRAUD_WARNING: "yes",
        DURING_DISPUTE: "nothing",
      });
    }
  }
  return { world: { commands: 0, faults: [] }, accountIds };
}

/** Lets time pass. */
export function advance(milliseconds: number): void {
  now += milliseconds;
  vi.setSystemTime(now);
}

/** Arms the next call to Stripe, or the next commit, to fail. */
export function failNext(accountId: AccountId, point: CrashPoint): Plan {
  mend(accountId);
  return planFor(accountId, point);
}

/** Sets when the bank answers the card checks from now on. */
export async function bankAnswers(checks: BankChecks): Promise<void> {
  await control("/stripe/bank", { checks });
}

/** Makes an account's object do everything from now on one step at a time, in an order that `seed` repeats. */
export function interleave(accountId: AccountId, seed: number): void {
  gateSteps(accountId, closeGate(choicesFrom(seed)));
}

/** Refunds money of a paid order by hand at Stripe, as far as Stripe allows it. */
export async function refundAtStripe(order: ModelOrder, cents: number): Promise<void> {
  await answered(stripe.refunds.create({ payment_intent: await paymentOf(order), amount: cents }));
}

/** Brings the last of an order's refunds at Stripe to an end, if it still can end so. */
export async function refundTurns(
  order: ModelOrder,
  outcome: "succeeds" | "fails" | "is_called_off",
): Promise<void> {
  const { data } = await stripe.refunds.list({ payment_intent: await paymentOf(order) });
  const id = data[0]?.id ?? "none";
  await answered(
    outcome === "succeeds"
      ? control("/stripe/jobs/run", { kind: "complete_refund" })
      : control(`/stripe/refunds/${outcome === "fails" ? "fail" : "cancel"}`, { id }),
  );
}

/** The cardholder disputes an order's payment, or part of it, or only inquires about it. */
export async function dispute(order: ModelOrder, cents: number, isInquiry: boolean): Promise<void> {
  const payment = await paymentOf(order);
  await answered(control("/stripe/disputes", { payment_intent: payment, amount: cents, inquiry: isInquiry }));
}

/** The bank moves the last of an order's disputes to another status. */
export async function disputeMoves(order: ModelOrder, status: string): Promise<void> {
  const { data } = await stripe.disputes.list({ payment_intent: await paymentOf(order) });
  await answered(control("/stripe/disputes/move", { id: data[0]?.id ?? "none", status }));
}

/** The bank warns of fraud in an order's payment. */
export async function bankWarns(order: ModelOrder): Promise<void> {
  const payment = await paymentOf(order);
  await answered(control("/stripe/early_fraud_warnings", { payment_intent: payment }));
}

/** Staff request a refund, or a customer one of unused credits; null if no answer came. */
export function askRefund({ order, refundId, by, cents }: ModelRefund): Promise<RefundAnswer | null> {
  const { accountId, placing } = order;
  const { orderId } = placing;
  return answered(
    callAccount<RefundAnswer>(env, accountId, async (account) =>
      by === "customer"
        ? account.requestRefund(accountId, { refundId, orderId })
        : account.refundOrder(accountId, {
            refundId,
            orderId,
            amount: toCents(cents),
            reason: "requested_by_customer",
            actor: "staff@example.com",
            note: null,
          }),
    ),
  );
}

/**
 * An account spends that percentage of its oldest credits, posted as a spend would be, past its object. Returns how
 * many credits that was.
 */
export async function spend(accountId: AccountId, percent: number): Promise<number> {
  const grant = await oldestGrant(accountId);
  const credits = Math.floor(((grant?.remaining ?? 0) * percent) / 100);
  if (grant === null || credits === 0) {
    return 0;
  }
  await posts(accountId, { kind: "spend", credits: -credits, grant_id: grant.id });
  return credits;
}

/** Whether the books would let an account spend one credit more than its oldest grant holds. */
export async function maySpendTooMuch(accountId: AccountId): Promise<boolean> {
  const grant = await oldestGrant(accountId);
  if (grant === null) {
    return false;
  }
  const line = { kind: "spend", credits: -(grant.remaining + 1), grant_id: grant.id };
  return posts(accountId, line).then(
    () => true,
    () => false,
  );
}

async function oldestGrant(accountId: AccountId): Promise<{ id: string; remaining: number } | null> {
  const [grant] = await rows(
    "SELECT id, remaining FROM grants WHERE account_id = ?1 AND remaining > 0 ORDER BY created_at LIMIT 1",
    accountId,
  );
  return grant === undefined ? null : { id: String(grant["id"]), remaining: Number(grant["remaining"]) };
}

async function paymentOf({ placing }: ModelOrder): Promise<string> {
  const [row] = await rows("SELECT payment_intent_id AS id FROM orders WHERE id = ?1", placing.orderId);
  return String(row?.["id"] ?? "none");
}

/** Makes everything work again; what Stripe has stored under a key stays stored. */
export function mend(accountId: AccountId): void {
  recover(planOf(accountId) ?? planFor(accountId, null));
}

/** The card with which a paid order was paid, if it is still saved. */
export async function cardOf({ placing }: ModelOrder): Promise<CardId | null> {
  const row = await env.DB.prepare(
    "SELECT id FROM cards WHERE saved = 1 AND id = (SELECT card_id FROM orders WHERE id = ?1)",
  )
    .bind(placing.orderId)
    .first<{ id: CardId }>();
  return row?.id ?? null;
}

/** Places an order; null if no answer came. */
export async function place({ accountId, placing }: ModelOrder): Promise<OrderAnswer | null> {
  return answered(
    callAccount<OrderAnswer>(env, accountId, async (account) => account.placeOrder(accountId, placing)),
  );
}

/** Comes back to an order; null if no answer came. */
export async function settle({ accountId, placing }: ModelOrder): Promise<OrderAnswer | null> {
  return answered(
    callAccount<OrderAnswer>(env, accountId, async (account) =>
      account.settleOrder(accountId, placing.orderId),
    ),
  );
}

/** What the Worker requests after it has answered. */
export async function tidy(accountId: AccountId): Promise<void> {
  await answered(callAccount(env, accountId, (account) => account.tidy(accountId)));
}

/** Answers the bank, unless it has stopped waiting. */
export async function answerBank(secret: string, outcome: "authenticated" | "failed"): Promise<void> {
  await challenge({ client_secret: secret }, outcome).catch(() => undefined);
}

/** Delivers some of Stripe's events, delivered before or not, each that many times; `picks` chooses them and their order. */
export async function deliver(picks: readonly number[], times: number): Promise<void> {
  const events = await listEvents();
  const chosen = picks.flatMap((pick) => events[pick % Math.max(events.length, 1)]?.id ?? []);
  await inParallel(chosen, (id) => control("/stripe/events/deliver", { id, times }));
}

/** Loses whatever the accounts have under way: a machine may die right after an event was acknowledged. */
export async function loseAllUnderWay(accounts: readonly AccountId[]): Promise<void> {
  await Promise.all(accounts.map(loseWhatIsUnderWay));
}

/** Delivers everything that has not been acknowledged. */
export async function deliverRest(): Promise<void> {
  const waiting = (await listEvents()).filter(({ deliveries }) =>
    deliveries.some(({ state }) => state === "pending"),
  );
  await inParallel(waiting.toReversed(), ({ id }) => control("/stripe/events/deliver", { id }));
}

async function listEvents(): Promise<z.infer<typeof eventList>["events"]> {
  const response = await exports.default.fetch("http://localhost:8787/stand-in/stripe/events");
  return eventList.parse(await response.json()).events;
}

const eventList = z.object({
  events: z.array(z.object({ id: z.string(), deliveries: z.array(z.object({ state: z.string() })) })),
});

/** Rings an account's alarm, if one is set. */
export async function ring(accountId: AccountId): Promise<void> {
  alarms.ring = true;
  await answered(runDurableObjectAlarm(env.ACCOUNT.getByName(accountId)));
  alarms.ring = false;
}

/** Aborts an account's object in the middle of whatever it is doing. */
export async function abort(accountId: AccountId): Promise<void> {
  await answered(
    runInDurableObject(env.ACCOUNT.getByName(accountId), (_object, state) => {
      state.abort("Replaced");
    }),
  );
}

/** Runs the cron's recovery. */
export async function runCron(): Promise<void> {
  await answered(recoverAll(env));
}

/** Compares the books with Stripe's; null if the comparison could not be finished. */
export function reconcile(): ReturnType<typeof reconcileNow> {
  return reconcileNow(env);
}

async function answered<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch {
    return null;
  }
}
