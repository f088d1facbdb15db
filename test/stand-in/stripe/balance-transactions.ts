/** Balance transactions (https://docs.stripe.com/api/balance_transactions): what moved, less Stripe's fee. */
import type Stripe from "stripe";
import { z } from "zod";
import { behaviourOf, cardOf } from "./cards.ts";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { callOff, plan } from "./jobs.ts";
import { listOf } from "./lists.ts";
import { all, find, idOf, load, save } from "./objects.ts";
import { expand, inRange, page, range, text } from "./params.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { readSwitch } from "./switches.ts";

const listParams = z.strictObject({
  ...page,
  created: range.optional(),
  currency: text.optional(),
  payout: text.optional(),
  source: text.optional(),
  type: text.optional(),
});

export const balanceTransactionRoutes = [
  endpoint("GET", "/v1/balance_transactions", listParams, list),
  endpoint("GET", "/v1/balance_transactions/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "balance_transaction", id),
  ),
];

/** Seconds after a payment at which an asynchronous capture knows its fee. Stripe promises an hour at most. */
const settlingSeconds = 2;

const daySeconds = 86_400;

/** Stripe's price for a card in the United States: 2.9 % + 30 cents, rounded half up. */
function cardFee(amount: number): number {
  return Math.floor((amount * 29 + 500) / 1000) + 30;
}

/** Records that money moved. `fee` is positive; `net` is what remains. */
export function recordBalanceTransaction(
  sandbox: Sandbox,
  entry: {
    amount: number;
    fee: number;
    currency: string;
    type: Stripe.BalanceTransaction["type"];
    reportingCategory: string;
    source: string;
    description: string | null;
    availableAtOnce: boolean;
  },
): Stripe.BalanceTransaction {
  const created = now(sandbox);
  // Two days later, at midnight UTC, as in the United States.
  const available = entry.availableAtOnce
    ? created
    : Math.ceil((created + 2 * daySeconds) / daySeconds) * daySeconds;
  if (!entry.availableAtOnce) {
    plan(sandbox, "release_funds", String(available), available - created);
  }
  return save(sandbox, "balance_transaction", {
    id: newId("txn"),
    object: "balance_transaction",
    amount: entry.amount,
    available_on: available,
    balance_type: "payments",
    created,
    currency: entry.currency,
    description: entry.description,
    exchange_rate: null,
    fee: entry.fee,
    fee_details:
      entry.fee === 0
        ? []
        : [
            {
              amount: entry.fee,
              application: null,
              currency: entry.currency,
              description: "Stripe processing fees",
              type: "stripe_fee",
            },
          ],
    net: entry.amount - entry.fee,
    reporting_category: entry.reportingCategory,
    source: entry.source,
    status: entry.availableAtOnce ? "available" : "pending",
    type: entry.type,
  });
}

/**
 * Money was captured. With `automatic_async` its fee is known a little later and announced by
 * `charge.updated` (https://docs.stripe.com/payments/payment-intents/asynchronous-capture); `automatic` behaves the
 * same here unless the `automatic_fees` switch says otherwise.
 */
export function captureFunds(sandbox: Sandbox, charge: Stripe.Charge, captureMethod: string): Stripe.Charge {
  if (captureMethod === "automatic" && readSwitch(sandbox.sql, "automatic_fees") === "at_once") {
    return withFee(sandbox, charge);
  }
  plan(sandbox, "settle_fee", charge.id, settlingSeconds);
  return charge;
}

/** The fee of a charge becomes known, which `charge.updated` announces. */
export function settleFee(sandbox: Sandbox, chargeId: string): void {
  const before = find(sandbox, "charge", chargeId);
  if (before === null || before.balance_transaction !== null || !before.captured) {
    return;
  }
  callOff(sandbox, "settle_fee", chargeId);
  emit(sandbox, "charge.updated", withFee(sandbox, before), before);
}

function withFee(sandbox: Sandbox, charge: Stripe.Charge): Stripe.Charge {
  const bypasses =
    charge.payment_method !== null &&
    behaviourOf(cardOf(sandbox, charge.payment_method)).bypassesPending === true;
  const transaction = recordBalanceTransaction(sandbox, {
    amount: charge.amount_captured,
    fee: cardFee(charge.amount_captured),
    currency: charge.currency,
    type: "charge",
    reportingCategory: "charge",
    source: charge.id,
    description: charge.description,
    availableAtOnce: bypasses,
  });
  return save(sandbox, "charge", { ...charge, balance_transaction: transaction.id });
}

/** The payout that carried this transaction to the bank, or null. */
export function payoutOf(sandbox: Sandbox, transaction: string): string | null {
  const [row] = sandbox.sql
    .exec<{ payout: string }>("SELECT payout FROM paid_out WHERE balance_transaction = ?1", transaction)
    .toArray();
  return row?.payout ?? null;
}

function list(
  sandbox: Sandbox,
  params: z.infer<typeof listParams>,
): Stripe.ApiList<Stripe.BalanceTransaction> {
  const transactions = all(sandbox, "balance_transaction").filter(
    (transaction) =>
      inRange(transaction.created, params.created) &&
      (params.payout === undefined || payoutOf(sandbox, transaction.id) === params.payout) &&
      (params.currency === undefined || transaction.currency === params.currency) &&
      (params.source === undefined || idOf(transaction.source) === params.source) &&
      (params.type === undefined || transaction.type === params.type),
  );
  return listOf(transactions, params, "/v1/balance_transactions", "balance transaction");
}
