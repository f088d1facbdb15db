/** Webhook deliveries: which endpoint gets which event, when and how often, and what it answered. */
import type Stripe from "stripe";
import { z } from "zod";
import { find } from "./objects.ts";
import { type Sandbox, nowMs } from "./sandbox.ts";
import { nextChance } from "./chance.ts";
import { readSwitch, setSwitch } from "./switches.ts";
import { type Endpoint, endpointsFor } from "./webhook-endpoints.ts";

const attempt = z.object({
  /** When it was sent, in Unix seconds of the machine's clock. */
  at: z.number(),
  /** What the endpoint answered; null when it could not be reached. */
  status: z.number().nullable(),
});
const attempts = z.array(attempt);
export type Attempt = z.infer<typeof attempt>;

export interface Delivery {
  readonly id: number;
  readonly event: string;
  readonly endpoint: string;
  readonly state: "pending" | "delivered" | "failed" | "withheld";
  readonly attempts: Attempt[];
}

interface DeliveryRow extends Record<string, SqlStorageValue> {
  id: number;
  event: string;
  endpoint: string;
  state: "pending" | "delivered" | "failed" | "withheld";
  attempts: string;
}

const columns = "id, event, endpoint, state, attempts";

/** How long after a change Stripe's webhook usually arrives. */
const promptMs = 300;

/** Waits before the 2nd, 3rd, … attempt: exponential, for three days (https://docs.stripe.com/webhooks). */
const retryMinutes = [5, 30, 120, 300, 600, 720, 720, 720, 720, 720];

/** Sends an event on its way to every endpoint that asked for its type. */
export function queueDeliveries(sandbox: Sandbox, event: Stripe.EventBase): void {
  const mode = deliveryMode(sandbox);
  for (const endpoint of endpointsFor(sandbox, event.type)) {
    const [state, delays]: [Delivery["state"], (number | null)[]] =
      mode === "never" ? ["withheld", [null]] : ["pending", delaysOf(sandbox, mode)];
    for (const delay of delays) {
      sandbox.sql.exec(
        "INSERT INTO deliveries (event, endpoint, state, attempts, wait_ms, due_ms) VALUES (?1, ?2, ?3, '[]', ?4, ?5)",
        event.id,
        endpoint.id,
        state,
        delay,
        delay === null ? null : nowMs(sandbox) + delay,
      );
    }
  }
}

export type DeliveryMode =
  | "automatic"
  | "on_demand"
  | "never"
  | "late"
  | "twice"
  | "out_of_order"
  | "mixture";

/** The mode in force: that of the switch, or the one the Worker was started with. */
export function deliveryMode(sandbox: Sandbox): DeliveryMode {
  return readSwitch(sandbox.sql, "delivery") ?? sandbox.initialDelivery;
}

function delaysOf(sandbox: Sandbox, mode: Exclude<DeliveryMode, "never">): (number | null)[] {
  switch (mode) {
    case "automatic": {
      return [promptMs];
    }
    case "on_demand": {
      return [null];
    }
    case "late": {
      return [10_000 + Math.floor(chance(sandbox) * 20_000)];
    }
    case "twice": {
      return [promptMs, promptMs + 50 + Math.floor(chance(sandbox) * 1000)];
    }
    case "out_of_order": {
      return [Math.floor(chance(sandbox) * 3000)];
    }
    case "mixture": {
      const modes = ["automatic", "late", "twice", "out_of_order"] as const;
      return delaysOf(sandbox, modes[Math.floor(chance(sandbox) * modes.length)] ?? "automatic");
    }
  }
}

/** The next in a repeatable stream of numbers from 0 to 1, so that a seed repeats a mixture. */
function chance(sandbox: Sandbox): number {
  const { value, state } = nextChance(readSwitch(sandbox.sql, "delivery_seed"));
  setSwitch(sandbox.sql, "delivery_seed", state);
  return value;
}

/** Everything queued for an event, in order. */
export function deliveriesOf(sandbox: Sandbox, event: string): Delivery[] {
  return sandbox.sql
    .exec<DeliveryRow>(`SELECT ${columns} FROM deliveries WHERE event = ?1 ORDER BY id`, event)
    .toArray()
    .map(toDelivery);
}

