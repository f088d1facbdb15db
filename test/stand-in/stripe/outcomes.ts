/** How a call ends: with an answer, an error in Stripe's form, or a mistake of the stand-in's own. */
import { errorView } from "./intent-views.ts";
import { type ErrorBody, documentationOf, refuse } from "./refusals.ts";
import type { Caller } from "./routes-table.ts";
import { misfitsOfError } from "./shapes/fit.ts";

/** How a call ended, before the answer is on its way. */
export interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly errorCode: string | null;
  /** The request whose answer this one repeats. */
  readonly replayOf: string | null;
}

/** What Stripe says when it fails. */
export const internalError: ErrorBody = {
  type: "api_error",
  message:
    "An unknown error occurred. The stand-in was told to fail this call; see https://status.stripe.com/ for what Stripe would say.",
};

/** A mistake of the stand-in's own, reported rather than hidden behind a plausible answer. */
export function crash(thrown: unknown): ErrorBody {
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { type: "api_error", message: `The stand-in itself failed: ${detail}` };
}

/** An error as an outcome, as its caller may see it. */
export function failure(
  status: number,
  error: ErrorBody,
  requestId?: string,
  caller: Caller = "secret",
): Outcome {
  const wrong = misfitsOfError(error);
  if (wrong.length > 0) {
    return failure(500, crash(new Error(`The error does not fit the stripe package: ${wrong.join("; ")}`)));
  }
  const body = {
    error: {
      ...errorView(error, caller),
      ...(requestId === undefined
        ? {}
        : { request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` }),
    },
  };
  return {
    status,
    body: JSON.stringify(body, null, 2),
    errorCode: error.code ?? error.type,
    replayOf: null,
  };
}

/** Fails as the armed fault says, before anything is done. */
export function refuseFaulty(fault: string | null): void {
  if (fault === "fail_before") {
    refuse(500, internalError);
  }
  if (fault === "unreachable") {
    refuse(503, internalError);
  }
  if (fault === "lock_timeout") {
    refuse(429, {
      type: "invalid_request_error",
      code: "lock_timeout",
      doc_url: documentationOf("lock_timeout"),
      message:
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
    });
  }
  if (fault === "rate_limit") {
    refuse(429, {
      type: "invalid_request_error",
      code: "rate_limit",
      doc_url: documentationOf("rate_limit"),
      message:
        "Request rate limit exceeded. Learn more about rate limits here: https://stripe.com/docs/rate-limits.",
    });
  }
}
