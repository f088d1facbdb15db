/** Stripe objects in storage: one table, each object with its kind, in the order they were made. */
import type Stripe from "stripe";
import { refuseMissing } from "./refusals.ts";
import type { Sandbox } from "./sandbox.ts";

/** What the API stores, by the name in each object's `object` member. */
export interface Kinds {
  balance_transaction: Stripe.BalanceTransaction;
  charge: Stripe.Charge;
  confirmation_token: Stripe.ConfirmationToken;
  customer: Stripe.Customer | Stripe.DeletedCustomer;
  dispute: Stripe.Dispute;
  event: Stripe.EventBase;
  payment_intent: Stripe.PaymentIntent;
  payment_method: Stripe.PaymentMethod;
  payout: Stripe.Payout;
  "radar.early_fraud_warning": Stripe.Radar.EarlyFraudWarning;
  refund: Stripe.Refund;
  setup_attempt: Stripe.SetupAttempt;
  setup_intent: Stripe.SetupIntent;
  webhook_endpoint: Stripe.WebhookEndpoint;
}

export type Kind = keyof Kinds;

/** Stripe's own word for a kind in its messages: "No such customer: …". */
const nouns: Record<Kind, { noun: string; param: string }> = {
  balance_transaction: { noun: "balance transaction", param: "id" },
  charge: { noun: "charge", param: "id" },
  confirmation_token: { noun: "confirmation token", param: "confirmation_token" },
  customer: { noun: "customer", param: "id" },
  dispute: { noun: "dispute", param: "dispute" },
  event: { noun: "event", param: "id" },
  payment_intent: { noun: "payment_intent", param: "intent" },
  payment_method: { noun: "PaymentMethod", param: "payment_method" },
  payout: { noun: "payout", param: "payout" },
  "radar.early_fraud_warning": { noun: "early fraud warning", param: "early_fraud_warning" },
  refund: { noun: "refund", param: "id" },
  setup_attempt: { noun: "setup attempt", param: "id" },
  setup_intent: { noun: "setupintent", param: "intent" },
  webhook_endpoint: { noun: "webhook endpoint", param: "webhook_endpoint" },
};

/** Writes a new or changed object. */
export function save<K extends Kind>(sandbox: Sandbox, kind: K, object: Kinds[K]): Kinds[K] {
  sandbox.sql.exec(
    "INSERT INTO objects (id, kind, body) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET body = ?3",
    object.id,
    kind,
    JSON.stringify(object),
  );
  return object;
}

/** The object with this id, or null. Only `save` writes here, so a row is of the kind it says. */
export function find<K extends Kind>(sandbox: Sandbox, kind: K, id: string): Kinds[K] | null {
  const [row] = sandbox.sql
    .exec<{ body: string }>("SELECT body FROM objects WHERE id = ?1 AND kind = ?2", id, kind)
    .toArray();
  return row === undefined ? null : JSON.parse(row.body);
}

/** The object a path names; 404 when there is none. */
export function load<K extends Kind>(sandbox: Sandbox, kind: K, id: string): Kinds[K] {
  const { noun, param } = nouns[kind];
  return find(sandbox, kind, id) ?? refuseMissing(noun, id, param, 404);
}

/** The object a parameter names; 400 when there is none. */
export function loadNamed<K extends Kind>(sandbox: Sandbox, kind: K, id: string, param: string): Kinds[K] {
  return find(sandbox, kind, id) ?? refuseMissing(nouns[kind].noun, id, param, 400);
}

/** All objects of a kind, newest first. */
export function all<K extends Kind>(sandbox: Sandbox, kind: K): Kinds[K][] {
  return sandbox.sql
    .exec<{ body: string }>("SELECT body FROM objects WHERE kind = ?1 ORDER BY seq DESC", kind)
    .toArray()
    .map((row) => JSON.parse(row.body));
}

/** All objects of a kind that belong to a customer, newest first; all of the kind when no customer is named. */
export function allOf<K extends Kind>(sandbox: Sandbox, kind: K, customer: string | undefined): Kinds[K][] {
  if (customer === undefined) {
    return all(sandbox, kind);
  }
  return sandbox.sql
    .exec<{ body: string }>(
      "SELECT body FROM objects WHERE kind = ?1 AND json_extract(body, '$.customer') = ?2 ORDER BY seq DESC",
      kind,
      customer,
    )
    .toArray()
    .map((row) => JSON.parse(row.body));
}

/** The object with this id, whatever its kind; for expansion. */
export function findAny(sandbox: Sandbox, id: string): object | null {
  const [row] = sandbox.sql.exec<{ body: string }>("SELECT body FROM objects WHERE id = ?1", id).toArray();
  return row === undefined ? null : JSON.parse(row.body);
}

/** Forgets an object, as webhook endpoints are when deleted. */
export function remove(sandbox: Sandbox, kind: Kind, id: string): void {
  sandbox.sql.exec("DELETE FROM objects WHERE id = ?1 AND kind = ?2", id, kind);
}

/** The id in a field that Stripe gives as an id or as the expanded object. */
export function idOf(field: string | { id: string } | null | undefined): string | null {
  return typeof field === "string" ? field : (field?.id ?? null);
}
