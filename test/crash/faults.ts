/**
 * Dying at a chosen point: the object's database and its connection to Stripe, with a fault in between. The product
 * itself is unchanged; only what lies outside it fails, or the object is aborted under it.
 */

import type { Gate } from "./gate.ts";
import { countingMails, noteRecorded } from "./mails.ts";

/**
 * What can happen at a call to Stripe. `gone`: Stripe answers nothing more until it is back. `die`: the object is gone,
 * and so is every new one until the machine is back.
 */
export const STRIPE_WAYS = [
  "unreachable",
  "gone",
  "answer_lost",
  "fails_before",
  "fails_after",
  "fails_and_spends_the_key",
  "key_is_in_use",
  "too_many_requests",
  "abort_before",
  "abort_after",
  "die_before",
  "die_after",
] as const;

/** What can happen at a commit to D1. `gone`: the database answers nothing more until it is back. */
export const D1_WAYS = [
  "fails_before",
  "fails_after",
  "gone_before",
  "gone_after",
  "abort_before",
  "abort_after",
  "die_before",
  "die_after",
] as const;

/** What can happen when the object writes to its own storage or sets its alarm. A write that fails there is the end of the object. */
export const STORAGE_WAYS = ["abort_before", "abort_after", "die_before", "die_after"] as const;

export type CrashPoint =
  | { at: "stripe"; nth: number; way: (typeof STRIPE_WAYS)[number] }
  | { at: "d1"; nth: number; way: (typeof D1_WAYS)[number] }
  | { at: "storage"; nth: number; way: (typeof STORAGE_WAYS)[number] };

/** A step at which a deed can die, as it was seen: the call to Stripe, the first words of the commit, or the write of the object. */
export type SeenStep = { at: CrashPoint["at"]; what: string };

/** What is to happen to one account's object, and what has happened so far. */
export type Plan = {
  point: CrashPoint | null;
  hasFired: boolean;
  seen: SeenStep[];
  /** The database is gone, or Stripe, or the whole machine, until `recover`. */
  isDatabaseGone: boolean;
  isStripeGone: boolean;
  isDead: boolean;
  /** Idempotency keys that Stripe has answered with a 500 and will answer so again. */
  spentKeys: Set<string>;
  /** The call that the SDK retries once by itself, which then fails in the same way. */
  repeated: { call: string; left: number } | null;
  /** Where steps wait for their turn if their order is part of the test. */
  gate: Gate | null;
};

const plans = new Map<string, Plan>();

/** The operator's settings that differ from the deployment's for one account's object. */
export type AccountSettings = {
  readonly REFUND_ON_FRAUD_WARNING?: "yes";
  readonly SELF_SERVICE_REFUND_DAYS?: string;
  readonly DURING_DISPUTE?: "nothing";
  readonly CURRENCY?: "jpy";
};

const settings = new Map<string, AccountSettings>();

/** Gives the account's object, from its next start on, other settings than the deployment's. */
export function workUnder(accountId: string, differing: AccountSettings): void {
  settings.set(accountId, differing);
}

/** Whether alarms ring; a real one that rings while another path is tried is postponed. */
export const alarms = { ring: false };

/** Begins a plan for an account; its object's steps are counted from now on. */
export function planFor(accountId: string, point: CrashPoint | null): Plan {
  const plan: Plan = {
    point,
    hasFired: false,
    seen: [],
    isDatabaseGone: false,
    isStripeGone: false,
    isDead: false,
    spentKeys: plans.get(accountId)?.spentKeys ?? new Set(),
    repeated: null,
    gate: null,
  };
  plans.set(accountId, plan);
  return plan;
}

/** The plan of an account, if it has one. */
export function planOf(accountId: string): Plan | null {
  return plans.get(accountId) ?? null;
}

/** Lets the account's steps through one at a time from now on, until its plan is over. */
export function gateSteps(accountId: string, gate: Gate): void {
  const plan = plans.get(accountId);
  if (plan !== undefined) {
    plan.gate = gate;
  }
}

/** Brings the machine, the database and Stripe back. What Stripe has stored under a key stays stored. */
export function recover(plan: Plan): void {
  plan.isDatabaseGone = false;
  plan.isStripeGone = false;
  plan.isDead = false;
  plan.repeated = null;
  plan.point = null;
  plan.gate?.open();
  plan.gate = null;
}

