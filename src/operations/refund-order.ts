/** Refunds an order, in part or in full: writes the request, asks Stripe, then takes credits according to its answer. */
import { toCredits } from "../domain/credits.ts";
import type { Failure } from "../domain/failure.ts";
import type { OrderId, RefundId } from "../domain/ids.ts";
import { HOUR } from "../domain/instant.ts";
import { mailAboutRefund } from "../domain/mail.ts";
import type { Cents } from "../domain/money.ts";
import {
  CREDITS_USED,
  NOT_REACHED,
  type Refund,
  type RefundReason,
  type RefundRequest,
} from "../domain/refund.ts";
import { creditsOwed, quoteRefund, unusedCents } from "../domain/refund-quote.ts";
import { insertMail } from "../store/mails.ts";
import { findOrder } from "../store/orders.ts";
import {
  insertRequestedRefund,
  markAttemptFailed,
  markRefundRefused,
  type RefundRow,
  selectRefund,
  toRefund,
} from "../store/refunds.ts";
import { createRefund, listRefundsAtStripe } from "../stripe/refunds.ts";
import type { AccountDeps } from "./account-deps.ts";
import { readRefundable } from "./read-refundable.ts";
import { type PaidOrder, postKnown, recordMoneyBack, recordRefund } from "./record-money-back.ts";

/** Stripe keeps an idempotency key for a day; a refund it does not have by then is no longer attempted. */
const REFUND_WINDOW = 23 * HOUR;

/**
 * A request to refund an amount, all that is `left` of the order, or the money for its `unused` credits. The caller made
 * the id.
 */
export type RefundAsk = {
  refundId: RefundId;
  orderId: OrderId;
  amount: Cents | "left" | "unused";
  reason: RefundReason;
  /** Who asks: a member of staff, `customer`, or `fraud_warning`. */
  actor: string;
  note: string | null;
  /** The most credits the account may owe afterwards; no limit if omitted. */
  mostOwed?: number;
};

/** The outcome. A refund still `requested` has no known answer from Stripe: it stands, and the alarm finishes it. */
export type RefundMade = { ok: true; refund: Refund } | { ok: false; failure: Failure };

/**
 * Makes the refund and takes its credits. The same id again is the same refund, however often it is sent; with another
 * order or amount it is a conflict.
 */
export async function refundOrder(deps: AccountDeps, ask: RefundAsk): Promise<RefundMade> {
  const turn = await deps.takeTurn(() => claim(deps, ask));
  if (!turn.taken) {
    return { ok: false, failure: { kind: "account_busy", retryAfterSeconds: 5 } };
  }
  const claimed = turn.value;
  if (!claimed.ok) {
    return claimed;
  }
  const { refund, isFresh } = claimed;
  if (refund.stripeRefundId !== null) {
    // Stripe's answer is known, but the run that wrote it may have stopped before taking the credits.
    await postKnown(deps, refund.orderId);
  }
  return { ok: true, refund: await finishRefund(deps, refund, isFresh) };
}

/**
 * Brings a requested refund in line with Stripe. Unless it is fresh, first looks whether Stripe already has it. Answers
 * the refund as it then stands.
 */
export async function finishRefund(deps: AccountDeps, refund: Refund, isFresh: boolean): Promise<Refund> {
  const order = await findOrder(deps.db, refund.orderId);
  if (order?.state !== "paid" || refund.state !== "requested") {
    return refund;
  }
  if (!isFresh) {
    const found = await findAtStripe(deps, order, refund);
    if (found !== "missing") {
      return found === "unanswered" ? refund : readAgain(deps, refund);
    }
    if (deps.now() - refund.requestedAt > REFUND_WINDOW) {
      return refuse(deps, refund, NOT_REACHED);
    }
    if (refund.actor === "customer" && (await areCreditsUsed(deps, refund))) {
      return refuse(deps, refund, CREDITS_USED);
    }
  }
  const answer = await createRefund(deps.stripe, {
    refundId: refund.id,
    orderId: order.id,
    accountId: order.accountId,
    paymentIntentId: order.paymentIntentId,
    amountCents: refund.amountCents,
    reason: toReason(refund.reason),
    attempt: refund.attempt,
  });
  if (!answer.answered) {
    return refund;
  }
  if (answer.value === "failed") {
    await markAttemptFailed(deps.db, refund).run();
    return refund;
  }
  if ("refused" in answer.value) {
    const refused = await refuse(deps, refund, answer.value.refused);
    // Stripe knows something that the books do not know yet.
    await recordMoneyBack(deps, order.id);
    return refused;
  }
  await recordRefund(deps, order, answer.value);
  return readAgain(deps, refund);
}

