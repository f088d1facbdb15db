/** One API call, from key to answer: what comes before and after an endpoint's own work. */
import { logCall, withoutCardDigits } from "./calls.ts";
import { expandReply } from "./expand.ts";
import { takeFault } from "./faults.ts";
import { type Form, canonicalForm, parseForm } from "./form.ts";
import { findReplay, keepReplay, refuseInFlight } from "./idempotency.ts";
import { newId } from "./ids.ts";
import { type Outcome, crash, failure, internalError, refuseFaulty } from "./outcomes.ts";
import { credentialsOf, refuseBeyondPermissions, refusePublishable } from "./keys.ts";
import { refusalOf, refuse } from "./refusals.ts";
import type { Caller, Reply, Route } from "./routes-table.ts";
import { routes } from "./routes-of-stripe.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { misfitsOfAnswer, misfitsOfError, misfitsOfRequest } from "./shapes/fit.ts";
import { apiVersion } from "./version.ts";

export interface ApiRequest {
  readonly method: string;
  /** The path from `/v1/` on, without the query. */
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly authorization: string | null;
  readonly idempotencyKey: string | null;
  readonly version: string | null;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
  /** The connection breaks before the answer arrives. */
  readonly lost: boolean;
  /** How long the answer takes. */
  readonly delayMs: number;
}

/** Runs a change so that it happens whole or not at all. */
export type Transact = <Result>(change: () => Result) => Result;

/**
 * Answers a call. Everything it changes is written before it returns, without awaiting anything, so calls never see
 * each other half done. `inFlight` holds the keys whose answer is still on its way.
 */
export function answer(
  world: Omit<Sandbox, "request">,
  transact: Transact,
  inFlight: ReadonlySet<string>,
  request: ApiRequest,
): ApiAnswer {
  const requestId = newId("req").slice(0, 18);
  const key = request.method === "POST" ? request.idempotencyKey : null;
  const sandbox: Sandbox = { ...world, request: { id: requestId, idempotencyKey: key } };
  const form = readForm(request);
  const fault = takeFault(sandbox.sql, request.method, request.path);
  const outcome = attempt(sandbox, transact, inFlight, request, form, fault?.kind ?? null);
  const lost = fault?.kind === "lose_answer" || fault?.kind === "unreachable";
  logCall(sandbox.sql, {
    time: now(sandbox),
    request_id: requestId,
    method: request.method,
    path: request.path,
    params: withoutCardDigits(form),
    status: lost ? null : outcome.status,
    error_code: outcome.errorCode,
    idempotency_key: key,
    replayed: outcome.replayOf !== null,
    fault: fault?.kind ?? null,
  });
  const comesBackAfter = fault?.kind === "rate_limit" ? fault.delayMs : 0;
  return {
    status: outcome.status,
    body: outcome.body,
    headers: {
      "content-type": "application/json",
      "request-id": requestId,
      "stripe-version": apiVersion,
      ...(key === null ? {} : { "idempotency-key": key }),
      ...(outcome.replayOf === null
        ? key === null
          ? {}
          : { "original-request": requestId }
        : { "idempotent-replayed": "true", "original-request": outcome.replayOf }),
      ...(comesBackAfter === 0 ? {} : { "retry-after": String(Math.ceil(comesBackAfter / 1000)) }),
    },
    lost,
    delayMs: comesBackAfter === 0 ? (fault?.delayMs ?? 0) : 0,
  };
}