/** The object's environment, with the faults of its account's plan. */
export function withFaults(env: Env, accountId: string | undefined, abort: () => void): Env {
  const current = () => planOf(accountId ?? "");
  return {
    ...env,
    ...settings.get(accountId ?? ""),
    DB: faultyDatabase(env.DB, current, abort, (sql) => noteRecorded(sql, accountId ?? "")),
    EMAIL: countingMails(env.EMAIL, accountId ?? ""),
    STRIPE: faultyStripe(env.STRIPE, current, abort),
  };
}

/** The writes of the object's own storage that the product makes. */
const STORAGE_WRITES: ReadonlySet<string | symbol> = new Set(["put", "setAlarm", "deleteAlarm"]);

/** The object's state, with the faults of its account's plan in its storage. */
export function withStorageFaults<Props>(
  state: DurableObjectState<Props>,
  accountId: string | undefined,
  abort: () => void,
): DurableObjectState<Props> {
  const storage = standingFor(state.storage, (name, write) =>
    STORAGE_WRITES.has(name)
      ? () => performWrite(planOf(accountId ?? ""), String(name), write, abort)
      : write,
  );
  return standingFor(state, (_name, act) => act, { storage });
}

async function performWrite(
  plan: Plan | null,
  what: string,
  write: () => unknown,
  abort: () => void,
): Promise<unknown> {
  if (plan === null) {
    return write();
  }
  if (plan.isDead) {
    return die(abort);
  }
  plan.seen.push({ at: "storage", what });
  if (!isDue(plan, "storage")) {
    return write();
  }
  plan.hasFired = true;
  const way = plan.point?.way ?? "";
  if (way.endsWith("_after")) {
    await write();
  }
  plan.isDead = way.startsWith("die_");
  return die(abort);
}

/**
 * What stands for one of the runtime's objects, whose methods must be called on the object itself. `wrap` may replace a
 * method; `instead` replaces properties.
 */
function standingFor<T extends object>(
  target: T,
  wrap: (name: string | symbol, call: () => unknown) => () => unknown,
  instead: Partial<T> = {},
): T {
  return new Proxy(target, {
    get(of, name) {
      const found: unknown = Reflect.get(name in instead ? instead : of, name);
      return typeof found === "function"
        ? (...given: unknown[]) => wrap(name, () => Reflect.apply(found, of, given))()
        : found;
    },
  });
}

type CurrentPlan = () => Plan | null;

/** The object dies here: nothing after this runs. */
function die(abort: () => void): Promise<never> {
  abort();
  return new Promise(() => {});
}

function lost(): Error {
  return new Error("D1_ERROR: Network connection lost.");
}

function faultyDatabase(
  db: D1Database,
  current: CurrentPlan,
  abort: () => void,
  isRun: (sql: string) => void,
): D1Database {
  const originals = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; sql: string }>();

  function wrap(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") {
          return (...values: unknown[]) => wrap(target.bind(...values), sql);
        }
        if (name === "first") {
          return () => performing([sql], () => target.first());
        }
        if (name === "all") {
          return () => performing([sql], () => target.all());
        }
        if (name === "run") {
          return () =>
            performing([sql], async () => {
              const result = await target.run();
              isRun(sql);
              return result;
            });
        }
        throw new Error(`The product uses ${String(name)} of a statement, which the harness does not know`);
      },
    });
    originals.set(wrapped, { statement, sql });
    return wrapped;
  }

  async function performing<T>(sqls: readonly string[], act: () => Promise<T>): Promise<T> {
    const plan = current();
    const work = () => perform(plan, sqls, act);
    return plan?.gate?.pass(work) ?? work();
  }

  async function perform<T>(plan: Plan | null, sqls: readonly string[], act: () => Promise<T>): Promise<T> {
    if (plan === null) {
      return act();
    }
    if (plan.isDead) {
      return die(abort);
    }
    if (plan.isDatabaseGone) {
      throw lost();
    }
    if (!sqls.some(isWrite)) {
      return act();
    }
    plan.seen.push({ at: "d1", what: sqls.filter(isWrite).map(firstWords).join(", ") });
    return isDue(plan, "d1") ? dieAtCommit(plan, act, abort) : act();
  }

  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => wrap(target.prepare(sql), sql);
      }
      if (name === "batch") {
        return (statements: D1PreparedStatement[]) => {
          const known = statements.map((statement) => {
            const original = originals.get(statement);
            if (original === undefined) {
              throw new Error("A statement of another database");
            }
            return original;
          });
          return performing(
            known.map(({ sql }) => sql),
            () => target.batch(known.map(({ statement }) => statement)),
          );
        };
      }
      throw new Error(`The product uses ${String(name)} of the database, which the harness does not know`);
    },
  });
}