type Claim = { ok: true; refund: Refund; isFresh: boolean } | { ok: false; failure: Failure };

/** In the account's turn: reads everything the decision needs, and writes the request if the refund may be made. */
async function claim(deps: AccountDeps, ask: RefundAsk): Promise<Claim> {
  const { db, accountId } = deps;
  const before = await findRefund(deps, ask.refundId);
  if (before !== null) {
    await deps.watch();
    const isSame =
      before.accountId === accountId &&
      before.orderId === ask.orderId &&
      (typeof ask.amount === "string" || before.amountCents === ask.amount);
    return isSame
      ? { ok: true, refund: before, isFresh: false }
      : { ok: false, failure: { kind: "refund_conflict" } };
  }
  const read = await readRefundable(deps, ask.orderId);
  if (read === null) {
    return { ok: false, failure: { kind: "order_not_found" } };
  }
  const { refundable } = read;
  const unused = ask.amount === "unused" ? unusedCents(refundable) : null;
  if (unused === 0) {
    return { ok: false, failure: { kind: "nothing_to_refund" } };
  }
  const asked = typeof ask.amount === "string" ? unused : ask.amount;
  const quoted = quoteRefund(refundable, asked);
  if (!quoted.ok) {
    return quoted;
  }
  const owed = creditsOwed(quoted.quote);
  if (ask.mostOwed !== undefined && owed > ask.mostOwed) {
    return { ok: false, failure: { kind: "refund_quote_changed", creditsOwed: owed } };
  }
  const { refundId, orderId, reason, actor, note } = ask;
  const { amountCents, creditsToTake } = quoted.quote;
  const request: RefundRequest = { refundId, orderId, amountCents, reason, actor, note };
  await deps.watch();
  const creditsSetAside = ask.amount === "unused" ? creditsToTake : toCredits(0);
  await insertRequestedRefund(db, {
    ...request,
    accountId,
    requestedAt: deps.now(),
    creditsSetAside,
  }).run();
  const written = await findRefund(deps, refundId);
  if (written === null) {
    throw new Error("A refund just written could not be read");
  }
  return { ok: true, refund: written, isFresh: true };
}

/** Looks for the refund among the payment's refunds at Stripe, and records it if it is there. */
async function findAtStripe(
  deps: AccountDeps,
  order: PaidOrder,
  refund: Refund,
): Promise<"found" | "missing" | "unanswered"> {
  const listed = await listRefundsAtStripe(deps.stripe, order.paymentIntentId);
  if (!listed.answered) {
    return "unanswered";
  }
  const facts = listed.value.find(({ refundId }) => refundId === refund.id);
  if (facts === undefined) {
    return "missing";
  }
  await recordRefund(deps, order, facts);
  return "found";
}

/** Whether the customer has since used credits whose money they asked back as unused. */
async function areCreditsUsed(deps: AccountDeps, refund: Refund): Promise<boolean> {
  const read = await readRefundable(deps, refund.orderId);
  if (read === null) {
    return true;
  }
  const refunds = read.refundable.refunds.filter(({ id }) => id !== refund.id);
  return unusedCents({ ...read.refundable, refunds }) < refund.amountCents;
}

/** Records that the refund will not be made, and queues an e-mail to the customer if they asked for it. */
async function refuse(deps: AccountDeps, refund: Refund, failure: string): Promise<Refund> {
  const { db, accountId } = deps;
  const refused: Refund = { ...refund, state: "refused", failure };
  const kind = mailAboutRefund(refused);
  const mail = { subjectId: refund.id, orderId: refund.orderId, accountId, dueAt: deps.now() };
  await db.batch([
    markRefundRefused(db, refund.id, failure),
    ...(kind === null ? [] : [insertMail(db, { ...mail, kind })]),
  ]);
  return readAgain(deps, refund);
}

async function readAgain(deps: AccountDeps, refund: Refund): Promise<Refund> {
  return (await findRefund(deps, refund.id)) ?? refund;
}

async function findRefund(deps: AccountDeps, id: RefundId): Promise<Refund | null> {
  const row = await selectRefund(deps.db, id).first<RefundRow>();
  return row === null ? null : toRefund(row);
}

function toReason(reason: string | null): RefundReason {
  return reason === "duplicate" || reason === "fraudulent" ? reason : "requested_by_customer";
}
