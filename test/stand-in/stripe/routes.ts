/** The stand-in over HTTP: Stripe's API for browsers and curl, and the switches for people and tests. */
import { Hono } from "hono";
import { z } from "zod";
import { askStripe, bodyOf, stripeState } from "./ask-stripe.ts";
import {
  bankSettings,
  clockMove,
  deliveryRequest,
  disputeMove,
  disputeToOpen,
  failure,
  feeSettings,
  jobsToRun,
  keyPermissions,
  refundToMake,
  warning,
  webhookSettings,
} from "./controls.ts";
import { challengePage, returnAddress } from "./challenge-page.ts";
import { fault } from "./faults.ts";
import { besideLiveKey, isBesideLiveKey } from "./keys.ts";

const returnForm = z.object({
  client_secret: z.string(),
  outcome: z.enum(["authenticated", "failed"]),
  return_url: z.string(),
});

export const stripeRoutes = new Hono<{ Bindings: Env }>()
  .use(async (context, next) => {
    if (!isBesideLiveKey(context.env)) {
      return next();
    }
    return new Response(besideLiveKey.body, {
      status: besideLiveKey.status,
      headers: besideLiveKey.headers,
    });
  })
  .all("/stripe/v1/*", async (context) => {
    const answer = await askStripe(context.env, context.req.raw, "/stand-in/stripe");
    // A connection cannot be broken from here, so the answer arrives truncated.
    return answer.lost
      ? new Response(answer.body.slice(0, 12), { headers: { "content-type": "application/json" } })
      : new Response(answer.body, { status: answer.status, headers: answer.headers });
  })
  .post("/stripe/challenge", async (context) => {
    const { status, body } = await stripeState(context.env).challenge(
      await bodyOf(context.req.raw),
      context.req.header("authorization") ?? null,
    );
    return new Response(body, { status, headers: { "content-type": "application/json" } });
  })
  .get("/stripe/challenge", (context) =>
    context.html(
      challengePage(context.req.query("client_secret") ?? "", context.req.query("return_url") ?? ""),
    ),
  )
  .post("/stripe/challenge/return", async (context) => {
    const {
      client_secret: secret,
      outcome,
      return_url: back,
    } = returnForm.parse(await context.req.parseBody());
    const form = new URLSearchParams({ client_secret: secret, outcome }).toString();
    const { status, body } = await stripeState(context.env).challenge(form, "Bearer pk_test_standin");
    const address = returnAddress(back, secret, outcome === "authenticated");
    return status === 200 && address !== null
      ? context.redirect(address, 303)
      : new Response(body, { status: 400, headers: { "content-type": "application/json" } });
  })
  .get("/stripe/faults", async (context) => json(await stripeState(context.env).faults()))
  .delete("/stripe/faults", async (context) =>
    context.json({ disarmed: await stripeState(context.env).disarm() }),
  )
  .post("/stripe/faults", (context) =>
    withJson(context.req.raw, fault, async (given) => {
      await stripeState(context.env).fault(given);
      return given;
    }),
  )
  .post("/stripe/bank", (context) =>
    withJson(context.req.raw, bankSettings, async (given) => {
      await stripeState(context.env).bank(given);
      return given;
    }),
  )
  .post("/stripe/fees", (context) =>
    withJson(context.req.raw, feeSettings, async (given) => {
      await stripeState(context.env).fees(given);
      return given;
    }),
  )
  .post("/stripe/fees/settle", async (context) =>
    context.json({ settled: await stripeState(context.env).run({ kind: "settle_fee" }) }),
  )
  .post("/stripe/webhooks", (context) =>
    withJson(context.req.raw, webhookSettings, async (given) => {
      await stripeState(context.env).webhooks(given);
      return given;
    }),
  )
  .post("/stripe/disputes", (context) =>
    withJson(context.req.raw, disputeToOpen, async (given) => ({
      dispute: await stripeState(context.env).befall({ kind: "dispute", given }),
    })),
  )
  .post("/stripe/disputes/move", (context) =>
    withJson(context.req.raw, disputeMove, async (given) => ({
      dispute: await stripeState(context.env).befall({ kind: "dispute_move", given }),
    })),
  )
  .post("/stripe/early_fraud_warnings", (context) =>
    withJson(context.req.raw, warning, async (given) => ({
      charge: await stripeState(context.env).befall({ kind: "early_fraud_warning", given }),
    })),
  )
  .get("/stripe/payments", async (context) => json(await stripeState(context.env).payments()))
  .post("/stripe/refunds", (context) =>
    withJson(context.req.raw, refundToMake, async (given) => ({
      refund: await stripeState(context.env).befall({ kind: "refund", given }),
    })),
  )
  .post("/stripe/refunds/complete", (context) =>
    withJson(context.req.raw, failure, async (given) => ({
      refund: await stripeState(context.env).befall({ kind: "completed_refund", given }),
    })),
  )
  .post("/stripe/refunds/fail", (context) =>
    withJson(context.req.raw, failure, async (given) => ({
      refund: await stripeState(context.env).befall({ kind: "failed_refund", given }),
    })),
  )
  .post("/stripe/refunds/cancel", (context) =>
    withJson(context.req.raw, failure, async (given) => ({
      refund: await stripeState(context.env).befall({ kind: "canceled_refund", given }),
    })),
  )
  .post("/stripe/payouts/fail", (context) =>
    withJson(context.req.raw, failure, async (given) => ({
      payout: await stripeState(context.env).befall({ kind: "failed_payout", given }),
    })),
  )
  .post("/stripe/keys", (context) =>
    withJson(context.req.raw, keyPermissions, async (given) => {
      await stripeState(context.env).restrict(given);
      return given;
    }),
  )
  .get("/stripe/jobs", async (context) => json(await stripeState(context.env).jobs()))
  .post("/stripe/jobs/run", (context) =>
    withJson(context.req.raw, jobsToRun, async (given) => ({
      happened: await stripeState(context.env).run(given),
    })),
  )
  .get("/stripe/events", async (context) => json(await stripeState(context.env).events()))
  .post("/stripe/events/deliver", (context) =>
    withJson(context.req.raw, deliveryRequest, async (asked) => ({
      deliveries: await stripeState(context.env).deliver(asked),
    })),
  )
  .get("/stripe/calls", async (context) => json(await stripeState(context.env).calls()))
  .get("/clock", async (context) => context.json({ now: await stripeState(context.env).time() }))
  .post("/clock", (context) =>
    withJson(context.req.raw, clockMove, async (move) => ({
      now: await stripeState(context.env).advance(move),
    })),
  )
  .post("/reset", async (context) => {
    await stripeState(context.env).reset();
    return context.json({ reset: true });
  });

/** Reads a control's JSON and answers with the result, or with 400 and the reason when it is not valid. */
async function withJson<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  act: (given: z.infer<Schema>) => Promise<object>,
): Promise<Response> {
  const text = await bodyOf(request);
  const read = schema.safeParse(parseJson(text === "" ? "{}" : text));
  if (!read.success) {
    return refusal(z.prettifyError(read.error));
  }
  try {
    return Response.json(await act(read.data));
  } catch (error) {
    return refusal(error instanceof Error ? error.message : String(error));
  }
}

function refusal(message: string): Response {
  return Response.json({ error: { message } }, { status: 400 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function json(body: string): Response {
  return new Response(body, { headers: { "content-type": "application/json" } });
}
