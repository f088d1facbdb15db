/** Everything the Stripe stand-in knows, in one object that outlives a restart. */
import { DurableObject } from "cloudflare:workers";
import type Stripe from "stripe";
import type { z } from "zod";
import { type ApiAnswer, type ApiRequest, answer } from "./api.ts";
import { readCalls } from "./calls.ts";
import { finishChallenge } from "./challenge.ts";
import {
  type Delivery,
  deliveriesOf,
  deliveryMode,
  eventOf,
  nextDeliveryMs,
  pendingDeliveries,
  recordAttempt,
  requeue,
  send,
  takeDueDeliveries,
} from "./deliveries.ts";
import type {
  bankSettings,
  clockMove,
  deliveryRequest,
  disputeMove,
  disputeToOpen,
  failure,
  feeSettings,
  jobsToRun,
  keyPermissions,
  warning,
  webhookSettings,
} from "./controls.ts";
import { shuffled } from "./chance.ts";
import { type Fault, addFault } from "./faults.ts";
import { parseForm } from "./form.ts";
import { newId } from "./ids.ts";
import { nextDue, plannedJobs, takeDue, type JobKind } from "./jobs.ts";
import { credentialsOf, isLiveKey, restrictKey } from "./keys.ts";
import { all, find, idOf, load } from "./objects.ts";
import { failPayout } from "./payouts.ts";
import { failRefund } from "./refunds.ts";
import { moveDispute, openDispute } from "./dispute-course.ts";
import { warnOfFraud } from "./early-fraud-warnings.ts";
import { performJob } from "./perform-job.ts";
import { refusalOf } from "./refusals.ts";
import { type Sandbox, now, nowMs } from "./sandbox.ts";
import { readSwitch, setSwitch } from "./switches.ts";
import { createTables, emptyTables } from "./tables.ts";
import { endpointWithId, endpointsFor, registerProductEndpoint } from "./webhook-endpoints.ts";

export interface Sent {
  event: string;
  type: string;
  endpoint: string;
  /** What the endpoint answered; null when it could not be reached. */
  status: number | null;
}

export class StripeState extends DurableObject<Env> {
  /** Keys of calls whose answer is still on its way. */
  readonly #inFlight = new Set<string>();

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    createTables(context.storage.sql);
    registerProductEndpoint(this.#sandbox);
  }

