/** Payouts (https://docs.stripe.com/api/payouts): available money goes to the bank, by itself every day. */
import type Stripe from "stripe";
import { z } from "zod";
import { validCurrency } from "./amounts.ts";
import { availableIn, balanceOf } from "./balance.ts";
import { payoutOf, recordBalanceTransaction } from "./balance-transactions.ts";
import { emit } from "./events.ts";
import { newId } from "./ids.ts";
import { plan } from "./jobs.ts";
import { listOf } from "./lists.ts";
import { all, find, load, save } from "./objects.ts";
import { expand, inRange, integer, mergeMetadata, metadata, page, range, text } from "./params.ts";
import { refuse, refuseState } from "./refusals.ts";
import { endpoint } from "./routes-table.ts";
import { type Sandbox, now } from "./sandbox.ts";

const createParams = z.strictObject({
  amount: integer,
  currency: text,
  description: text.optional(),
  metadata: metadata.optional(),
  statement_descriptor: text.optional(),
  expand,
});
const listParams = z.strictObject({
  ...page,
  arrival_date: range.optional(),
  created: range.optional(),
  status: z.enum(["pending", "in_transit", "paid", "failed", "canceled"]).optional(),
});

export const payoutRoutes = [
  endpoint("POST", "/v1/payouts", createParams, createByHand),
  endpoint("GET", "/v1/payouts", listParams, list),
  endpoint("GET", "/v1/payouts/:id", z.strictObject({ expand }), (sandbox, _, id) =>
    load(sandbox, "payout", id),
  ),
  endpoint("POST", "/v1/payouts/:id", z.strictObject({ metadata: metadata.optional(), expand }), update),
  endpoint("POST", "/v1/payouts/:id/cancel", z.strictObject({ expand }), cancel),
];

const daySeconds = 86_400;

/** Money whose day has come becomes available, and everything available is paid out. */
export function releaseFunds(sandbox: Sandbox): void {
  let released = false;
  for (const transaction of all(sandbox, "balance_transaction")) {
    if (transaction.status === "pending" && transaction.available_on <= now(sandbox)) {
      save(sandbox, "balance_transaction", { ...transaction, status: "available" });
      released = true;
    }
  }
  if (!released) {
    return;
  }
  emit(sandbox, "balance.available", balanceOf(sandbox));
  for (const { amount, currency } of balanceOf(sandbox).available) {
    if (amount > 0) {
      const payout = createPayout(sandbox, {
        amount,
        currency,
        automatic: true,
        description: "STRIPE PAYOUT",
      });
      takeTransactions(sandbox, payout);
    }
  }
}

/** An automatic payout consists of all available transactions, so that it can be reconciled. */
function takeTransactions(sandbox: Sandbox, payout: Stripe.Payout): void {
  for (const { id, status, currency } of all(sandbox, "balance_transaction")) {
    if (status === "available" && currency === payout.currency && payoutOf(sandbox, id) === null) {
      sandbox.sql.exec("INSERT INTO paid_out (balance_transaction, payout) VALUES (?1, ?2)", id, payout.id);
    }
  }
}

function createByHand(sandbox: Sandbox, params: z.infer<typeof createParams>): Stripe.Payout {
  const currency = validCurrency(params.currency);
  if (params.amount < 1) {
    refuse(400, {
      type: "invalid_request_error",
      code: "parameter_invalid_integer",
      message: "This value must be greater than or equal to 1.",
      param: "amount",
    });
  }
  if (params.amount > availableIn(sandbox, currency)) {
    return refuseState(
      "balance_insufficient",
      "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You can use the the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).",
    );
  }
  const payout = createPayout(sandbox, {
    amount: params.amount,
    currency,
    automatic: false,
    description: params.description ?? null,
  });
  return save(sandbox, "payout", {
    ...payout,
    metadata: mergeMetadata({}, params.metadata),
    statement_descriptor: params.statement_descriptor ?? null,
  });
}