function attempt(
  sandbox: Sandbox,
  transact: Transact,
  inFlight: ReadonlySet<string>,
  request: ApiRequest,
  form: { [name: string]: Form },
  fault: string | null,
): Outcome {
  try {
    refuseFaulty(fault);
    const { caller, key: apiKey } = credentialsOf(request.authorization, textOf(form["key"]));
    refuseVersion(request.version);
    const { route, id } = findRoute(request);
    if (caller === "publishable" && !route.publishable) {
      refusePublishable();
    }
    refuseBeyondPermissions(sandbox.sql, apiKey, request.method, request.path);
    const key = sandbox.request?.idempotencyKey ?? null;
    if (key === null) {
      return run(sandbox, transact, route, form, id, caller, fault).outcome;
    }
    if (inFlight.has(key)) {
      refuseInFlight(key);
    }
    const asked = canonicalForm(form);
    const replay = findReplay(sandbox, key, request.path, asked);
    if (replay !== null) {
      return { status: replay.status, body: replay.body, errorCode: null, replayOf: replay.requestId };
    }
    const { outcome, executed } = run(sandbox, transact, route, form, id, caller, fault);
    if (executed) {
      keepReplay(sandbox, key, request.path, asked, {
        status: outcome.status,
        body: outcome.body,
        requestId: sandbox.request?.id ?? "",
      });
    }
    return outcome;
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    return refusal === null
      ? failure(500, crash(thrown))
      : failure(refusal.status, refusal.error, sandbox.request?.id);
  }
}

function run(
  sandbox: Sandbox,
  transact: Transact,
  route: Route,
  form: { [name: string]: Form },
  id: string,
  caller: Caller,
  fault: string | null,
): { outcome: Outcome; executed: boolean } {
  if (fault === "api_error") {
    return { outcome: failure(500, internalError), executed: true };
  }
  const { key: _key, ...params } = form;
  try {
    const reply = transact(() => {
      const done = route.run(sandbox, params, id, caller);
      const seen =
        done.status === 200 ? { ...done, body: expandReply(sandbox, done.body, form["expand"]) } : done;
      assertFits(route, params, seen, caller);
      return seen;
    });
    if (fault === "fail_after") {
      return { outcome: failure(500, internalError), executed: true };
    }
    const outcome: Outcome =
      reply.status === 200
        ? { status: 200, body: JSON.stringify(reply.body, null, 2), errorCode: null, replayOf: null }
        : failure(reply.status, reply.body.error, sandbox.request?.id, caller);
    return { outcome, executed: true };
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    return refusal === null
      ? { outcome: failure(500, crash(thrown)), executed: true }
      : {
          outcome: failure(refusal.status, refusal.error, sandbox.request?.id, caller),
          executed: refusal.executed,
        };
  }
}

/** What was accepted and what goes out must be what Stripe's own package knows. */
function assertFits(route: Route, params: { [name: string]: Form }, reply: Reply, caller: Caller): void {
  const name = `${route.method} ${route.path}`;
  // A browser proves itself with a client secret, for which the server's SDK has no parameter.
  const { client_secret: _secret, ...rest } = params;
  const wrong = [
    ...misfitsOfRequest(name, caller === "publishable" ? rest : params),
    ...(reply.status === 200
      ? misfitsOfAnswer(name, reply.body, caller === "publishable")
      : misfitsOfError(reply.body.error)),
  ];
  if (wrong.length > 0) {
    throw new Error(`${name} does not fit the types of the stripe package: ${wrong.join("; ")}`);
  }
}

function refuseVersion(version: string | null): void {
  if (version !== null && version !== apiVersion) {
    refuse(400, {
      type: "invalid_request_error",
      message: `Invalid Stripe API version: ${version}. The stand-in speaks ${apiVersion} only.`,
    });
  }
}

function readForm(request: ApiRequest): { [name: string]: Form } {
  return parseForm(request.method === "POST" ? request.body : request.query);
}

function textOf(form: Form | undefined): string | undefined {
  return typeof form === "string" ? form : undefined;
}

function findRoute(request: ApiRequest): { route: Route; id: string } {
  for (const route of routes) {
    const ids = route.method === request.method ? match(route.path, request.path) : null;
    if (ids !== null) {
      return { route, id: ids.at(-1) ?? "" };
    }
  }
  return refuse(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });
}

/** The ids in a path that matches the pattern, or null. A fixed word is never taken for an id. */
function match(pattern: string, path: string): string[] | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) {
    return null;
  }
  const ids: string[] = [];
  for (const [place, step] of wanted.entries()) {
    const word = given[place] ?? "";
    if (step === ":id" && word !== "") {
      ids.push(decode(word));
    } else if (step !== word) {
      return null;
    }
  }
  return ids;
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
