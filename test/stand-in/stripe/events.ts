/** Events: one for every change, kept for the API to list and for webhooks to carry. */
import type Stripe from "stripe";
import { queueDeliveries } from "./deliveries.ts";
import { newId } from "./ids.ts";
import { save } from "./objects.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { misfitsOfEvent } from "./shapes/fit.ts";
import { apiVersion } from "./version.ts";

type EventOf<Type extends Stripe.Event["type"]> = Extract<Stripe.Event, { type: Type }>;

/**
 * Records that something happened to an object, as it is now. Given what it was `before`, the event also
 * says which of its fields were different (`previous_attributes`). Webhooks follow automatically.
 */
export function emit<Type extends Stripe.Event["type"]>(
  sandbox: Sandbox,
  type: Type,
  object: EventOf<Type>["data"]["object"],
  before?: EventOf<Type>["data"]["object"],
): void {
  const event: Stripe.EventBase = {
    id: newId("evt"),
    object: "event",
    api_version: apiVersion,
    created: now(sandbox),
    data: {
      object,
      ...(before === undefined ? {} : { previous_attributes: previousAttributes(before, object) }),
    },
    livemode: false,
    pending_webhooks: 0,
    request:
      sandbox.request === null
        ? { id: null, idempotency_key: null }
        : { id: sandbox.request.id, idempotency_key: sandbox.request.idempotencyKey },
    type,
  };
  const wrong = misfitsOfEvent(event);
  if (wrong.length > 0) {
    throw new Error(`${type} does not fit the types of the stripe package: ${wrong.join("; ")}`);
  }
  save(sandbox, "event", event);
  queueDeliveries(sandbox, event);
}

type Json = Record<string, unknown>;

/** The fields of `before` that differ in `after`, down into objects; lists are given whole. */
function previousAttributes(before: object, after: object): Json {
  const then = new Map<string, unknown>(Object.entries(before));
  const since = new Map<string, unknown>(Object.entries(after));
  const previous: Json = {};
  for (const name of new Set([...then.keys(), ...since.keys()])) {
    const was = then.get(name);
    const is = since.get(name);
    if (JSON.stringify(was) === JSON.stringify(is)) {
      continue;
    }
    previous[name] = isPlainObject(was) && isPlainObject(is) ? previousAttributes(was, is) : (was ?? null);
  }
  return previous;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