async function dieAtCommit<T>(plan: Plan, act: () => Promise<T>, abort: () => void): Promise<T> {
  plan.hasFired = true;
  const way = plan.point?.way ?? "";
  if (way.endsWith("_after")) {
    await act();
  }
  plan.isDatabaseGone = way.startsWith("gone_");
  plan.isDead = way.startsWith("die_");
  if (way.startsWith("abort_") || plan.isDead) {
    return die(abort);
  }
  throw lost();
}

function faultyStripe(stripe: Fetcher, current: CurrentPlan, abort: () => void): Fetcher {
  async function performing(request: Request): Promise<Response> {
    const plan = current();
    const work = () => perform(plan, request);
    return plan?.gate?.pass(work) ?? work();
  }

  async function perform(plan: Plan | null, request: Request): Promise<Response> {
    if (plan === null) {
      return stripe.fetch(request);
    }
    if (plan.isDead) {
      return die(abort);
    }
    if (plan.isStripeGone) {
      throw new TypeError("Network connection lost.");
    }
    const { pathname } = new URL(request.url);
    const call = `${request.method} ${pathname.replaceAll(/(?<=\/)(cus|pi|seti|pm|re|du|ch)_\w+/g, "$1")}`;
    if (plan.repeated?.call === call && plan.repeated.left > 0) {
      plan.repeated.left -= 1;
      return failCall(plan, request, stripe, abort);
    }
    if (plan.spentKeys.has(keyOf(request))) {
      return serverError();
    }
    plan.seen.push({ at: "stripe", what: call });
    if (!isDue(plan, "stripe")) {
      return stripe.fetch(request);
    }
    plan.hasFired = true;
    plan.repeated = { call, left: 1 };
    return failCall(plan, request, stripe, abort);
  }

  return new Proxy(stripe, {
    get(_target, name) {
      if (name === "fetch") {
        return (input: RequestInfo | URL, init?: RequestInit) => performing(new Request(input, init));
      }
      throw new Error(
        `The product uses ${String(name)} of Stripe's binding, which the harness does not know`,
      );
    },
  });
}

async function failCall(plan: Plan, request: Request, stripe: Fetcher, abort: () => void): Promise<Response> {
  const key = keyOf(request);
  switch (plan.point?.way) {
    case "gone": {
      plan.isStripeGone = true;
      throw new TypeError("Network connection lost.");
    }
    case "unreachable": {
      throw new TypeError("Network connection lost.");
    }
    case "answer_lost": {
      await stripe.fetch(request);
      throw new TypeError("Network connection lost.");
    }
    case "fails_before": {
      return serverError();
    }
    case "fails_after": {
      if (!plan.spentKeys.has(key)) {
        await stripe.fetch(request);
        plan.spentKeys.add(key);
      }
      return serverError();
    }
    case "fails_and_spends_the_key": {
      plan.spentKeys.add(key);
      return serverError();
    }
    case "key_is_in_use": {
      return refusal(409, {
        type: "idempotency_error",
        code: "idempotency_key_in_use",
        message: "There is currently another in-progress request using this Idempotent Key.",
      });
    }
    case "too_many_requests": {
      return refusal(429, {
        type: "invalid_request_error",
        code: "rate_limit",
        message: "Request rate limit exceeded.",
      });
    }
    case "abort_before": {
      return die(abort);
    }
    case "abort_after": {
      await stripe.fetch(request);
      return die(abort);
    }
    case "die_before": {
      plan.isDead = true;
      return die(abort);
    }
    case "die_after": {
      await stripe.fetch(request);
      plan.isDead = true;
      return die(abort);
    }
    case "gone_before":
    case "gone_after":
    case undefined: {
      throw new Error("This is no way of failing at Stripe");
    }
  }
}

/** Whether the step just seen is the one at which to die. */
function isDue(plan: Plan, at: CrashPoint["at"]): boolean {
  return (
    !plan.hasFired &&
    plan.point?.at === at &&
    plan.point.nth === plan.seen.filter((step) => step.at === at).length
  );
}

/** Only a POST has a key; without one Stripe stores nothing. */
function keyOf(request: Request): string {
  return request.headers.get("Idempotency-Key") ?? crypto.randomUUID();
}

function serverError(): Response {
  return refusal(500, { type: "api_error", message: "An unknown error occurred" });
}

function refusal(status: number, error: object): Response {
  return Response.json({ error }, { status });
}

function isWrite(sql: string): boolean {
  return !/^\s*SELECT\b/i.test(sql);
}

function firstWords(sql: string): string {
  return sql.trim().split(/\s+/).slice(0, 3).join(" ");
}
