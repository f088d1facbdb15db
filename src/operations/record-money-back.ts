/**
 * Records money that went back: brings the books in line with Stripe's refunds and disputes of an order. Shared by the
 * webhook, our own refunds, recovery and reconciliation. Calls may come in any sequence, any number of times.
 */
import { toCredits } from "../domain/credits.ts";
import { contestedCents, type Dispute, type DisputeFacts } from "../domain/dispute.ts";
import type { OrderId } from "../domain/ids.ts";
import { invariant } from "../domain/invariant.ts";
import { mailAboutDispute, mailAboutRefund } from "../domain/mail.ts";
import { type Movement, movementsFor, sourceIdOf, toSources } from "../domain/money-back.ts";
import type { Order } from "../domain/order.ts";
import { postMoneyBack } from "../domain/post-money-back.ts";
import type { Refund, RefundFacts } from "../domain/refund.ts";
import { type AccountRow, selectAccount } from "../store/accounts.ts";
import {
  type DisputeRow,
  selectDisputes,
  toDispute,
  updateDisputes,
  updateSpendingStops,
  writeDisputeFacts,
} from "../store/disputes.ts";
import { insertEntries } from "../store/ledger.ts";
import { insertMail, type NewMail } from "../store/mails.ts";
import {
  countKnown,
  type HoldingRow,
  markPosted,
  nextAsking,
  type PostedRow,
  selectHoldings,
  selectKnown,
  selectPosted,
  toHolding,
  toPosted,
} from "../store/money-back.ts";
import { findOrder } from "../store/orders.ts";
import { type RefundRow, selectRefunds, toRefund, writeRefundFacts } from "../store/refunds.ts";
import { rowsOf } from "../store/rows.ts";
import { listDisputesAtStripe } from "../stripe/disputes.ts";
import { listRefundsAtStripe } from "../stripe/refunds.ts";
import type { AccountDeps } from "./account-deps.ts";

export type PaidOrder = Extract<Order, { state: "paid" }>;

/** What Stripe said, and the number of the question it answers: a higher number is newer. */
type Said = { refunds: readonly RefundFacts[]; disputes: readonly DisputeFacts[]; asked: number };

/** What the books then hold. `unfinished`: Stripe did not answer, or the account was too busy; try again. */
export type Recorded =
  | { outcome: "posted"; refunds: Refund[]; disputes: Dispute[]; movements: Movement[] }
  | { outcome: "not_paid" }
  | { outcome: "unfinished" };

/** A commit that another writer got ahead of is tried again. After this many attempts, something else is wrong. */
const MOST_ATTEMPTS = 3;

/** Reads the order's refunds and disputes from Stripe, and posts what the books lack. */
export async function recordMoneyBack(deps: AccountDeps, orderId: OrderId): Promise<Recorded> {
  const order = await findOrder(deps.db, orderId);
  if (order?.state !== "paid" || order.accountId !== deps.accountId) {
    return { outcome: "not_paid" };
  }
  const asked = await nextAsking(deps.db, deps.accountId, order.id);
  const [refunds, disputes] = await Promise.all([
    listRefundsAtStripe(deps.stripe, order.paymentIntentId),
    listDisputesAtStripe(deps.stripe, order.paymentIntentId),
  ]);
  if (!refunds.answered || !disputes.answered) {
    return { outcome: "unfinished" };
  }
  return postSaid(deps, order, { refunds: refunds.value, disputes: disputes.value, asked });
}

/** Posts what Stripe answered about one refund of the order. */
export async function recordRefund(
  deps: AccountDeps,
  order: PaidOrder,
  facts: RefundFacts,
): Promise<Recorded> {
  const asked = await nextAsking(deps.db, deps.accountId, order.id);
  return postSaid(deps, order, { refunds: [facts], disputes: [], asked });
}

/** Posts what Stripe answered about one dispute of the order. `asked` is the number taken before Stripe was asked. */
export function recordDispute(
  deps: AccountDeps,
  order: PaidOrder,
  facts: DisputeFacts,
  asked: number,
): Promise<Recorded> {
  return postSaid(deps, order, { refunds: [], disputes: [facts], asked });
}

/** Posts what is already recorded for an order, after an earlier run was interrupted before it could. */
export async function postKnown(deps: AccountDeps, orderId: OrderId): Promise<Recorded> {
  const order = await findOrder(deps.db, orderId);
  return order?.state === "paid"
    ? postSaid(deps, order, { refunds: [], disputes: [], asked: 0 })
    : { outcome: "not_paid" };
}

