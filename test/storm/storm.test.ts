/**
 * A storm of webhooks: one event again and again, shuffled among others for many accounts, about payments and about
 * money of theirs that went back, which may arrive first. Each makes one entry.
 */
import { env, exports } from "cloudflare:workers";
import { expect, inject, it } from "vitest";
import type { OrderAnswer } from "../../src/account/answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, newId, type OrderId } from "../../src/domain/ids.ts";
import { type CrashPoint, type Plan, planFor, recover } from "../crash/faults.ts";
import { choicesFrom } from "../crash/gate.ts";
import { inParallel } from "../crash/in-parallel.ts";
import { control, stripe, typedCard } from "../stand-in/stripe/support.ts";

const TIMEOUT_MILLISECONDS = 30 * 60_000;
const AT_ONCE = 32;
/** Which call to Stripe charges when a new account buys with a new card: after the customer and setup intent, the payment intent. */
const CHARGE = 3;

/** Of every so many payments, one is partly refunded and one disputed before any of their events arrives. */
const OF_SO_MANY = 4;
const REFUNDED_CENTS = 300;
const DISPUTED_CENTS = 400;

/** Of every so many deliveries, one meets a failure of the account's database or of Stripe, or the end of its object. */
const FAILS_OF_SO_MANY = 8;
const FAILURES: readonly CrashPoint[] = [
  ...(["unreachable", "answer_lost", "fails_before", "too_many_requests", "abort_after"] as const).map(
    (way): CrashPoint => ({ at: "stripe", nth: 1, way }),
  ),
  ...(["fails_before", "fails_after", "abort_before", "abort_after"] as const).flatMap(
    (way): CrashPoint[] => [
      { at: "d1", nth: 1, way },
      { at: "d1", nth: 2, way },
    ],
  ),
];
/** Stripe comes back for days. Here nothing fails for longer than a few deliveries. */
const MOST_TRIES = 20;

type Event = { id: string; accountId: AccountId; body: string };
type Delivery = { event: Event; failure: CrashPoint | null };
/** What became of one delivery: how often it was tried, and the errors it was answered with while nothing had failed. */
type Delivered = { event: Event; tries: number; unexplained: number[] };
type Paid = { accountId: AccountId; orderId: OrderId; paymentIntentId: string };

const { times, others, seed: asked } = inject("storm");
const seed = asked ?? Math.floor(Math.random() * 2 ** 31);
const choose = choicesFrom(seed);
/** What was made to fail, by account. */
const failures = new Map<AccountId, Plan[]>();

it(
  `one event delivered ${times} times makes one entry, as does each of ${others} others it is shuffled among and of the refunds and disputes of half of those, with no error beyond those injected`,
  async () => {
    await control("/reset");
    const paid = await inParallel(Array.from({ length: others + 1 }), paysUnnoticed);
    const events = paid.map(toPaidEvent);
    const back = (await inParallel([...paid.slice(1).entries()], goesBack)).flat();
    const refunds = back.filter(({ id }) => id.startsWith("evt_refund")).length;
    const disputes = back.length - refunds;
    expect(await countOf("ledger_entries")).toBe(0);
    const deliveries = shuffled([
      ...Array.from({ length: times }, () => events[0]),
      ...events.slice(1),
      ...back,
    ]).map((event) => toDelivery(event));
    const begun = performance.now();

    const delivered = await inParallel(deliveries, deliverUntilTaken, AT_ONCE);

    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const failed = [...failures.values()].flat().filter(({ hasFired }) => hasFired).length;
    const redelivered = delivered.reduce((sum, { tries }) => sum + tries - 1, 0);
    // oxlint-disable-next-line no-console -- Whoever runs this wants to know how large the storm was.
    console.log(
      `Storm, seed ${seed}: ${deliveries.length} deliveries in ${seconds} s, ${events.length} accounts, ${failed} failures, ${redelivered} delivered again`,
    );
    expect(delivered.flatMap(({ unexplained }) => unexplained)).toEqual([]);
    expect(failed).toBeGreaterThan(0);
    expect(redelivered).toBeGreaterThan(0);
    expect(await countOf("ledger_entries")).toBe(events.length + back.length);
    expect(await countOf("accounts WHERE balance = 1000")).toBe(events.length - back.length);
    expect(await countOf(`accounts WHERE balance = ${1000 - REFUNDED_CENTS}`)).toBe(refunds);
    expect(await countOf(`accounts WHERE balance = ${1000 - DISPUTED_CENTS}`)).toBe(disputes);
    expect(await countOf("money_back WHERE posted < known")).toBe(0);
    expect(await countOf("orders WHERE state = 'paid' AND confirmed_at IS NOT NULL")).toBe(events.length);
    expect(await countOf("stripe_events WHERE outcome = 'settled'")).toBe(events.length + back.length);
    expect(await wronglyCounted(delivered)).toEqual([]);
  },
  TIMEOUT_MILLISECONDS,
);

