/** Everything the Stripe stand-in knows, in one object that survives a restart. */
import { DurableObject } from "cloudflare:workers";
import type { z } from "zod";
import { type ApiAnswer, type ApiRequest, answer } from "./api.ts";
import { readCalls } from "./calls.ts";
import { finishChallenge } from "./challenge.ts";
import type {
  bankSettings,
  clockMove,
  deliveryRequest,
  feeSettings,
  jobsToRun,
  keyPermissions,
  webhookSettings,
} from "./controls.ts";
import { type Sent, deliverDue, deliverNow, postFrom } from "./courier.ts";
import { deliveriesOf, deliveryMode, nextDeliveryMs } from "./deliveries.ts";
import { type Fault, addFault, armedFaults, disarmFaults } from "./faults.ts";
import { parseForm } from "./form.ts";
import { newId } from "./ids.ts";
import { type Incident, befall } from "./incidents.ts";
import { type JobKind, nextDue, plannedJobs, takeDue } from "./jobs.ts";
import { besideLiveKey, credentialsOf, isBesideLiveKey, restrictKey } from "./keys.ts";
import { all } from "./objects.ts";
import { performJob } from "./perform-job.ts";
import { readRecentPayments } from "./recent-payments.ts";
import { refusalOf } from "./refusals.ts";
import { type Sandbox, now, nowMs } from "./sandbox.ts";
import { readSwitch, setSwitch } from "./switches.ts";
import { createTables, emptyTables } from "./tables.ts";
import { registerProductEndpoint } from "./webhook-endpoints.ts";

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
    if (isBesideLiveKey(this.env)) {
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

  /** Ends the bank's challenge of an intent, at the browser's request with the publishable key. */
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

  /** The faults that are still armed, as JSON. */
  faults(): string {
    return JSON.stringify({ faults: armedFaults(this.ctx.storage.sql) });
  }

  /** Disarms every fault; returns how many there were. */
  disarm(): number {
    return disarmFaults(this.ctx.storage.sql);
  }

  /** Sets what the bank answers about address and security code. */
  bank(given: z.infer<typeof bankSettings>): void {
    setSwitch(this.ctx.storage.sql, "bank_checks", given.checks);
    setSwitch(this.ctx.storage.sql, "bank_payments", given.payments);
  }

  /** Sets whether `automatic` captures know their fee at once. */
  fees(given: z.infer<typeof feeSettings>): void {
    setSwitch(this.ctx.storage.sql, "automatic_fees", given.automatic);
  }

  /** Sets how webhooks are delivered from now on. */
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

  /** Sends events now, whatever the mode: one by its id, or the pending ones that match. */
  async deliver(asked: z.infer<typeof deliveryRequest>): Promise<Sent[]> {
    const sent = await deliverNow(this.#sandbox, postFrom(this.env), asked);
    await this.#arm();
    return sent;
  }

  /** Makes something happen at a bank that was not requested through the API. Returns the id of the object concerned. */
  async befall(given: Incident): Promise<string> {
    const subject = this.ctx.storage.transactionSync(() => befall(this.#sandbox, given));
    await this.#arm();
    return subject;
  }

  /** The newest payments with what has become of them, as JSON. */
  payments(): string {
    return JSON.stringify(readRecentPayments(this.#sandbox));
  }

  /** Sets what a restricted key may do. */
  restrict(given: z.infer<typeof keyPermissions>): void {
    restrictKey(this.ctx.storage.sql, given.key, given.permissions);
  }

  /** The planned jobs, as JSON. */
  jobs(): string {
    return JSON.stringify({ jobs: plannedJobs(this.#sandbox) });
  }

  /** Runs every planned job of one kind; returns the ids of the objects concerned. */
  async run({ kind }: z.infer<typeof jobsToRun>): Promise<string[]> {
    const subjects = this.#performDue(kind);
    await this.#arm();
    return subjects;
  }

  /**
   * Moves the clock forward. What becomes due on the way happens in order, each at its own time, as with Stripe's test
   * clocks. Returns the new time.
   */
  async advance({ advance_seconds: seconds }: z.infer<typeof clockMove>): Promise<number> {
    const sql = this.ctx.storage.sql;
    const target = readSwitch(sql, "clock_ahead_ms") + seconds * 1000;
    for (let due = nextDue(this.#sandbox); due !== null; due = nextDue(this.#sandbox)) {
      const ahead = Math.max(readSwitch(sql, "clock_ahead_ms"), due * 1000 - Date.now());
      if (ahead > target) {
        break;
      }
      setSwitch(sql, "clock_ahead_ms", ahead);
      this.#performDue(null);
    }
    setSwitch(sql, "clock_ahead_ms", target);
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
    await deliverDue(this.#sandbox, postFrom(this.env));
    await this.#arm();
  }

  /** Does the jobs that are due, each completely or not at all; returns the ids of the objects concerned. */
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

  /** Sets the alarm for whatever is next. With delivery on demand nothing happens by itself, so no alarm is set. */
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
