/**
 * Recording money that went back: brings the books to what Stripe says of an order's refunds and disputes. One
 * function for the webhook, for our own refunds, for recovery and for reconciliation; any order, any number of times.
 */
import { toCredits } from "../domain/credits.ts";
import { contestedCents, type Dispute, type DisputeFacts, stageOf } from "../domain/dispute.ts";
import type { OrderId } from "../domain/ids.ts";
import { invariant } from "../domain/invariant.ts";
import { type Movement, movementsFor, sourceIdOf, toSources } from "../domain/money-back.ts";
import type { Order } from "../domain/order.ts";
import { postMoneyBack } from "../domain/post-money-back.ts";
import { type Refund, type RefundFacts, takesCredits } from "../domain/refund.ts";
import { type AccountRow, selectAccount } from "../store/accounts.ts";
import {
  type DisputeRow,
  selectDisputes,
  toDispute,
  updateDisputes,
  writeDisputeFacts,
} from "../store/disputes.ts";
import { insertEntries } from "../store/ledger.ts";
import { type DueMail, insertMail } from "../store/mails.ts";
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

/** What Stripe said, and which asking it answers. */
type Said = { refunds: readonly RefundFacts[]; disputes: readonly DisputeFacts[]; asked: number };

/** What the books then hold. `unfinished`: Stripe could not be asked, or the account was too busy; ask again. */
export type Recorded =
  | { outcome: "posted"; refunds: Refund[]; disputes: Dispute[]; movements: Movement[] }
  | { outcome: "not_paid" }
  | { outcome: "unfinished" };

/** A commit that another writer came before is made anew; more often than this, something else is wrong. */
const MOST_ATTEMPTS = 3;

/** Reads everything that went back of the order from Stripe, and posts what the books lack. */
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

/** Posts what Stripe answered about a refund of the order when it was asked to make it. */
export async function recordRefund(
  deps: AccountDeps,
  order: PaidOrder,
  facts: RefundFacts,
): Promise<Recorded> {
  const asked = await nextAsking(deps.db, deps.accountId, order.id);
  return postSaid(deps, order, { refunds: [facts], disputes: [], asked });
}

/** Posts what a dispute of the order has become. `asked` is the number taken before Stripe was asked. */
export function recordDispute(
  deps: AccountDeps,
  order: PaidOrder,
  facts: DisputeFacts,
  asked: number,
): Promise<Recorded> {
  return postSaid(deps, order, { refunds: [], disputes: [facts], asked });
}

/** Posts what is known of an order already: its last commit was cut off in the middle. */
export async function postKnown(deps: AccountDeps, orderId: OrderId): Promise<Recorded> {
  const order = await findOrder(deps.db, orderId);
  return order?.state === "paid"
    ? postSaid(deps, order, { refunds: [], disputes: [], asked: 0 })
    : { outcome: "not_paid" };
}

/** In the account's turn, and again where another writer came in between. */
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
 * Writes what was said, reads everything it concerns in the same commit, and then posts in another: entries, mails
 * and the note that the ledger follows, refused by the database where more is known by then.
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

/** Whoever asked for a refund made what it takes. That it is given back, because it failed, is Stripe's word. */
function actorOf(movement: Movement, refunds: readonly Refund[]): string {
  if (movement.credits > 0) {
    return "stripe";
  }
  const id = sourceIdOf(movement.source.id);
  return refunds.find((refund) => refund.stripeRefundId === id)?.actor ?? "stripe";
}

/** What the customer is to be told of by now. Each is sent once, however often it is found here. */
function mailsFor(order: PaidOrder, refunds: readonly Refund[], disputes: readonly Dispute[]): DueMail[] {
  const mails: DueMail[] = [];
  for (const refund of refunds) {
    if (takesCredits(refund)) {
      mails.push({ kind: "refunded", subjectId: refund.id, orderId: order.id });
    } else if (refund.state === "failed" || refund.state === "canceled") {
      mails.push({ kind: "refund_failed", subjectId: refund.id, orderId: order.id });
    }
  }
  for (const dispute of disputes) {
    const stage = stageOf(dispute);
    if (stage === "open" || stage === "appeal") {
      mails.push({ kind: "dispute_opened", subjectId: dispute.id, orderId: order.id });
    } else if (stage === "won" || stage === "lost") {
      mails.push({ kind: "dispute_closed", subjectId: dispute.id, orderId: order.id });
    }
  }
  return mails;
}
