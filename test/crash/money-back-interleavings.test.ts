/**
 * Money that goes back, handled from several sides at once: two staff, one of them twice, the customer, Stripe's
 * events, the alarm and reconciliation, each of their steps let through one at a time in an order that a seed repeats.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, inject, it } from "vitest";
import { recoverAll } from "../../src/cron/recover.ts";
import { control } from "../stand-in/stripe/support.ts";
import { deliver, deliverAllAtOnce, listWaiting } from "./deliveries.ts";
import { alarms, planFor, planOf, recover } from "./faults.ts";
import { choicesFrom, closeGate } from "./gate.ts";
import { inParallel } from "./in-parallel.ts";
import {
  ask,
  askRefund,
  buyCredits,
  concernsMoneyBack,
  type MoneyBack,
  prepare,
  spend,
} from "./money-back.ts";
import { type Kind, PLAIN } from "./money-back-kinds.ts";
import {
  leftOpen,
  notBooked,
  notSubmitted,
  readStanding,
  wronglyTold,
  wrongMoney,
} from "./money-back-standing.ts";

const { isWhole } = inject("crashes");
const ORDERS_OF_STEPS = isWhole ? 150 : 3;
const TIMEOUT_MILLISECONDS = 30 * 60_000;

type Meeting = {
  kind: Kind;
  /** What happens at once. */
  together: (deed: MoneyBack) => Promise<unknown>[];
  /** How many of the 11,111 cents may have been refunded by the end, at most; null if disputes allow any amount. */
  mostCents: number | null;
};

const MEETINGS: readonly Meeting[] = [
  {
    kind: { ...PLAIN, name: "two staff refund six tenths each", deed: [] },
    together: (deed) => [askRefund(deed, 6_666), askRefund(deed, 6_666), ring(deed), ring(deed)],
    mostCents: 6_666,
  },
  {
    kind: {
      ...PLAIN,
      name: "the same refund is asked for three times",
      asks: { what: "refund", by: "staff", cents: 3_333 },
      deed: [],
    },
    together: (deed) => [ask(deed), ask(deed), ask(deed), ring(deed)],
    mostCents: 3_333,
  },
  {
    kind: {
      ...PLAIN,
      name: "staff and the customer refund what is left",
      settings: { SELF_SERVICE_REFUND_DAYS: "14" },
      asks: { what: "refund", by: "customer", cents: "left" },
      before: [{ do: "spend", credits: 1_000 }],
      deed: [],
    },
    together: (deed) => [ask(deed), askRefund(deed, "left"), ask(deed), ring(deed)],
    mostCents: 11_111,
  },
  {
    kind: {
      ...PLAIN,
      name: "events of a refund and of a dispute arrive, each twice",
      before: [
        { do: "refund_at_stripe", cents: 3_333 },
        { do: "dispute", cents: 5_000 },
      ],
      deed: [],
    },
    together: (deed) => [arrive(deed), arrive(deed), ring(deed), compare(deed)],
    mostCents: null,
  },
  {
    kind: {
      ...PLAIN,
      name: "a refund fails and a dispute is won while staff refund",
      before: [
        { do: "refund_at_stripe", cents: 3_333 },
        { do: "dispute", cents: 5_000 },
        { do: "arrive" },
        { do: "refund_fails" },
        { do: "dispute_moves", to: "won" },
      ],
      deed: [],
    },
    together: (deed) => [arrive(deed), askRefund(deed, 2_222), arrive(deed), compare(deed), ring(deed)],
    mostCents: null,
  },
  {
    kind: {
      ...PLAIN,
      name: "a warning refunds by itself while staff refund",
      settings: { REFUND_ON_FRAUD_WARNING: "yes" },
      before: [{ do: "bank_warns" }],
      deed: [],
    },
    together: (deed) => [arrive(deed), askRefund(deed, 2_222), arrive(deed), ring(deed)],
    mostCents: 11_111,
  },
  {
    kind: { ...PLAIN, name: "a refund meets a purchase and two spends", deed: [] },
    together: (deed) => [
      askRefund(deed, 3_333),
      buyMore(deed),
      spendMeanwhile(deed, 7_000),
      spendMeanwhile(deed, "left"),
      ring(deed),
    ],
    mostCents: 3_333,
  },
  {
    kind: {
      ...PLAIN,
      name: "a customer refunds what is unused and spends, and buys more",
      settings: { SELF_SERVICE_REFUND_DAYS: "14" },
      asks: { what: "refund", by: "customer", cents: "left" },
      deed: [],
    },
    together: (deed) => [
      ask(deed),
      spendMeanwhile(deed, 4_000),
      buyMore(deed),
      spendMeanwhile(deed, "left"),
      ring(deed),
    ],
    mostCents: 11_111,
  },
  {
    kind: {
      ...PLAIN,
      name: "a dispute opens while its customer buys and spends",
      settings: { DURING_DISPUTE: "nothing" },
      before: [{ do: "dispute", cents: 5_000 }],
      deed: [],
    },
    together: (deed) => [
      arrive(deed),
      buyMore(deed),
      spendMeanwhile(deed, 7_000),
      arrive(deed),
      spendMeanwhile(deed, "left"),
    ],
    mostCents: null,
  },
  {
    kind: {
      ...PLAIN,
      name: "two staff submit evidence while a refund fails and the customer spends",
      asks: { what: "evidence", by: "staff" },
      before: [
        { do: "refund_at_stripe", cents: 3_333 },
        { do: "dispute", cents: 5_000 },
        { do: "arrive" },
        { do: "refund_fails" },
      ],
      deed: [],
    },
    together: (deed) => [ask(deed), spendMeanwhile(deed, 3_000), ask(deed), arrive(deed), ring(deed)],
    mostCents: null,
  },
];

