/**
 * The Account object, one per account: it decides the order in which things happen to the account. It keeps no truth of
 * its own and may vanish at any moment. What it was told to do is in D1, and its alarm finishes what was interrupted.
 */
import { DurableObject } from "cloudflare:workers";
import { type Bindings, requireDeps } from "../deps.ts";
import type { AccountId, OrderId, RefundId } from "../domain/ids.ts";
import { HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import type { Cents } from "../domain/money.ts";
import { concernsMoneyBack, type StripeEvent } from "../domain/stripe-event.ts";
import { log } from "../log.ts";
import type { AccountDeps } from "../operations/account-deps.ts";
import { buildEvidence } from "../operations/build-evidence.ts";
import { type Placing, placeOrder } from "../operations/place-order.ts";
import { quoteRefundOfOrder } from "../operations/quote-refund.ts";
import { receiveEvent } from "../operations/receive-event.ts";
import { recordFraudWarnings } from "../operations/record-fraud-warnings.ts";
import { recordMoneyBack, type Recorded } from "../operations/record-money-back.ts";
import { recoverAccount, type Recovered, tidyAccount } from "../operations/recover-account.ts";
import { type RefundAsk, refundOrder } from "../operations/refund-order.ts";
import { requestRefund } from "../operations/request-refund.ts";
import { sendMails } from "../operations/send-mails.ts";
import { settleOrder } from "../operations/settle-order.ts";
import { settlePayment } from "../operations/settle-payment.ts";
import { type EvidenceAsk, type EvidenceMade, submitEvidence } from "../operations/submit-evidence.ts";
import type { EventOutcome } from "../store/stripe-events.ts";
import { type OrderAnswer, toAnswer } from "./answer.ts";
import { type EvidenceAnswer, type QuoteAnswer, type RefundAnswer, toRefundAnswer } from "./refund-answer.ts";
import { openLedger } from "./ledger.ts";
import { createQueue } from "./queue.ts";

/** How long after the previous look the alarm looks again for interrupted work. The cron backs the alarm. */
const ALARM_DELAYS = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR];

const QUEUE_BOUNDS = { maxWaiting: 1000, maxWaitMilliseconds: 10_000, maxWorkMilliseconds: 15_000 };

/** What the object's own storage holds: its account, and how often the alarm has looked. */
type AlarmState = { accountId: AccountId; looks: number };

export class Account extends DurableObject<Bindings> {
  #deps: AccountDeps | null = null;