function createPayout(
  sandbox: Sandbox,
  given: { amount: number; currency: string; automatic: boolean; description: string | null },
): Stripe.Payout {
  const id = newId("po");
  const transaction = recordBalanceTransaction(sandbox, {
    amount: -given.amount,
    fee: 0,
    currency: given.currency,
    type: "payout",
    reportingCategory: "payout",
    source: id,
    description: given.description,
    availableAtOnce: true,
  });
  const arrival = (Math.floor(now(sandbox) / daySeconds) + 1) * daySeconds;
  const payout = save(sandbox, "payout", {
    id,
    object: "payout",
    amount: given.amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: arrival,
    automatic: given.automatic,
    balance_transaction: transaction.id,
    created: now(sandbox),
    currency: given.currency,
    description: given.description,
    destination: "ba_standin",
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: {},
    method: "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: given.automatic ? "in_progress" : "not_applicable",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: null,
    status: given.automatic ? "in_transit" : "pending",
    trace_id: null,
    type: "bank_account",
  });
  emit(sandbox, "payout.created", payout);
  plan(sandbox, "settle_payout", id, arrival - now(sandbox));
  return payout;
}

/** The money has arrived, and an automatic payout can be reconciled. */
export function settlePayout(sandbox: Sandbox, id: string): void {
  const before = find(sandbox, "payout", id);
  if (before === null || (before.status !== "in_transit" && before.status !== "pending")) {
    return;
  }
  const after = save(sandbox, "payout", {
    ...before,
    reconciliation_status: before.automatic ? "completed" : "not_applicable",
    status: "paid",
    trace_id: { status: "supported", value: `TRACE${id.slice(-10).toUpperCase()}` },
  });
  emit(sandbox, "payout.paid", after, before);
  if (after.automatic) {
    emit(sandbox, "payout.reconciliation_completed", after);
  }
}

/** The bank sent the money back. */
export function failPayout(sandbox: Sandbox, id: string): void {
  const before = load(sandbox, "payout", id);
  const transaction = giveBack(sandbox, before, "payout_failure");
  const after = save(sandbox, "payout", {
    ...before,
    failure_balance_transaction: transaction.id,
    failure_code: "account_closed",
    failure_message: "The bank account has been closed.",
    status: "failed",
  });
  emit(sandbox, "payout.failed", after, before);
}

function giveBack(
  sandbox: Sandbox,
  payout: Stripe.Payout,
  type: "payout_cancel" | "payout_failure",
): Stripe.BalanceTransaction {
  return recordBalanceTransaction(sandbox, {
    amount: payout.amount,
    fee: 0,
    currency: payout.currency,
    type,
    reportingCategory: "payout_reversal",
    source: payout.id,
    description: payout.description,
    availableAtOnce: true,
  });
}

function update(
  sandbox: Sandbox,
  params: { metadata?: Record<string, string> | null | undefined },
  id: string,
): Stripe.Payout {
  const before = load(sandbox, "payout", id);
  const after = save(sandbox, "payout", {
    ...before,
    metadata: mergeMetadata(before.metadata, params.metadata),
  });
  emit(sandbox, "payout.updated", after, before);
  return after;
}

function cancel(sandbox: Sandbox, _params: object, id: string): Stripe.Payout {
  const before = load(sandbox, "payout", id);
  if (before.automatic || before.status !== "pending") {
    return refuse(
      400,
      {
        type: "invalid_request_error",
        message: `Payouts can only be canceled while they are pending and were made by hand; this one is ${before.status}.`,
      },
      true,
    );
  }
  giveBack(sandbox, before, "payout_cancel");
  const after = save(sandbox, "payout", { ...before, status: "canceled" });
  emit(sandbox, "payout.canceled", after, before);
  return after;
}

function list(sandbox: Sandbox, params: z.infer<typeof listParams>): Stripe.ApiList<Stripe.Payout> {
  const payouts = all(sandbox, "payout").filter(
    (payout) =>
      inRange(payout.created, params.created) &&
      inRange(payout.arrival_date, params.arrival_date) &&
      (params.status === undefined || payout.status === params.status),
  );
  return listOf(payouts, params, "/v1/payouts", "payout");
}