/** The deliveries still to be sent, oldest first. */
export function pendingDeliveries(sandbox: Sandbox): Delivery[] {
  return sandbox.sql
    .exec<DeliveryRow>(`SELECT ${columns} FROM deliveries WHERE state IN ('pending', 'withheld') ORDER BY id`)
    .toArray()
    .map(toDelivery);
}

/** The deliveries due by themselves now, soonest first; each is postponed so that nothing else sends it meanwhile. */
export function takeDueDeliveries(sandbox: Sandbox): Delivery[] {
  const due = sandbox.sql
    .exec<DeliveryRow>(
      `SELECT ${columns} FROM deliveries WHERE state = 'pending' AND due_ms <= ?1 ORDER BY due_ms, id`,
      nowMs(sandbox),
    )
    .toArray()
    .map(toDelivery);
  for (const { id } of due) {
    sandbox.sql.exec("UPDATE deliveries SET due_ms = ?2 WHERE id = ?1", id, nowMs(sandbox) + 60_000);
  }
  return due;
}

/** When the next delivery is due by itself, in milliseconds of the stand-in's clock. */
export function nextDeliveryMs(sandbox: Sandbox): number | null {
  return sandbox.sql
    .exec<{ due: number | null }>("SELECT min(due_ms) AS due FROM deliveries WHERE state = 'pending'")
    .one().due;
}

/** Records what an endpoint answered, and plans the next attempt when it was not 2xx. */
export function recordAttempt(sandbox: Sandbox, delivery: Delivery, made: Attempt): void {
  const since = [...delivery.attempts, made];
  const delivered = made.status !== null && made.status >= 200 && made.status < 300;
  const wait = retryMinutes[since.length - 1];
  const byItself = deliveryMode(sandbox) !== "on_demand";
  sandbox.sql.exec(
    "UPDATE deliveries SET state = ?2, attempts = ?3, due_ms = ?4 WHERE id = ?1",
    delivery.id,
    delivered ? "delivered" : wait === undefined ? "failed" : "pending",
    JSON.stringify(since),
    delivered || wait === undefined || !byItself ? null : nowMs(sandbox) + wait * 60_000,
  );
}

/** An event as it is sent and listed: with the number of endpoints that have not acknowledged it. */
export function withPendingWebhooks(sandbox: Sandbox, event: Stripe.EventBase): Stripe.EventBase {
  const { waiting } = sandbox.sql
    .exec<{ waiting: number }>(
      `SELECT count(DISTINCT endpoint) AS waiting FROM deliveries
       WHERE event = ?1 AND state IN ('pending', 'withheld')`,
      event.id,
    )
    .one();
  return { ...event, pending_webhooks: waiting };
}

/** Sends one delivery and returns the endpoint's status, or null when it could not be reached. */
export async function send(
  sandbox: Sandbox,
  event: Stripe.EventBase,
  endpoint: Endpoint,
  post: (request: Request) => Promise<Response>,
): Promise<number | null> {
  const body = JSON.stringify(withPendingWebhooks(sandbox, event), null, 2);
  // The receiver compares this with its own clock, which does not run ahead.
  const seconds = Math.floor(Date.now() / 1000);
  const signature = await sign(endpoint.secret, `${seconds}.${body}`);
  const request = new Request(endpoint.url, {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      "stripe-signature": `t=${seconds},v1=${signature},v0=${"0".repeat(64)}`,
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    },
    body,
  });
  try {
    const response = await post(request);
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}

async function sign(secret: string, payload: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signed = await crypto.subtle.sign("HMAC", key, encoder.encode(payload));
  return Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function toDelivery(row: DeliveryRow): Delivery {
  return { ...row, attempts: attempts.parse(JSON.parse(row.attempts)) };
}

/** The event a delivery carries. */
export function eventOf(sandbox: Sandbox, delivery: Delivery): Stripe.EventBase | null {
  return find(sandbox, "event", delivery.event);
}

/** Queues an event once more for an endpoint, as the Dashboard's "Resend" does. */
export function requeue(sandbox: Sandbox, event: Stripe.EventBase, endpoint: Endpoint): Delivery {
  const row = sandbox.sql
    .exec<DeliveryRow>(
      `INSERT INTO deliveries (event, endpoint, state, attempts, due_ms)
       VALUES (?1, ?2, 'pending', '[]', NULL) RETURNING ${columns}`,
      event.id,
      endpoint.id,
    )
    .one();
  return toDelivery(row);
}