  /** Places an order and settles it as far as possible. Placing the same order again returns it as it stands. */
  async placeOrder(accountId: AccountId, placing: Placing): Promise<OrderAnswer> {
    await this.#watch(accountId);
    const placed = await placeOrder(this.#depsOf(accountId), placing);
    return placed.placed ? toAnswer(placed.settled) : { ok: false, failure: placed.failure, order: null };
  }

  /** Settles an order at its customer's request. */
  async settleOrder(accountId: AccountId, orderId: OrderId): Promise<OrderAnswer> {
    const settled = await settleOrder(this.#depsOf(accountId), orderId, "customer");
    return settled === null
      ? { ok: false, failure: { kind: "order_not_found" }, order: null }
      : toAnswer(settled);
  }

  /** Receives one of Stripe's events about an order of this account. */
  async receiveEvent(accountId: AccountId, orderId: OrderId, event: StripeEvent): Promise<EventOutcome> {
    if (concernsMoneyBack(event)) {
      await this.#watch(accountId);
    }
    return receiveEvent(this.#depsOf(accountId), event, orderId);
  }

  /** Says what refunding an order, in part or in full, would do. */
  quoteRefund(accountId: AccountId, orderId: OrderId, amountCents: Cents | null): Promise<QuoteAnswer> {
    return quoteRefundOfOrder(this.#depsOf(accountId), orderId, amountCents);
  }

  /** Refunds an order, in part or in full, for staff. Asking for the same refund again returns it as it stands. */
  async refundOrder(accountId: AccountId, ask: RefundAsk): Promise<RefundAnswer> {
    const deps = this.#depsOf(accountId);
    const answer = toRefundAnswer(await refundOrder(deps, ask));
    await sendMails(deps);
    return answer;
  }

  /** Refunds an order's unused credits at its customer's request, if the operator offers that. */
  async requestRefund(
    accountId: AccountId,
    asked: { refundId: RefundId; orderId: OrderId },
  ): Promise<RefundAnswer> {
    const deps = this.#depsOf(accountId);
    const answer = toRefundAnswer(await requestRefund(deps, asked));
    await sendMails(deps);
    return answer;
  }

  /** The evidence for a dispute, as it would be submitted. */
  async buildEvidence(accountId: AccountId, disputeId: string): Promise<EvidenceAnswer> {
    return buildEvidence(this.#depsOf(accountId), disputeId);
  }

  /** Submits evidence to the bank, at the request of staff. */
  async submitEvidence(accountId: AccountId, ask: EvidenceAsk): Promise<EvidenceMade> {
    await this.#watch(accountId);
    return submitEvidence(this.#depsOf(accountId), ask);
  }

  /** Brings the books to what Stripe says went back of an order. Reconciling calls this in case events were lost. */
  async recordMoneyBack(accountId: AccountId, orderId: OrderId): Promise<Recorded["outcome"]> {
    const { outcome } = await recordMoneyBack(this.#depsOf(accountId), orderId);
    return outcome;
  }

  /** Records fraud warnings about an order and does what the operator wants about them. Reconciling calls this too. */
  async recordFraudWarnings(
    accountId: AccountId,
    orderId: OrderId,
  ): Promise<"settled" | "not_paid" | "unfinished"> {
    await this.#watch(accountId);
    const deps = this.#depsOf(accountId);
    const outcome = await recordFraudWarnings(deps, orderId);
    await sendMails(deps);
    return outcome;
  }

  /** Finishes what was interrupted. The cron calls this in case the alarm was lost. */
  recover(accountId: AccountId): Promise<Recovered> {
    return recoverAccount(this.#depsOf(accountId));
  }

  /** Settles an order with a payment that reconciling found at Stripe. */
  async settlePayment(accountId: AccountId, orderId: OrderId, paymentIntentId: string): Promise<void> {
    await settlePayment(this.#depsOf(accountId), orderId, paymentIntentId);
  }

  /** Does what can wait until the customer has an answer. Also creates Stripe's customer before the first purchase. */
  async tidy(accountId: AccountId): Promise<void> {
    await tidyAccount(this.#depsOf(accountId));
  }

  /** Finishes what was interrupted, and looks again later while anything is left. */
  override async alarm(): Promise<void> {
    const state = await this.ctx.storage.get<AlarmState>("alarm");
    if (state === undefined) {
      return;
    }
    const looks = state.looks + 1;
    const delay = ALARM_DELAYS[looks];
    // Set the next look before this one, so that a look that dies does not end the watch.
    await this.ctx.storage.put("alarm", { ...state, looks });
    if (delay !== undefined) {
      await this.ctx.storage.setAlarm(Date.now() + delay);
    }
    const isDone = await this.#look(state.accountId);
    // An order placed meanwhile has started a new watch, which must continue.
    const current = await this.ctx.storage.get<AlarmState>("alarm");
    if (isDone && current?.looks === looks) {
      await this.ctx.storage.deleteAlarm();
    }
  }

  /** Whether nothing is left to do. Never throws: the runtime would retry at once and use up the watch's looks. */
  async #look(accountId: AccountId): Promise<boolean> {
    try {
      const { isDone } = await recoverAccount(this.#depsOf(accountId));
      return isDone;
    } catch (error) {
      log("alarm_failed", { account: accountId, error: error instanceof Error ? error.message : "unknown" });
      return false;
    }
  }

  /**
   * Starts the watch over an order or a refund. Call it before the row is written and Stripe is called, so that
   * interrupted work is found, and never for something that does not exist, however often it is requested. A look that
   * is due sooner stays. Otherwise a customer who keeps ordering would postpone it forever.
   */
  async #watch(accountId: AccountId): Promise<void> {
    const [first = 0] = ALARM_DELAYS;
    const now = Date.now();
    const due = await this.ctx.storage.getAlarm();
    await this.ctx.storage.put("alarm", { accountId, looks: 0 } satisfies AlarmState);
    // An overdue alarm was lost.
    if (due === null || due < now || due > now + first) {
      await this.ctx.storage.setAlarm(now + first);
    }
  }

  #depsOf(accountId: AccountId): AccountDeps {
    this.#deps ??= this.#createDeps(accountId);
    return this.#deps;
  }

  #createDeps(accountId: AccountId): AccountDeps {
    const deps = requireDeps(this.env);
    const takeTurn = createQueue(QUEUE_BOUNDS);
    const watch = (): Promise<void> => this.#watch(accountId);
    return { ...deps, accountId, watch, takeTurn, ...openLedger(deps.db, accountId, takeTurn, deps) };
  }
}
