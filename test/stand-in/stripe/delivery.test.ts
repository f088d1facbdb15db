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

/** Waits until the log is as wished, and gives it; fails after some seconds. */
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

describe("a webhook", () => {
  it("is signed as the SDK checks it", async () => {
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

  it("arrives by itself, and comes again on Stripe's schedule when it was not accepted", async () => {
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

  it("twice: arrives twice; never: stays", async () => {
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
    "%s: the same seed gives the same order",
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

  it("many can be sent in a shuffled order that a seed repeats", async () => {
    await boughtWith("4242424242424242");

    const sent = z.object({ deliveries: z.array(z.object({ type: z.string() })) });
    const first = sent.parse(await control("/stripe/events/deliver", { times: 3, shuffle_seed: 5 }));

    expect(first.deliveries).toHaveLength(21);
    const types = first.deliveries.map(({ type }) => type);
    expect(types).not.toEqual(types.toSorted((a, b) => a.localeCompare(b)));
  });
});

describe("the state", () => {
  it("outlives a restart", async () => {
    const { paid } = await boughtWith("4242424242424242");

    await abortAllDurableObjects();

    expect((await stripe.paymentIntents.retrieve(paid.id)).status).toBe("succeeded");
  });
});

describe("a live key", () => {
  it.each(["sk_live_x", "rk_live_x"])("%s beside it: the stand-in answers nothing", async (key) => {
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
