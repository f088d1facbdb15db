/** One endpoint of the API: its method, its path, what it accepts and what it does. */
import type { z } from "zod";
import type { Form } from "./form.ts";
import { readParams } from "./params.ts";
import type { ErrorBody } from "./refusals.ts";
import type { Sandbox } from "./sandbox.ts";

/** An answer: an object, or an error that keeps what was done (after a decline, the intent stays). */
export type Reply =
  | { readonly status: 200; readonly body: object }
  | { readonly status: 402; readonly body: { readonly error: ErrorBody } };

export type Caller = "secret" | "publishable";

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** The path as in Stripe's reference, with `:id` for an id. */
  readonly path: string;
  /** Whether a browser may call it, with the publishable key. */
  readonly publishable: boolean;
  readonly run: (sandbox: Sandbox, form: Form, id: string, caller: Caller) => Reply;
}

/** Declares an endpoint that only the secret key may call. */
export function endpoint<Schema extends z.ZodType>(
  method: Route["method"],
  path: string,
  params: Schema,
  handle: (sandbox: Sandbox, params: z.infer<Schema>, id: string) => object,
): Route {
  return {
    method,
    path,
    publishable: false,
    run: (sandbox, form, id) => toReply(handle(sandbox, readParams(params, form), id)),
  };
}

/** Declares an endpoint that browsers may call too; it gets to know who is calling. */
export function openEndpoint<Schema extends z.ZodType>(
  method: Route["method"],
  path: string,
  params: Schema,
  handle: (sandbox: Sandbox, params: z.infer<Schema>, id: string, caller: Caller) => object,
): Route {
  return {
    method,
    path,
    publishable: true,
    run: (sandbox, form, id, caller) => toReply(handle(sandbox, readParams(params, form), id, caller)),
  };
}

/** The answer for a declined card: 402 with the error, while what happened to the intent stays. */
export interface Declined {
  readonly declined: ErrorBody;
}

/** Whether an operation ended in a decline. */
function isDeclined(result: object): result is Declined {
  return "declined" in result && !("object" in result);
}

function toReply(result: object): Reply {
  return isDeclined(result)
    ? { status: 402, body: { error: result.declined } }
    : { status: 200, body: result };
}