/** A new account's purchase that is charged at Stripe while its object dies, so that only the webhook can finish it. */
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

/** Stripe's event about the payment, as far as the product reads it. */
function toPaidEvent({ accountId, orderId, paymentIntentId }: Paid): Event {
  return toEvent(accountId, `evt_${orderId}`, "payment_intent.succeeded", {
    object: "payment_intent",
    id: paymentIntentId,
    metadata: { account_id: accountId, order_id: orderId },
  });
}

/** Money of some of the payments goes back at Stripe; the events name only the payment. */
async function goesBack([index, { accountId, orderId, paymentIntentId }]: [number, Paid]): Promise<Event[]> {
  const payment = { payment_intent: paymentIntentId };
  if (index % OF_SO_MANY === 0) {
    const { id } = await stripe.refunds.create({ ...payment, amount: REFUNDED_CENTS });
    return [
      toEvent(accountId, `evt_refund_${orderId}`, "refund.created", { object: "refund", id, ...payment }),
    ];
  }
  if (index % OF_SO_MANY === 1) {
    await control("/stripe/disputes", { ...payment, amount: DISPUTED_CENTS });
    const [dispute] = (await stripe.disputes.list(payment)).data;
    const object = { object: "dispute", id: dispute?.id ?? "none", ...payment };
    return [toEvent(accountId, `evt_dispute_${orderId}`, "charge.dispute.created", object)];
  }
  return [];
}

function toEvent(accountId: AccountId, id: string, type: string, object: object): Event {
  const created = Math.floor(Date.now() / 1000);
  return {
    id,
    accountId,
    body: JSON.stringify({
      id,
      object: "event",
      created,
      type,
      data: { object },
    }),
  };
}

/** A delivery, with what is to fail when it comes, if anything. */
function toDelivery(event: Event | undefined): Delivery {
  if (event === undefined) {
    throw new Error("There is an event to deliver");
  }
  const isToFail = choose(FAILS_OF_SO_MANY) === 0;
  return { event, failure: isToFail ? (FAILURES[choose(FAILURES.length)] ?? null) : null };
}

/** Delivers an event as Stripe does: until it is answered with 200. */
async function deliverUntilTaken({ event, failure }: Delivery): Promise<Delivered> {
  const { accountId } = event;
  const plans = failures.get(accountId) ?? [];
  failures.set(accountId, plans);
  const countFailures = () => plans.filter(({ hasFired }) => hasFired).length;
  if (failure !== null) {
    plans.push(planFor(accountId, failure));
  }
  const unexplained: number[] = [];
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const before = countFailures();
    const status = await deliver(event);
    if (status === 200) {
      return { event, tries, unexplained };
    }
    if (countFailures() === before) {
      unexplained.push(status);
    }
  }
  throw new Error(`${event.id} was never answered with 200`);
}

/** The events of which another number of deliveries is counted than came: each one answered with 200, and any of the others. */
async function wronglyCounted(delivered: readonly Delivered[]): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT id, deliveries FROM stripe_events").all<{
    id: string;
    deliveries: number;
  }>();
  const counted = new Map(results.map(({ id, deliveries }) => [id, deliveries]));
  return [...Map.groupBy(delivered, ({ event }) => event.id)].flatMap(([id, came]) => {
    const count = counted.get(id) ?? 0;
    // A call to an object that was replaced meanwhile is repeated once by itself.
    const most = came.reduce((sum, { tries }) => sum + 2 * tries, 0);
    return count >= came.length && count <= most
      ? []
      : [`${id}: counted ${count} times, and came ${came.length} to ${most} times`];
  });
}

async function deliver(event: Event): Promise<number> {
  const payload = event.body;
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

/** The same in a random order (Fisher and Yates), which the seed repeats. */
function shuffled<T>(items: readonly T[]): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const place = choose(last + 1);
    const moved = mixed.splice(place, 1);
    mixed.splice(last, 0, ...moved);
  }
  return mixed;
}

async function countOf(what: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT COUNT(*) AS count FROM ${what}`).first<{ count: number }>();
  return row?.count ?? 0;
}
