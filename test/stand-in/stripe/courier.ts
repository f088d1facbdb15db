/** Carries events to their endpoints: now, on request, or when they are due. */
import type { z } from "zod";
import { shuffled } from "./chance.ts";
import type { deliveryRequest } from "./controls.ts";
import {
  type Delivery,
  deliveriesOf,
  eventOf,
  pendingDeliveries,
  recordAttempt,
  requeue,
  send,
  takeDueDeliveries,
} from "./deliveries.ts";
import { find } from "./objects.ts";
import type { Sandbox } from "./sandbox.ts";
import { endpointWithId, endpointsFor } from "./webhook-endpoints.ts";

export interface Sent {
  event: string;
  type: string;
  endpoint: string;
  /** What the endpoint answered; null when it could not be reached. */
  status: number | null;
}

type Post = (request: Request) => Promise<Response>;

/** How requests leave: to the product through a binding; to others only on this machine. */
export function postFrom(env: Env): Post {
  return (request) => {
    const { origin, hostname } = new URL(request.url);
    if (origin === new URL(env.PUBLIC_URL).origin) {
      return env.PRODUCT.fetch(request);
    }
    if (hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]") {
      return fetch(request);
    }
    return Promise.reject(new Error("The stand-in sends nothing beyond this machine."));
  };
}

/** Sends one event by its id (again, if need be), or the pending ones that match; oldest first, or shuffled. */
export async function deliverNow(
  sandbox: Sandbox,
  post: Post,
  asked: z.infer<typeof deliveryRequest>,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const chosen = choose(sandbox, asked).flatMap((delivery) =>
    Array.from({ length: asked.times }, () => delivery),
  );
  const ordered = asked.shuffle_seed === undefined ? chosen : shuffled(chosen, asked.shuffle_seed);
  const once = new Set<number>();
  for (const delivery of ordered) {
    const again = once.has(delivery.id) ? repeat(sandbox, delivery) : delivery;
    sent.push(await carry(sandbox, post, again));
    once.add(delivery.id);
  }
  return sent;
}

/** Sends what is due by itself. */
export async function deliverDue(sandbox: Sandbox, post: Post): Promise<void> {
  for (const delivery of takeDueDeliveries(sandbox)) {
    await carry(sandbox, post, delivery);
  }
}

function choose(sandbox: Sandbox, asked: z.infer<typeof deliveryRequest>): Delivery[] {
  if (asked.id !== undefined) {
    const event = find(sandbox, "event", asked.id);
    const waiting = deliveriesOf(sandbox, asked.id).filter(({ state }) => state !== "delivered");
    return event === null || waiting.length > 0
      ? waiting
      : endpointsFor(sandbox, event.type).map((endpoint) => requeue(sandbox, event, endpoint));
  }
  return pendingDeliveries(sandbox).filter((delivery) => {
    const event = eventOf(sandbox, delivery);
    return (
      event !== null &&
      (asked.type === undefined || event.type === asked.type) &&
      (asked.payment_intent === undefined || isAbout(event.data.object, asked.payment_intent))
    );
  });
}

function isAbout(object: object, intent: string): boolean {
  const named = new Map<string, unknown>(Object.entries(object));
  return named.get("id") === intent || named.get("payment_intent") === intent;
}

/** Queues the same event for the same endpoint once more; does nothing when either is gone. */
function repeat(sandbox: Sandbox, delivery: Delivery): Delivery {
  const event = eventOf(sandbox, delivery);
  const endpoint = endpointWithId(sandbox, delivery.endpoint);
  return event === null || endpoint === null ? delivery : requeue(sandbox, event, endpoint);
}

async function carry(sandbox: Sandbox, post: Post, delivery: Delivery): Promise<Sent> {
  const event = eventOf(sandbox, delivery);
  const endpoint = endpointWithId(sandbox, delivery.endpoint);
  const status = event === null || endpoint === null ? null : await send(sandbox, event, endpoint, post);
  recordAttempt(sandbox, delivery, { at: Math.floor(Date.now() / 1000), status });
  return { event: delivery.event, type: event?.type ?? "", endpoint: delivery.endpoint, status };
}
