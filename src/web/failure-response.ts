/** The one switch that turns a failure into HTTP: a status, a stable code, a sentence, and any useful facts. */
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { declineCodeForCustomer } from "../domain/decline.ts";
import type { Failure, FailureKind } from "../domain/failure.ts";
import type { Order } from "../domain/order.ts";
import type { TraceStep } from "../domain/trace.ts";
import { type OrderJson, toOrderJson } from "./order-json.ts";
import { errorPage } from "./pages/error-page.tsx";
import { sentenceFor } from "./sentences.ts";
import { staffErrorPage } from "./staff/pages/staff-error-page.tsx";
import { sentenceForStaff } from "./staff/staff-sentences.ts";
import { toTraceJson, type TraceStepJson } from "./trace-json.ts";
import type { WebEnv } from "./web-env.ts";

/** The shape of every error. */
type ErrorJson = {
  error: {
    code:
      | Exclude<
          FailureKind,
          | "credits_below_minimum"
          | "credits_above_maximum"
          | "no_prices"
          | "unusable_card_details"
          | "unknown_card"
        >
      | "invalid_request";
    message: string;
    request_id: string;
    /** The fields the error is about. */
    fields?: string[];
    /** What is wrong with each field, if the fields are the request's own. */
    problems?: Record<string, string>;
    decline_code?: string;
    /** What the order would cost now, if that differs from the amount agreed to. */
    amount_cents?: number;
    /** How many credits a refund would now leave owed, if that is more than was agreed to. */
    credits_owed?: number;
    /** The order in its current state, if there is one. */
    order?: OrderJson;
    /** The steps found for the order, if they were asked for. */
    trace?: TraceStepJson[];
  };
};

type Wire = {
  status: ContentfulStatusCode;
  code: ErrorJson["error"]["code"];
  retryAfterSeconds?: number;
} & Pick<ErrorJson["error"], "fields" | "problems" | "decline_code" | "amount_cents" | "credits_owed">;

/** Responds with `failure`: a page if the client asked for HTML, otherwise JSON. */
export function fail<E extends WebEnv>(
  c: Context<E>,
  failure: Failure,
  order?: Order,
  trace?: readonly TraceStep[],
): Response | Promise<Response> {
  const { status, code, retryAfterSeconds, ...facts } = toWire(failure);
  if (retryAfterSeconds !== undefined) {
    c.header("Retry-After", String(retryAfterSeconds));
  }
  const staff: WebEnv["Variables"]["staff"] = c.get("staff");
  const message = staff === undefined ? sentenceFor(failure) : sentenceForStaff(failure);
  const requestId = c.get("requestId");
  if (wantsPage(c)) {
    // If the settings themselves are wrong, `deps` is missing and the seller is unknown.
    const deps: Partial<WebEnv["Variables"]>["deps"] = c.get("deps");
    const seller = deps === undefined ? {} : { seller: deps.settings.seller };
    const problem = { status, sentence: message, requestId, ...seller };
    return c.html(staff === undefined ? errorPage(problem) : staffErrorPage({ ...problem, staff }), status);
  }
  const body: ErrorJson = {
    error: {
      code,
      message,
      request_id: requestId,
      ...facts,
      ...(order && { order: toOrderJson(order) }),
      ...(trace && { trace: toTraceJson(trace) }),
    },
  };
  return c.json(body, status);
}

/** Whether the client wants an HTML page rather than JSON. */
export function wantsPage(c: Context): boolean {
  const type = accepts(c, {
    header: "Accept",
    supports: ["application/json", "text/html"],
    default: "application/json",
  });
  return type === "text/html";
}

/** The HTTP status for a failure. */
export function statusOf(failure: Failure): ContentfulStatusCode {
  return toWire(failure).status;
}

function toWire(failure: Failure): Wire {
  switch (failure.kind) {
    case "invalid_request": {
      return {
        status: 422,
        code: "invalid_request",
        fields: [...new Set(failure.fields.map(({ field }) => field))],
        problems: Object.fromEntries(failure.fields.map(({ field, problem }) => [field, problem])),
      };
    }
    case "credits_below_minimum":
    case "credits_above_maximum":
    case "no_prices": {
      return { status: 422, code: "invalid_request", fields: ["credits"] };
    }
    case "price_changed": {
      return { status: 409, code: failure.kind, amount_cents: failure.amountCents };
    }
    case "unusable_card_details": {
      return { status: 422, code: "invalid_request", fields: ["confirmation_token"] };
    }
    case "unknown_card": {
      return { status: 422, code: "invalid_request", fields: ["card_id"] };
    }
    case "card_declined": {
      return { status: 402, code: failure.kind, decline_code: declineCodeForCustomer(failure.declineCode) };
    }
    case "card_check_failed": {
      return { status: 402, code: failure.kind, fields: [...failure.checkedFields] };
    }
    case "order_conflict":
    case "order_abandoned":
    case "payment_differs":
    case "refund_conflict":
    case "refund_refused":
    case "nothing_to_refund":
    case "order_disputed":
    case "dispute_not_answerable":
    case "evidence_refused":
    case "difference_not_open": {
      return { status: 409, code: failure.kind };
    }
    case "refund_quote_changed": {
      return { status: 409, code: failure.kind, credits_owed: failure.creditsOwed };
    }
    case "refund_not_in_steps":
    case "refund_exceeds_rest": {
      return { status: 422, code: failure.kind, fields: ["amount_cents"] };
    }
    case "account_on_hold":
    case "refund_not_offered": {
      return { status: 403, code: failure.kind };
    }
    case "too_many_attempts": {
      return { status: 429, code: failure.kind, retryAfterSeconds: failure.retryAfterSeconds };
    }
    case "account_busy": {
      return { status: 503, code: failure.kind, retryAfterSeconds: failure.retryAfterSeconds };
    }
    case "stripe_unavailable": {
      return { status: 503, code: failure.kind, retryAfterSeconds: 5 };
    }
    case "sign_in_required": {
      return { status: 401, code: failure.kind };
    }
    case "forbidden_origin": {
      return { status: 403, code: failure.kind };
    }
    case "dispute_not_found":
    case "difference_not_found":
    case "order_not_found":
    case "not_found": {
      return { status: 404, code: failure.kind };
    }
    case "method_not_allowed": {
      return { status: 405, code: failure.kind };
    }
    case "unsupported_media_type": {
      return { status: 415, code: failure.kind };
    }
    case "body_too_large": {
      return { status: 413, code: failure.kind };
    }
    case "invalid_signature": {
      return { status: 400, code: failure.kind };
    }
    case "misconfigured":
    case "internal_error": {
      return { status: 500, code: failure.kind };
    }
  }
}
