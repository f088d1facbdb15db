/**
 * A storm of webhooks: one event again and again, shuffled among others over many accounts, of payments and of money that
 * went back of them, before or after. One entry each.
 */
import { env, exports } from "cloudflare:workers";
import { expect, inject, it } from "vitest";
import type { OrderAnswer } from "../../src/account/answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, newId, type OrderId } from "../../src/domain/ids.ts";
import { planFor, recover } from "../crash/faults.ts";
import { inParallel } from "../crash/in-parallel.ts";
import { control, stripe, typedCard } from "../stand-in/stripe/support.ts";

const TIMEOUT_MILLISECONDS = 30 * 60_000;
const AT_ONCE = 32;
/** Of a purchase by a new card of a new account, the call to Stripe that charges: customer, setup intent, payment intent. */
const CHARGE = 3;

/** Of so many payments, one is refunded in part and one disputed, before anybody has heard of them. */
const OF_SO_MANY = 4;
const REFUNDED_CENTS = 300;
const DISPUTED_CENTS = 400;

type Event = { id: string; body: string };
type Paid = { accountId: AccountId; orderId: OrderId; paymentIntentId: string };

const { times, others } = inject("storm");

it(
  `one event ${times} times, shuffled among ${others} others over as many accounts, and what went back of a half of them, makes one entry each, and every delivery is answered 200`,
  async () => {
    await control("/reset");
    const paid = await inParallel(Array.from({ length: others + 1 }), paysUnnoticed);
    const events = paid.map(toPaidEvent);
    const back = (await inParallel([...paid.slice(1).entries()], goesBack)).flat();
    const refunds = back.filter(({ id }) => id.startsWith("evt_refund")).length;
    const disputes = back.length - refunds;
    expect(await countOf("ledger_entries")).toBe(0);
    const [again, ...once] = events;
    const deliveries = shuffled([...Array.from({ length: times }, () => again), ...once, ...back]);
    const begun = performance.now();

    const statuses = await inParallel(deliveries, deliver, AT_ONCE);

    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    // oxlint-disable-next-line no-console -- How large the storm was is what whoever runs this wants to know.
    console.log(`Storm: ${deliveries.length} deliveries in ${seconds} s, ${events.length} accounts`);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await countOf("ledger_entries")).toBe(events.length + back.length);
    expect(await countOf("accounts WHERE balance = 1000")).toBe(events.length - back.length);
    expect(await countOf(`accounts WHERE balance = ${1000 - REFUNDED_CENTS}`)).toBe(refunds);
    expect(await countOf(`accounts WHERE balance = ${1000 - DISPUTED_CENTS}`)).toBe(disputes);
    expect(await countOf("money_back WHERE posted < known")).toBe(0);
    expect(await countOf("orders WHERE state = 'paid' AND confirmed_at IS NOT NULL")).toBe(events.length);
    expect(await countOf(`stripe_events WHERE outcome = 'settled' AND deliveries = ${times}`)).toBe(1);
    expect(await countOf("stripe_events WHERE outcome = 'settled' AND deliveries = 1")).toBe(
      others + back.length,
    );
  },
  TIMEOUT_MILLISECONDS,
);

/** A new account's purchase that is charged at Stripe while its object dies: only the webhook can tell of it. */
async function paysUnnoticed(): Promise<Paid> {
  const accountId = newId("acc");
  const orderId = newId("ord");
  await env.DB.prepare("INSERT INTO accounts (id, email, created_at) VALUES (?1, ?2, 1)")
    .bind(accountId, `${accountId}@example.com`)
    .run();
  const confirmationToken = await typedCard("4242424242424242");
  const payWith = { kind: "new_card", confirmationToken, saveCard: false } as const;
  const placing = { orderId, content: { credits: toCredits(1000), payWith } };
  const plan = planFor(accountId, { at: "stripe", nth: CHARGE, way: "die_after" });
  await callAccount<OrderAnswer>(env, accountId, async (account) =>
    account.placeOrder(accountId, placing),
  ).catch(() => null);
  recover(plan);
  const account = await env.DB.prepare("SELECT stripe_customer_id AS customer FROM accounts WHERE id = ?1")
    .bind(accountId)
    .first<{ customer: string }>();
  const { data } = await stripe.paymentIntents.list({ customer: account?.customer ?? "none" });
  const [payment] = data;
  if (payment?.status !== "succeeded") {
    throw new Error("The purchase was to be charged");
  }
  return { accountId, orderId, paymentIntentId: payment.id };
}

/** Stripe's event of the payment, as far as the product reads it. */
function toPaidEvent({ accountId, orderId, paymentIntentId }: Paid): Event {
  return toEvent(`evt_${orderId}`, "payment_intent.succeeded", {
    object: "payment_intent",
    id: paymentIntentId,
    metadata: { account_id: accountId, order_id: orderId },
  });
}

/** Money of some of the payments goes back at Stripe; its events name the payment alone. */
async function goesBack([index, { orderId, paymentIntentId }]: [number, Paid]): Promise<Event[]> {
  const payment = { payment_intent: paymentIntentId };
  if (index % OF_SO_MANY === 0) {
    const { id } = await stripe.refunds.create({ ...payment, amount: REFUNDED_CENTS });
    return [toEvent(`evt_refund_${orderId}`, "refund.created", { object: "refund", id, ...payment })];
  }
  if (index % OF_SO_MANY === 1) {
    await control("/stripe/disputes", { ...payment, amount: DISPUTED_CENTS });
    const [dispute] = (await stripe.disputes.list(payment)).data;
    const object = { object: "dispute", id: dispute?.id ?? "none", ...payment };
    return [toEvent(`evt_dispute_${orderId}`, "charge.dispute.created", object)];
  }
  return [];
}

function toEvent(id: string, type: string, object: object): Event {
  const created = Math.floor(Date.now() / 1000);
  return {
    id,
    body: JSON.stringify({
      id,
      object: "event",
      created,
      type,
      data: { object },
    }),
  };
}

async function deliver(event: Event | undefined): Promise<number> {
  const payload = event?.body ?? "";
  const signature = await stripe.webhooks.generateTestHeaderStringAsync({ payload, secret: "whsec_standin" });
  const response = await exports.default.fetch(
    new Request("http://localhost:8787/webhooks/stripe", {
      method: "POST",
      headers: { "Stripe-Signature": signature, "Content-Type": "application/json" },
      body: payload,
    }),
  );
  await response.body?.cancel();
  return response.status;
}

/** The same in another order, any order (Fisher and Yates). */
function shuffled<T>(items: readonly T[]): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const place = Math.floor(Math.random() * (last + 1));
    const moved = mixed.splice(place, 1);
    mixed.splice(last, 0, ...moved);
  }
  return mixed;
}

async function countOf(what: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT COUNT(*) AS count FROM ${what}`).first<{ count: number }>();
  return row?.count ?? 0;
}