  get #sandbox(): Sandbox {
    return {
      sql: this.ctx.storage.sql,
      publicUrl: this.env.PUBLIC_URL,
      webhookSecret: this.env.STRIPE_WEBHOOK_SECRET,
      initialDelivery: this.env.WEBHOOK_DELIVERY ?? "automatic",
      request: null,
    };
  }

  /** Answers one API call. */
  async call(request: ApiRequest): Promise<ApiAnswer> {
    if (isLiveKey(this.env.STRIPE_SECRET_KEY) || isLiveKey(this.env.STRIPE_PUBLISHABLE_KEY)) {
      return besideLiveKey;
    }
    const made = answer(
      this.#sandbox,
      (change) => this.ctx.storage.transactionSync(change),
      this.#inFlight,
      request,
    );
    await this.#arm();
    if (made.delayMs > 0) {
      await this.#wait(made.delayMs, request.method === "POST" ? request.idempotencyKey : null);
    }
    return made;
  }

  async #wait(delayMs: number, key: string | null): Promise<void> {
    if (key !== null) {
      this.#inFlight.add(key);
    }
    try {
      await scheduler.wait(delayMs);
    } finally {
      if (key !== null) {
        this.#inFlight.delete(key);
      }
    }
  }

  /** The bank's challenge of an intent ends; asked for by the browser, with the publishable key. */
  async challenge(body: string, authorization: string | null): Promise<{ status: number; body: string }> {
    const form = parseForm(body);
    const { key, ...params } = form;
    const request = { id: newId("req").slice(0, 18), idempotencyKey: null };
    try {
      credentialsOf(authorization, typeof key === "string" ? key : undefined);
      const done = this.ctx.storage.transactionSync(() =>
        finishChallenge({ ...this.#sandbox, request }, params),
      );
      return { status: 200, body: JSON.stringify(done) };
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal === null) {
        throw thrown;
      }
      return { status: refusal.status, body: JSON.stringify({ error: refusal.error }) };
    } finally {
      await this.#arm();
    }
  }

  /** Arms a fault for calls to come. */
  fault(given: Fault): void {
    addFault(this.ctx.storage.sql, given);
  }

  /** Says what the bank answers about address and security code. */
  bank(given: z.infer<typeof bankSettings>): void {
    setSwitch(this.ctx.storage.sql, "bank_checks", given.checks);
  }

  /** Says whether `automatic` captures know their fee at once. */
  fees(given: z.infer<typeof feeSettings>): void {
    setSwitch(this.ctx.storage.sql, "automatic_fees", given.automatic);
  }

  /** Says how webhooks travel from now on. */
  async webhooks(given: z.infer<typeof webhookSettings>): Promise<void> {
    setSwitch(this.ctx.storage.sql, "delivery", given.delivery);
    if (given.seed !== undefined) {
      setSwitch(this.ctx.storage.sql, "delivery_seed", given.seed);
    }
    await this.#arm();
  }

  /** Every event, newest first, with what became of its deliveries. */
  events(): string {
    const sandbox = this.#sandbox;
    const events = all(sandbox, "event").map((event) => ({
      id: event.id,
      type: event.type,
      created: event.created,
      object: event.data.object,
      deliveries: deliveriesOf(sandbox, event.id).map(({ endpoint, state, attempts }) => ({
        endpoint,
        state,
        attempts,
      })),
    }));
    return JSON.stringify({ delivery: deliveryMode(sandbox), events });
  }

  /** Sends events now, whatever the mode: one by its id, or the pending ones that fit, oldest first. */
  async deliver(asked: z.infer<typeof deliveryRequest>): Promise<Sent[]> {
    const sent: Sent[] = [];
    const chosen = this.#chosen(asked).flatMap((delivery) =>
      Array.from({ length: asked.times }, () => delivery),
    );
    const ordered = asked.shuffle_seed === undefined ? chosen : shuffled(chosen, asked.shuffle_seed);
    const once = new Set<number>();
    for (const delivery of ordered) {
      sent.push(once.has(delivery.id) ? await this.#sendAgain(delivery) : await this.#send(delivery));
      once.add(delivery.id);
    }
    await this.#arm();
    return sent;
  }

  #chosen(asked: z.infer<typeof deliveryRequest>): Delivery[] {
    const sandbox = this.#sandbox;
    if (asked.id !== undefined) {
      const event = find(sandbox, "event", asked.id);
      const waiting = deliveriesOf(sandbox, asked.id).filter(({ state }) => state !== "delivered");
      if (event === null || waiting.length > 0) {
        return waiting;
      }
      return endpointsFor(sandbox, event.type).map((endpoint) => requeue(sandbox, event, endpoint));
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

  async #sendAgain(delivery: Delivery): Promise<Sent> {
    const sandbox = this.#sandbox;
    const event = eventOf(sandbox, delivery);
    const endpoint = endpointWithId(sandbox, delivery.endpoint);
    return event === null || endpoint === null
      ? { event: delivery.event, type: "", endpoint: delivery.endpoint, status: null }
      : this.#send(requeue(sandbox, event, endpoint));
  }

  async #send(delivery: Delivery): Promise<Sent> {
    const sandbox = this.#sandbox;
    const event = eventOf(sandbox, delivery);
    const endpoint = endpointWithId(sandbox, delivery.endpoint);
    const status =
      event === null || endpoint === null
        ? null
        : await send(sandbox, event, endpoint, (request) => this.#post(request));
    recordAttempt(sandbox, delivery, { at: Math.floor(Date.now() / 1000), status });
    return { event: delivery.event, type: event?.type ?? "", endpoint: delivery.endpoint, status };
  }

  /** The product is a binding away; others are reached only on this machine. */
  #post(request: Request): Promise<Response> {
    const { origin, hostname } = new URL(request.url);
    if (origin === new URL(this.env.PUBLIC_URL).origin) {
      return this.env.PRODUCT.fetch(request);
    }
    if (hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]") {
      return fetch(request);
    }
    return Promise.reject(new Error("The stand-in sends nothing beyond this machine."));
  }

  /** The cardholder contests a payment. Answers with the dispute's id. */
  openDispute(given: z.infer<typeof disputeToOpen>): Promise<string> {
    return this.#change((sandbox) => {
      const charge = this.#chargeOf(sandbox, given);
      const { reason, inquiry, amount = charge.amount_captured } = given;
      return openDispute(sandbox, charge, { reason, inquiry, amount }).id;
    });
  }

  /** A dispute takes a turn; its money follows. */
  moveDispute(given: z.infer<typeof disputeMove>): Promise<string> {
    return this.#change((sandbox) => moveDispute(sandbox, given.id, given.status).status);
  }

  /** The issuer warns about a payment. */
  warn(given: z.infer<typeof warning>): Promise<string> {
    return this.#change((sandbox) => {
      const charge = this.#chargeOf(sandbox, given);
      warnOfFraud(sandbox, charge.id);
      return charge.id;
    });
  }

  /** The card's bank sends a refund back. */
  failRefund(given: z.infer<typeof failure>): Promise<string> {
    return this.#change((sandbox) => {
      failRefund(sandbox, load(sandbox, "refund", given.id).id);
      return given.id;
    });
  }

  /** Our bank sends a payout back. */
  failPayout(given: z.infer<typeof failure>): Promise<string> {
    return this.#change((sandbox) => {
      failPayout(sandbox, given.id);
      return given.id;
    });
  }

  /** Says what a restricted key may do. */
  restrict(given: z.infer<typeof keyPermissions>): void {
    restrictKey(this.ctx.storage.sql, given.key, given.permissions);
  }

  /** What is planned, as JSON. */
  jobs(): string {
    return JSON.stringify({ jobs: plannedJobs(this.#sandbox) });
  }

  /** Makes everything of one kind happen that is planned; answers with what it was about. */
  async run({ kind }: z.infer<typeof jobsToRun>): Promise<string[]> {
    const subjects = this.#performDue(kind);
    await this.#arm();
    return subjects;
  }

  async #change(act: (sandbox: Sandbox) => string): Promise<string> {
    try {
      return this.ctx.storage.transactionSync(() => act(this.#sandbox));
    } finally {
      await this.#arm();
    }
  }

  #chargeOf(sandbox: Sandbox, named: z.infer<typeof warning>): Stripe.Charge {
    const intent =
      named.payment_intent === undefined ? null : load(sandbox, "payment_intent", named.payment_intent);
    return load(sandbox, "charge", named.charge ?? idOf(intent?.latest_charge) ?? "");
  }

  /** Moves the clock forward, and everything that becomes due by it happens. Answers the new time. */
  async advance({ advance_seconds: seconds }: z.infer<typeof clockMove>): Promise<number> {
    const sql = this.ctx.storage.sql;
    setSwitch(sql, "clock_ahead_ms", readSwitch(sql, "clock_ahead_ms") + seconds * 1000);
    this.#performDue(null);
    await this.#arm();
    return now(this.#sandbox);
  }

  /** The time by the stand-in's clock, in Unix seconds. */
  time(): number {
    return now(this.#sandbox);
  }

  /** The call log as JSON, newest first. */
  calls(): string {
    return JSON.stringify({ calls: readCalls(this.ctx.storage.sql) });
  }

  /** Forgets everything. */
  async reset(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    emptyTables(this.ctx.storage.sql);
    registerProductEndpoint(this.#sandbox);
  }

  override async alarm(): Promise<void> {
    this.#performDue(null);
    for (const delivery of takeDueDeliveries(this.#sandbox)) {
      await this.#send(delivery);
    }
    await this.#arm();
  }

  /** Does what is due, each job whole or not at all; answers with what they were about. */
  #performDue(whenever: JobKind | null): string[] {
    const subjects: string[] = [];
    for (;;) {
      const job = this.ctx.storage.transactionSync(() => {
        const due = takeDue(this.#sandbox, whenever);
        if (due !== null) {
          performJob(this.#sandbox, due);
        }
        return due;
      });
      if (job === null) {
        return subjects;
      }
      subjects.push(job.subject);
    }
  }

  /** Sets the alarm for whatever is next. On demand nothing happens by itself, so there is none. */
  async #arm(): Promise<void> {
    const sandbox = this.#sandbox;
    if (deliveryMode(sandbox) === "on_demand") {
      await this.ctx.storage.deleteAlarm();
      return;
    }
    const job = nextDue(sandbox);
    const delivery = nextDeliveryMs(sandbox);
    const next = Math.min(job === null ? Infinity : job * 1000, delivery ?? Infinity);
    if (next !== Infinity) {
      await this.ctx.storage.setAlarm(Math.max(Date.now() + 1, Date.now() + next - nowMs(sandbox)));
    }
  }
}

const besideLiveKey: ApiAnswer = {
  status: 500,
  body: JSON.stringify({
    error: {
      type: "api_error",
      code: "stand_in_beside_live_key",
      message:
        "The Stripe stand-in does not run beside a live key. Remove the live key from this Worker's variables; the stand-in needs none.",
    },
  }),
  headers: { "content-type": "application/json" },
  lost: false,
  delayMs: 0,
};

function isAbout(object: object, intent: string): boolean {
  const named = new Map<string, unknown>(Object.entries(object));
  return named.get("id") === intent || named.get("payment_intent") === intent;
}
