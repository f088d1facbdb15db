/**
 * Settles an order: brings it to what Stripe says is true. One function for the customer's request, the page's return,
 * the webhook, the object's alarm and the cron. Two callers at once are harmless, because they use the same idempotency
 * keys at Stripe and meet the same constraints in D1.
 */
import { type CardFacts, failedFields } from "../domain/card.ts";
import { type Facts, type PaymentFacts, paymentIn, paysExactly } from "../domain/facts.ts";
import type { OrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { invariant } from "../domain/invariant.ts";
import { type Asker, CARD_NO_LONGER_USABLE, nextStep, type Step } from "../domain/next-step.ts";
import { isEnded, type Order } from "../domain/order.ts";
import { traceOf, type TraceStep } from "../domain/trace.ts";
import { type Account, type AccountRow, selectAccount, toAccount, updateContact } from "../store/accounts.ts";
import {
  insertCard,
  markCardForDetaching,
  markCardUsed,
  markChargedCardForDetaching,
} from "../store/cards.ts";
import {
  updatePaymentIntent,
  updateSetupAfterEnd,
  updateToEnd,
  updateToPaid,
  updateToPaying,
  updateToVerifying,
} from "../store/order-changes.ts";
import { type OrderRow, selectOrder, toOrder } from "../store/orders.ts";
import { insertReceipt } from "../store/receipts.ts";
import { rowsOf } from "../store/rows.ts";
import type { AccountDeps } from "./account-deps.ts";
import { type AskStep, askStripe, isAskStep } from "./ask-stripe.ts";

/** A run of settling: the order and account as last read, who asks, and what is known already. */
export type Run = { order: Order; account: Account; asker: Asker; facts: Facts };

/**
 * Where settling stopped. `waitingFor`: `stripe` is working on it or has nothing yet, the `customer` has a challenge to
 * answer, Stripe did not answer (`stripe_unavailable`), or the account's queue was too long (`account_busy`). In all of
 * these the order stands and is settled again later.
 */
export type Settled = {
  order: Order;
  account: Account;
  waitingFor: "nothing" | "stripe" | "customer" | "stripe_unavailable" | "account_busy";
  clientSecret: string | null;
  /** Whether Stripe rejected the confirmation token. */
  tokenWasUnusable: boolean;
  /** Whether Stripe has a payment for the order that is not of its amount. It brings no credits; a person has to look. */
  paymentDiffers: boolean;
  /** How far the order got, step by step. */
  trace: TraceStep[];
};

/** No order takes more steps than this; one that does is in a loop. */
const MOST_STEPS = 20;

/** Performs the order's next steps until there is nothing left to do now. */
export async function settle(deps: AccountDeps, run: Run): Promise<Settled> {
  let { order, account, facts } = run;
  for (let taken = 0; taken < MOST_STEPS; taken += 1) {
    const step = nextStep(order, facts, run.asker, deps.now());
    const rest = {
      order,
      account,
      clientSecret: null,
      tokenWasUnusable: facts.setup === "unusable_token",
      paymentDiffers: isPaidOtherwise(order, facts),
      trace: traceOf(order, facts),
    };
    if (step.do === "rest") {
      const clientSecret = step.waitingFor === "customer" ? step.clientSecret : null;
      return { ...rest, waitingFor: step.waitingFor, clientSecret };
    }
    if (isAskStep(step)) {
      const asked = await askStripe(deps, order, account, step);
      if (!asked.answered) {
        return { ...rest, waitingFor: "stripe_unavailable" };
      }
      facts = withLearnt(facts, asked.value);
    } else {
      const turn = await changeOrder(deps, order, step);
      if (!turn.taken) {
        return { ...rest, waitingFor: "account_busy" };
      }
      ({ order, account } = turn.value);
      if (isEnding(step) && !isEnded(order)) {
        // Another run has moved the order on, so what this one learnt before may be out of date.
        facts = {};
      }
    }
  }
  invariant(false, "settling an order ends");
}

function isEnding(step: Step): boolean {
  return step.do === "refuse" || step.do === "decline" || step.do === "abandon";
}

function isPaidOtherwise(order: Order, facts: Facts): boolean {
  const payment = paymentIn(facts);
  return payment?.status === "succeeded" && !paysExactly(payment, order);
}

function withLearnt(known: Facts, learnt: Facts): Facts {
  return { ...known, ...learnt };
}

/**
 * Reads the order and settles it; null if the account does not have it. At the customer's own request the alarm is set
 * first, unless the order is paid and nothing is left to be interrupted.
 */
export async function settleOrder(
  deps: AccountDeps,
  orderId: OrderId,
  asker: Asker,
  facts: Facts = {},
): Promise<Settled | null> {
  const [orders, accounts] = await deps.db.batch([
    selectOrder(deps.db, orderId),
    selectAccount(deps.db, deps.accountId),
  ]);
  const orderRow = rowsOf<OrderRow>(orders)[0];
  const accountRow = rowsOf<AccountRow>(accounts)[0];
  if (orderRow === undefined || accountRow === undefined || orderRow.account_id !== deps.accountId) {
    return null;
  }
  const order = toOrder(orderRow);
  if (asker === "customer" && order.state !== "paid") {
    await deps.watch();
  }
  return settle(deps, { order, account: toAccount(accountRow), asker, facts });
}

/** Whether settling got as far as it can for now, rather than being cut short. */
export function hasComeToRest(settled: Settled): boolean {
  return settled.waitingFor !== "stripe_unavailable" && settled.waitingFor !== "account_busy";
}

type ChangeStep = Exclude<Step, AskStep | { do: "rest" }>;
type Changed = { taken: true; value: { order: Order; account: Account } } | { taken: false };

/** Writes one change to the order in the account's turn, and reads the result, because another run may have been first. */
async function changeOrder(deps: AccountDeps, order: Order, step: ChangeStep): Promise<Changed> {
  const { db } = deps;
  if (step.do === "post") {
    return postPurchase(deps, order, step.payment);
  }
  const turn = await deps.takeTurn(() =>
    db.batch([
      ...statementsFor(deps, order, step),
      selectOrder(db, order.id),
      selectAccount(db, order.accountId),
    ]),
  );
  return turn.taken ? { taken: true, value: toStanding(turn.value) } : turn;
}

function statementsFor(
  deps: AccountDeps,
  order: Order,
  step: Exclude<ChangeStep, { do: "post" }>,
): D1PreparedStatement[] {
  const { db } = deps;
  switch (step.do) {
    case "await_setup": {
      return [updateToVerifying(db, order.id, step.setup)];
    }
    case "begin_paying": {
      return [
        keepCard(deps, step.card),
        updateToPaying(db, order.id, {
          card: step.card,
          setupIntentId: step.setup.id,
          verifiedAt: deps.now(),
        }),
      ];
    }
    case "await_payment": {
      return [updatePaymentIntent(db, order.id, step.payment)];
    }
    case "refuse": {
      const { fields, setup, payment } = step;
      const declineCode = setup?.declineCode ?? payment?.declineCode ?? null;
      return end(deps, order, { state: "refused", fields, declineCode }, step);
    }
    case "decline": {
      return end(deps, order, { state: "declined", declineCode: step.declineCode }, step);
    }
    case "abandon": {
      return end(deps, order, { state: "abandoned" }, { setup: step.setup, payment: null });
    }
    case "forget": {
      const { card } = step.setup;
      return [
        ...(card === null
          ? []
          : [keepCard(deps, card), markCardForDetaching(db, order.id, card.paymentMethodId)]),
        updateSetupAfterEnd(db, order.id, step.setup),
      ];
    }
  }
}

/** Ends the order without payment. Detaches a new card, and a saved one that failed a check or is no longer usable. */
function end(
  deps: AccountDeps,
  order: Order,
  ending: Parameters<typeof updateToEnd>[2]["end"],
  known: { setup: { id: string; card: CardFacts | null } | null; payment: PaymentFacts | null },
): D1PreparedStatement[] {
  const { db } = deps;
  const card = known.setup?.card ?? null;
  const paymentMethodId = card?.paymentMethodId ?? order.card?.paymentMethodId ?? null;
  const isUnusable = ending.state === "declined" && ending.declineCode === CARD_NO_LONGER_USABLE;
  const forgets = order.payWith.kind === "new_card" || ending.state === "refused" || isUnusable;
  return [
    ...(card === null ? [] : [keepCard(deps, card)]),
    updateToEnd(db, order, {
      end: ending,
      endedAt: deps.now(),
      setupIntentId: known.setup?.id ?? null,
      paymentIntentId: known.payment?.id ?? null,
      card,
    }),
    ...(forgets && paymentMethodId !== null ? [markCardForDetaching(db, order.id, paymentMethodId)] : []),
  ];
}

function keepCard(deps: AccountDeps, card: CardFacts): D1PreparedStatement {
  return insertCard(deps.db, {
    id: deps.newId("crd"),
    accountId: deps.accountId,
    facts: card,
    createdAt: deps.now(),
  });
}

/**
 * Posts a succeeded payment: entry, grant, receipt number and the state `paid` in one commit, once. If the amount or
 * currency is not the order's own, nothing is posted and a person has to look.
 */
async function postPurchase(deps: AccountDeps, order: Order, payment: PaymentFacts): Promise<Changed> {
  const { db } = deps;
  invariant(payment.status === "succeeded", "only a succeeded payment is posted");
  invariant(paysExactly(payment, order), "a payment's amount and currency are its order's");
  const at = deps.now();
  const turn = await deps.post({
    bringing: {
      kind: "purchase",
      credits: order.credits,
      orderId: order.id,
      source: { type: "payment_intent", id: payment.id },
      actor: "customer",
      note: null,
      expiresAt: null,
    },
    alongside: () => [
      ...useCard(deps, order, at),
      updateToPaid(db, order.id, { payment, paidAt: at }),
      ...forgetIfCheckFailed(deps, order, payment),
      insertReceipt(db, {
        id: deps.newId("rcp"),
        orderId: order.id,
        seller: deps.settings.seller,
        issuedAt: at,
      }),
      ...(order.card === null || order.payWith.kind === "saved_card"
        ? []
        : [updateContact(db, order.accountId, order.card.id)]),
      selectOrder(db, order.id),
      selectAccount(db, order.accountId),
    ],
  });
  if (!turn.taken) {
    return turn;
  }
  const results =
    turn.value.outcome === "now"
      ? turn.value.results
      : await db.batch([selectOrder(db, order.id), selectAccount(db, order.accountId)]);
  return { taken: true, value: toStanding(results) };
}

/** The card of a paid order: saved if the customer chose that, otherwise detached. */
function useCard(deps: AccountDeps, order: Order, at: Instant): D1PreparedStatement[] {
  const { card, payWith } = order;
  const keep = payWith.kind === "new_card" && payWith.saveCard;
  return card === null ? [] : [markCardUsed(deps.db, card.id, { orderId: order.id, at, keep })];
}

/**
 * Detaches the card if the charge itself came back with a failed check that verification had not shown. The money has
 * moved, but the card is not offered or charged again.
 */
function forgetIfCheckFailed(deps: AccountDeps, order: Order, payment: PaymentFacts): D1PreparedStatement[] {
  const paymentMethodId = payment.paymentMethodId ?? order.card?.paymentMethodId ?? null;
  const hasFailed = payment.checks !== null && failedFields(payment.checks).length > 0;
  return hasFailed && paymentMethodId !== null
    ? [
        markChargedCardForDetaching(deps.db, {
          orderId: order.id,
          paymentIntentId: payment.id,
          paymentMethodId,
        }),
      ]
    : [];
}

/** The order and the account, from the last two results of a batch. */
function toStanding(results: readonly D1Result[]): { order: Order; account: Account } {
  const orderRow = rowsOf<OrderRow>(results.at(-2))[0];
  const accountRow = rowsOf<AccountRow>(results.at(-1))[0];
  invariant(
    orderRow !== undefined && accountRow !== undefined,
    "an order and its account are there to be read",
  );
  return { order: toOrder(orderRow), account: toAccount(accountRow) };
}
