/** What went back according to Stripe and according to our books, side by side, and every way in which that can be wrong. */
import { env } from "cloudflare:workers";
import type Stripe from "stripe";
import { stripe } from "../stand-in/stripe/support.ts";
import { sentBy, sentKindOf } from "./mails.ts";
import type { MoneyBack } from "./money-back.ts";

type OrderRow = { id: string; state: string; credits: number; amount_cents: number; taken: number };
type RefundRow = { id: string; order_id: string; state: string; amount_cents: number; actor: string };
type DisputeRow = { order_id: string; status: string; amount_cents: number; withdrawn_cents: number };
type EvidenceRow = {
  dispute_id: string;
  order_id: string;
  text: string;
  is_submitted: 0 | 1;
  is_waiting: 0 | 1;
};
type MailRow = { account_id: string; subject_id: string; turn: number; kind: string };
type AccountRow = {
  id: string;
  balance: number;
  sum: number;
  remaining: number;
  unposted: number;
  unsent: number;
  unpaid: number;
};

/** Both sides as they are now: Stripe's by payment, ours by order and account. */
export type Standing = {
  refundsAtStripe: Map<string, Stripe.Refund[]>;
  disputesAtStripe: Map<string, Stripe.Dispute[]>;
  orders: Map<string, OrderRow>;
  refunds: Map<string, RefundRow[]>;
  disputes: Map<string, DisputeRow[]>;
  evidence: Map<string, EvidenceRow[]>;
  mails: Map<string, MailRow[]>;
  accounts: Map<string, AccountRow>;
};