/** Posts in the account's turn, and tries again if another writer got ahead. */
async function postSaid(deps: AccountDeps, order: PaidOrder, said: Said): Promise<Recorded> {
  const turn = await deps.takeTurn(async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await postOnce(deps, order, said);
      } catch (error) {
        deps.learnBook(null);
        if (attempt === MOST_ATTEMPTS) {
          throw error;
        }
      }
    }
  });
  return turn.taken ? turn.value : { outcome: "unfinished" };
}

/**
 * Writes what Stripe said and reads everything it affects in one commit, then posts in another: entries, e-mails and the
 * mark that the ledger is up to date. The database refuses the second commit if more is known by then.
 */
async function postOnce(deps: AccountDeps, order: PaidOrder, said: Said): Promise<Recorded> {
  const { db, accountId } = deps;
  const at = deps.now();
  const written = writeSaid(deps, order, said, at);
  const read = await db.batch([
    ...written,
    selectKnown(db, order.id),
    selectRefunds(db, order.id),
    selectDisputes(db, order.id),
    selectAccount(db, accountId),
    selectHoldings(db, accountId, order.id),
    selectPosted(db, order.id),
  ]);
  const [known, refundRows, disputeRows, accounts, holdings, posted] = read.slice(written.length);
  const refunds = rowsOf<RefundRow>(refundRows).map(toRefund);
  const disputes = rowsOf<DisputeRow>(disputeRows).map(toDispute);
  const account = rowsOf<AccountRow>(accounts)[0];
  const grants = rowsOf<HoldingRow>(holdings);
  const ownGrant = grants.find((grant) => grant.order_id === order.id);
  const knownRow = rowsOf<{ known: number }>(known)[0];
  invariant(
    account !== undefined && ownGrant !== undefined && knownRow !== undefined,
    "a paid order has its account, its grant and a count of what is known",
  );

  const movements = movementsFor(order, toSources(refunds, disputes), toPosted(rowsOf<PostedRow>(posted)));
  const { entries, book } = postMoneyBack(
    {
      accountId,
      balance: toCredits(account.balance),
      lastSeq: account.last_seq,
      grants: grants.map(toHolding),
    },
    { orderId: order.id, grantId: ownGrant.id },
    movements,
    { actorOf: (movement) => actorOf(movement, refunds), at, newId: deps.newId },
  );
  await db.batch([
    ...(entries.length === 0 ? [] : [insertEntries(db, entries)]),
    ...mailsFor(order, refunds, disputes).map((mail) => insertMail(db, { ...mail, accountId, dueAt: at })),
    updateSpendingStops(db, deps.settings.duringDispute === "stop_all", accountId),
    markPosted(db, order.id, knownRow.known),
  ]);
  deps.learnBook(book);
  return { outcome: "posted", refunds, disputes, movements };
}

function writeSaid(deps: AccountDeps, order: PaidOrder, said: Said, at: number): D1PreparedStatement[] {
  const { db, accountId } = deps;
  const of = { accountId, orderId: order.id, asked: said.asked };
  const refunds = said.refunds.map((refund) => ({ ...refund, newId: deps.newId("rfd") }));
  const disputes = said.disputes.map((dispute) => ({
    ...dispute,
    amountCents: contestedCents(order, dispute),
  }));
  return [
    ...(refunds.length === 0 ? [] : writeRefundFacts(db, of, refunds, at)),
    ...(disputes.length === 0
      ? []
      : [updateDisputes(db, of, disputes), writeDisputeFacts(db, of, disputes, at)]),
    countKnown(db, order.id),
  ];
}

/** Credits that a refund takes have its requester as actor. Credits given back because it failed have `stripe`. */
function actorOf(movement: Movement, refunds: readonly Refund[]): string {
  if (movement.credits > 0) {
    return "stripe";
  }
  const id = sourceIdOf(movement.source.id);
  return refunds.find((refund) => refund.stripeRefundId === id)?.actor ?? "stripe";
}

/** The e-mails for the current state of each refund and dispute. A state that the last e-mail already told is not sent again. */
function mailsFor(order: PaidOrder, refunds: readonly Refund[], disputes: readonly Dispute[]): NewMail[] {
  const subjects = [
    ...refunds.map((refund) => ({ subjectId: refund.id, kind: mailAboutRefund(refund) })),
    ...disputes.map((dispute) => ({ subjectId: dispute.id, kind: mailAboutDispute(dispute) })),
  ];
  return subjects.flatMap(({ subjectId, kind }) =>
    kind === null ? [] : [{ subjectId, kind, orderId: order.id }],
  );
}