it.each(MEETINGS.map((meeting) => [meeting.kind.name, meeting] as const))(
  `the books agree with Stripe when %s, all at once, in ${ORDERS_OF_STEPS} orders of their steps`,
  async (_name, meeting) => {
    await control("/reset");
    await control("/stripe/fees", { automatic: "at_once" });
    const deeds = await prepare(Array.from({ length: ORDERS_OF_STEPS }, () => meeting.kind));

    alarms.ring = true;
    await inParallel([...deeds.entries()], ([index, deed]) => meet(meeting, deed, index + 1), 8);
    alarms.ring = false;
    await deliverAllAtOnce(concernsMoneyBack);
    await inParallel(deeds, ({ accountId }) => env.ACCOUNT.getByName(accountId).recover(accountId));
    await recoverAll(env);

    const standing = await readStanding(deeds);
    const wrong = deeds.flatMap((deed, index) =>
      [
        ...wrongMoney(deed, standing),
        ...notBooked(deed, standing),
        ...leftOpen(deed, standing),
        ...notSubmitted(deed, standing),
        ...wronglyTold(deed, standing),
        ...unpaid(deed, standing),
        ...goneTooFar(deed, meeting.mostCents, standing),
      ].map((what) => `seed ${index + 1}: ${what}`),
    );
    expect(wrong).toEqual([]);
  },
  TIMEOUT_MILLISECONDS,
);

/** Starts everything at once, and lets each step through as the seed says. */
async function meet({ together }: Meeting, deed: MoneyBack, seed: number): Promise<void> {
  const plan = planFor(deed.accountId, null);
  plan.gate = closeGate(choicesFrom(seed));
  await Promise.allSettled(together(deed));
  recover(plan);
}

function goneTooFar(
  { paymentIntent }: MoneyBack,
  mostCents: number | null,
  { refundsAtStripe }: Awaited<ReturnType<typeof readStanding>>,
): string[] {
  const refunded = (refundsAtStripe.get(paymentIntent) ?? []).reduce((sum, { amount }) => sum + amount, 0);
  return mostCents === null || refunded <= mostCents ? [] : [`${refunded} cents are refunded`];
}

/** A purchase whose customer has paid and got no credits. */
function unpaid({ accountId }: MoneyBack, { accounts }: Awaited<ReturnType<typeof readStanding>>): string[] {
  const count = accounts.get(accountId)?.unpaid ?? 0;
  return count === 0 ? [] : [`${count} purchases are not paid`];
}

async function buyMore({ accountId }: MoneyBack): Promise<void> {
  await buyCredits(accountId, "4242424242424242", 2_000);
}

/** A spend is one step, let through in its turn like those of the account's object. */
async function spendMeanwhile(deed: MoneyBack, credits: number | "left"): Promise<void> {
  const gate = planOf(deed.accountId)?.gate ?? null;
  await (gate === null ? spend(deed, credits) : gate.pass(() => spend(deed, credits)));
}

async function ring({ accountId }: MoneyBack): Promise<void> {
  await runDurableObjectAlarm(env.ACCOUNT.getByName(accountId)).catch(() => false);
}

/** Reconciling reaches the order. */
async function compare({ accountId, orderId }: MoneyBack): Promise<void> {
  await env.ACCOUNT.getByName(accountId).recordMoneyBack(accountId, orderId);
}

/** All of Stripe's waiting events about the order arrive at once. */
async function arrive({ paymentIntent }: MoneyBack): Promise<void> {
  const waiting = await listWaiting(concernsMoneyBack);
  await Promise.all(
    waiting.filter((event) => event.paymentIntent === paymentIntent).map(({ id }) => deliver(id)),
  );
}