/** Reads both sides of these orders. */
export async function readStanding(deeds: readonly MoneyBack[]): Promise<Standing> {
  const orderIds = JSON.stringify(deeds.map(({ orderId }) => orderId));
  const accountIds = JSON.stringify(deeds.map(({ accountId }) => accountId));
  const [orders, refunds, disputes, evidence, mails, accounts] = await Promise.all([
    read<OrderRow>(
      `SELECT id, state, credits, amount_cents,
              (SELECT COALESCE(-SUM(credits), 0) FROM ledger_entries
               WHERE order_id = orders.id AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')) AS taken
       FROM orders WHERE id IN (SELECT value FROM json_each(?1))`,
      orderIds,
    ),
    read<RefundRow>(
      "SELECT id, order_id, state, amount_cents, actor FROM refunds WHERE order_id IN (SELECT value FROM json_each(?1))",
      orderIds,
    ),
    read<DisputeRow>(
      `SELECT order_id, status, amount_cents, withdrawn_cents FROM disputes
       WHERE order_id IN (SELECT value FROM json_each(?1))`,
      orderIds,
    ),
    read<EvidenceRow>(
      `SELECT dispute_id, order_id, evidence ->> 'uncategorizedText' AS text, submitted_at IS NOT NULL AS is_submitted,
              submitted_at IS NULL AND refused_at IS NULL AS is_waiting
       FROM dispute_evidence JOIN disputes ON disputes.id = dispute_id
       WHERE order_id IN (SELECT value FROM json_each(?1))`,
      orderIds,
    ),
    read<MailRow>(
      `SELECT account_id, subject_id, turn, kind FROM mails
       WHERE account_id IN (SELECT value FROM json_each(?1)) ORDER BY turn`,
      accountIds,
    ),
    read<AccountRow>(
      `SELECT id, balance,
              (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE account_id = accounts.id) AS sum,
              (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = accounts.id) AS remaining,
              (SELECT COUNT(*) FROM money_back WHERE account_id = accounts.id AND posted < known) AS unposted,
              (SELECT COUNT(*) FROM mails WHERE account_id = accounts.id AND sent_at IS NULL) AS unsent,
              (SELECT COUNT(*) FROM orders WHERE account_id = accounts.id AND state <> 'paid') AS unpaid
       FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
      accountIds,
    ),
  ]);
  return {
    refundsAtStripe: Map.groupBy(await listRefunds(), (refund) => idOf(refund.payment_intent)),
    disputesAtStripe: Map.groupBy(await listDisputes(), (dispute) => idOf(dispute.payment_intent)),
    orders: new Map(orders.map((row) => [row.id, row])),
    refunds: Map.groupBy(refunds, (row) => row.order_id),
    disputes: Map.groupBy(disputes, (row) => row.order_id),
    evidence: Map.groupBy(evidence, (row) => row.order_id),
    mails: Map.groupBy(mails, (row) => row.account_id),
    accounts: new Map(accounts.map((row) => [row.id, row])),
  };
}

/**
 * What must never be wrong, however little is known yet: more credits taken than the order brought, or others than
 * those of the money known to have gone back; a refund made twice, or without a record; a balance that is not the sum
 * of its entries.
 */
export function wrongMoney(deed: MoneyBack, standing: Standing): string[] {
  const { accountId, orderId, paymentIntent } = deed;
  const wrong = wrongEvidence(deed, standing);
  const order = standing.orders.get(orderId);
  const account = standing.accounts.get(accountId);
  if (order === undefined || account === undefined) {
    return ["the order is gone"];
  }
  const refunds = standing.refunds.get(orderId) ?? [];
  const atStripe = standing.refundsAtStripe.get(paymentIntent) ?? [];
  if (order.taken < 0 || order.taken > order.credits) {
    wrong.push(`${order.taken} of ${order.credits} credits are taken`);
  }
  const known = shareOf(order, knownCents(standing, orderId));
  if (account.unposted === 0 && order.taken !== known) {
    wrong.push(`${order.taken} credits are taken, and by what the books know it should be ${known}`);
  }
  for (const [id, made] of Map.groupBy(atStripe, ({ metadata }) => metadata?.["refund_id"] ?? "")) {
    if (id !== "" && made.length > 1) {
      wrong.push(`one refund is made ${made.length} times at Stripe`);
    }
    if (id !== "" && !refunds.some((row) => row.id === id)) {
      wrong.push("a refund is made at Stripe that was never written here");
    }
  }
  const isByCustomer = refunds.length > 0 && refunds.every(({ actor }) => actor === "customer");
  if (isByCustomer && account.balance < 0) {
    wrong.push(`a customer who asked for the money of unused credits owes ${0 - account.balance}`);
  }
  if (account.balance !== account.sum || account.balance !== account.remaining) {
    wrong.push("the balance is not the sum of the entries and of what remains of the grants");
  }
  return wrong;
}

/** Checks that the credits taken are those of the money that went back according to Stripe. */
export function notBooked({ orderId, paymentIntent }: MoneyBack, standing: Standing): string[] {
  const order = standing.orders.get(orderId);
  if (order === undefined) {
    return ["the order is gone"];
  }
  const wanted = shareOf(order, goneAtStripe(standing, paymentIntent));
  return order.taken === wanted
    ? []
    : [`${order.taken} credits are taken, and by Stripe's word it should be ${wanted}`];
}

/** What is left unfinished: a refund that is still only requested, or entries not posted. */
export function leftOpen({ accountId, orderId }: MoneyBack, standing: Standing): string[] {
  const account = standing.accounts.get(accountId);
  return [
    ...(standing.refunds.get(orderId) ?? [])
      .filter(({ state }) => state === "requested")
      .map(() => "a refund is still only asked for"),
    ...(account?.unposted === 0 ? [] : ["the ledger does not follow what is known"]),
  ];
}

/** E-mails that were never sent. */
export function unsent({ accountId }: MoneyBack, standing: Standing): string[] {
  const count = standing.accounts.get(accountId)?.unsent ?? 0;
  return count === 0 ? [] : [`${count} mails are not sent`];
}

/**
 * Mails sent twice, and mails about how things stand in the end that never went out. A mail may go out once more for each
 * one whose sender died, or lost D1, after sending it and before recording that.
 */
export function wronglyTold({ accountId }: MoneyBack, standing: Standing): string[] {
  const { mails: sent, unrecorded } = sentBy(accountId);
  const due = standing.mails.get(accountId) ?? [];
  const dueKinds = due.map(({ kind }) => sentKindOf(kind));
  const tooMany = [...new Set(sent)]
    .map((kind) => times(sent, kind) - times(dueKinds, kind))
    .filter((extra) => extra > 0)
    .reduce((sum, extra) => sum + extra, 0);
  const last = new Map(due.map(({ subject_id: subject, kind }) => [subject, sentKindOf(kind)]));
  return [
    ...(tooMany > unrecorded
      ? [`${tooMany} mails are sent again, and ${unrecorded} could not be recorded`]
      : []),
    ...[...last.values()]
      .filter((kind) => times(sent, kind) === 0)
      .map((kind) => `the mail ${kind} was never sent`),
  ];
}

/** Evidence that the bank has more than once, or without a record; or that it does not have, or in other words, though the books say so. */
function wrongEvidence({ orderId, paymentIntent }: MoneyBack, standing: Standing): string[] {
  const kept = standing.evidence.get(orderId) ?? [];
  const wrong: string[] = [];
  for (const dispute of standing.disputesAtStripe.get(paymentIntent) ?? []) {
    const { submission_count: submissions } = dispute.evidence_details;
    const ours = kept.filter((row) => row.dispute_id === dispute.id);
    const text = dispute.evidence.appeal?.card?.reason_for_filing ?? dispute.evidence.uncategorized_text;
    if (submissions > ours.length) {
      wrong.push(`the bank has evidence ${submissions} times, and it is written here ${ours.length} times`);
    }
    if (submissions < ours.filter((row) => row.is_submitted === 1).length) {
      wrong.push("evidence is said to be submitted that the bank does not have");
    }
    if (submissions > 0 && !ours.some((row) => row.text === text)) {
      wrong.push("the bank has other evidence than what is written here");
    }
  }
  return wrong;
}

/** Evidence that staff submitted and that the bank does not have, or is not known to have. */
export function notSubmitted({ kind, orderId }: MoneyBack, standing: Standing): string[] {
  return kind.asks?.what === "evidence"
    ? (standing.evidence.get(orderId) ?? [])
        .filter((row) => row.is_submitted === 0)
        .map((row) => `evidence is ${row.is_waiting === 1 ? "still waiting" : "refused"}`)
    : [];
}

/** Checks that the requested refund ended as its kind should. */
export function wrongEnd({ kind, orderId, refundId }: MoneyBack, standing: Standing): string[] {
  const row = (standing.refunds.get(orderId) ?? []).find(
    ({ id, actor }) => id === refundId || actor === "fraud_warning",
  );
  const state = row?.state ?? "never written";
  const isMade = ["pending", "succeeded", "failed", "canceled"].includes(state);
  const isRight = kind.ends === null || (kind.ends === "made" ? isMade : state === "refused");
  return isRight ? [] : [`the refund is ${state}, and should be ${kind.ends}`];
}

function times(kinds: readonly string[], kind: string): number {
  return kinds.filter((one) => one === kind).length;
}

/** In proportion and rounded down. */
function shareOf({ credits, amount_cents: amount }: OrderRow, cents: number): number {
  return Math.floor((credits * Math.min(cents, amount)) / amount);
}

function goneAtStripe({ refundsAtStripe, disputesAtStripe }: Standing, paymentIntent: string): number {
  const refunded = (refundsAtStripe.get(paymentIntent) ?? []).filter(
    ({ status }) => status === "pending" || status === "succeeded",
  );
  const contested = (disputesAtStripe.get(paymentIntent) ?? []).filter(
    ({ status, balance_transactions: moved }) =>
      holdsCredits(status, 0 - moved.reduce((sum, { amount }) => sum + amount, 0)),
  );
  return [...refunded, ...contested].reduce((sum, { amount }) => sum + amount, 0);
}

function knownCents({ refunds, disputes }: Standing, orderId: string): number {
  const refunded = (refunds.get(orderId) ?? []).filter(
    ({ state }) => state === "pending" || state === "succeeded",
  );
  const contested = (disputes.get(orderId) ?? []).filter(({ status, withdrawn_cents: withdrawn }) =>
    holdsCredits(status, withdrawn),
  );
  return [...refunded, ...contested].reduce((sum, { amount_cents: cents }) => sum + cents, 0);
}

/** An appeal can follow a win or a loss: it holds the credits while the money is withdrawn. */
function holdsCredits(status: string, withdrawn: number): boolean {
  return status.startsWith("appeal_")
    ? withdrawn > 0
    : ["needs_response", "under_review", "lost"].includes(status);
}

async function listRefunds(): Promise<Stripe.Refund[]> {
  const refunds: Stripe.Refund[] = [];
  for await (const refund of stripe.refunds.list({ limit: 100 })) {
    refunds.push(refund);
  }
  return refunds;
}

async function listDisputes(): Promise<Stripe.Dispute[]> {
  const disputes: Stripe.Dispute[] = [];
  for await (const dispute of stripe.disputes.list({ limit: 100 })) {
    disputes.push(dispute);
  }
  return disputes;
}

function idOf(intent: string | { id: string } | null): string {
  return typeof intent === "string" ? intent : (intent?.id ?? "");
}

async function read<Row>(sql: string, value: string): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql).bind(value).all<Row>();
  return results;
}
