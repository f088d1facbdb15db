import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import Stripe from "stripe";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { stripeState } from "./ask-stripe.ts";
import { send } from "./deliveries.ts";
import type { Sandbox } from "./sandbox.ts";
import { StripeState } from "./state.ts";
import { boughtWith, control, newCustomer, read, reset, stripe } from "./support.ts";

beforeEach(reset);

const eventLog = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      deliveries: z.array(
        z.object({
          state: z.string(),
          attempts: z.array(z.object({ status: z.number().nullable() })),
        }),
      ),
    }),
  ),
});

/** Waits until the log is as wished, and returns it; fails after some seconds. */
async function untilEvents(
  wished: (events: z.infer<typeof eventLog>["events"]) => boolean,
): Promise<z.infer<typeof eventLog>["events"]> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { events } = eventLog.parse(await read("/stripe/events"));
    if (wished(events)) {
      return events;
    }
    await scheduler.wait(100);
  }
  throw new Error(JSON.stringify(await read("/stripe/events")));
}

function sandboxOf(state: DurableObjectState): Sandbox {
  return {
    sql: state.storage.sql,
    publicUrl: "http://localhost:8787",
    webhookSecret: "whsec_standin",
    initialDelivery: "on_demand",
    request: null,
  };
}

/** How long after its event each delivery is due, in order. */
async function waits(): Promise<string> {
  return runInDurableObject(stripeState(env), (_, { storage }) =>
    storage.sql
      .exec<{ wait: number }>("SELECT wait_ms AS wait FROM deliveries ORDER BY id")
      .toArray()
      .map(({ wait }) => wait)
      .join(" "),
  );
}

/** Makes the events of one purchase anew, sends them on request, and returns the place of each delivery's event among them. */
async function sentOnRequest(how: { times: number; shuffle_seed?: number }): Promise<number[]> {
  await reset();
  await boughtWith("4242424242424242");
  const happened = (await stripe.events.list({ limit: 100 })).data.map(({ id }) => id).toReversed();
  const sent = z.object({ deliveries: z.array(z.object({ event: z.string() })) });
  const { deliveries } = sent.parse(await control("/stripe/events/deliver", how));
  return deliveries.map(({ event }) => happened.indexOf(event));
}

describe("webhook delivery", () => {
  it("signs each event so that the SDK accepts it", async () => {
    await newCustomer();
    const [event] = (await stripe.events.list()).data;

    const posted = await runInDurableObject(stripeState(env), async (_, state) => {
      const requests: { body: string; signature: string }[] = [];
      const endpoint = { id: "we_x", url: "http://localhost:8787/x", secret: "whsec_other" };
      await send(sandboxOf(state), z.custom<Stripe.Event>().parse(event), endpoint, async (request) => {
        requests.push({
          body: await request.text(),
          signature: request.headers.get("stripe-signature") ?? "",
        });
        return new Response("ok");
      });
      return requests[0];
    });

    const { body = "", signature = "" } = posted ?? {};
    const read_ = await stripe.webhooks.constructEventAsync(body, signature, "whsec_other");
    expect(read_).toMatchObject({ id: event?.id, type: "customer.created", pending_webhooks: 1 });
    await expect(stripe.webhooks.constructEventAsync(body, signature, "whsec_wrong")).rejects.toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    );
    await expect(stripe.webhooks.constructEventAsync(`${body} `, signature, "whsec_other")).rejects.toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    );
  });

  it("happens by itself, and is repeated on Stripe's schedule when the event was not acknowledged", async () => {
    await control("/stripe/webhooks", { delivery: "automatic" });
    await stripe.webhookEndpoints.update("we_product", { url: "http://localhost:8787/no/such/page" });
    await newCustomer();

    const [first] = await untilEvents(([event]) => event?.deliveries[0]?.attempts.length === 1);
    expect(first?.deliveries[0]).toMatchObject({ state: "pending", attempts: [{ status: 404 }] });

    await control("/clock", { advance_seconds: 6 * 60 });
    const [second] = await untilEvents(([event]) => event?.deliveries[0]?.attempts.length === 2);
    expect(second?.deliveries[0]?.state).toBe("pending");

    await control("/clock", { advance_seconds: 20 * 60 });
    await scheduler.wait(300);
    const [third] = await untilEvents(() => true);
    expect(third?.deliveries[0]?.attempts).toHaveLength(2);
  });

  it("sends each event twice in the mode twice, and not at all in the mode never", async () => {
    await stripe.webhookEndpoints.update("we_product", { url: "http://localhost:8787/healthz" });
    await control("/stripe/webhooks", { delivery: "twice", seed: 3 });
    await newCustomer();
    const [event] = await untilEvents(
      ([latest]) => latest?.deliveries.every(({ attempts }) => attempts.length === 1) === true,
    );
    expect(event?.deliveries).toHaveLength(2);

    await control("/stripe/webhooks", { delivery: "never" });
    await newCustomer();
    const [withheld] = await untilEvents(() => true);
    expect(withheld?.deliveries).toEqual([expect.objectContaining({ state: "withheld", attempts: [] })]);
  });

  it.each(["out_of_order", "mixture"] as const)(
    "gives the same order for the same seed in the mode %s",
    async (delivery) => {
      const plans: string[] = [];
      for (const seed of [11, 11, 12]) {
        await reset();
        await control("/stripe/webhooks", { delivery, seed });
        for (let number = 0; number < 6; number += 1) {
          await newCustomer();
        }
        plans.push(await waits());
      }

      expect(plans[1]).toBe(plans[0]);
      expect(plans[2]).not.toBe(plans[0]);
    },
  );

  it("can send many events on request, shuffled in the same order for the same seed and in another for another", async () => {
    const inOrder = await sentOnRequest({ times: 3 });
    const [one, same, other] = [
      await sentOnRequest({ times: 3, shuffle_seed: 5 }),
      await sentOnRequest({ times: 3, shuffle_seed: 5 }),
      await sentOnRequest({ times: 3, shuffle_seed: 6 }),
    ];

    expect(inOrder).toEqual([0, 1, 2, 3, 4, 5, 6].flatMap((event) => [event, event, event]));
    expect(one).not.toEqual(inOrder);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
    for (const shuffled of [one, other]) {
      expect(shuffled.toSorted((a, b) => a - b)).toEqual(inOrder);
    }
  });
});

describe("the stand-in's state", () => {
  it("survives a restart", async () => {
    const { paid } = await boughtWith("4242424242424242");

    await abortAllDurableObjects();

    expect((await stripe.paymentIntents.retrieve(paid.id)).status).toBe("succeeded");
  });
});

describe("a live key", () => {
  it.each(["sk_live_x", "rk_live_x"])("such as %s makes the stand-in refuse every call", async (key) => {
    const request = {
      method: "GET",
      path: "/v1/customers",
      query: "",
      body: "",
      authorization: "Bearer sk_test_standin",
      idempotencyKey: null,
      version: null,
    };

    const answer = await runInDurableObject(stripeState(env), (_, state) =>
      new StripeState(state, { ...env, STRIPE_SECRET_KEY: key }).call(request),
    );

    expect(answer.status).toBe(500);
    expect(answer.body).toContain("does not run beside a live key");
  });
});
