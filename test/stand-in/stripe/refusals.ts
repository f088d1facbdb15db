/** How the stand-in refuses: with Stripe's error object and Stripe's status. */
import type Stripe from "stripe";

/** The members of Stripe's error object that the stand-in uses (https://docs.stripe.com/api/errors). */
export interface ErrorBody {
  type: "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";
  message: string;
  code?: string;
  param?: string;
  doc_url?: string;
  request_log_url?: string;
  charge?: string;
  decline_code?: string;
  advice_code?: string;
  network_advice_code?: string;
  network_decline_code?: string;
  payment_method_type?: string;
  payment_intent?: Stripe.PaymentIntent;
  payment_method?: Stripe.PaymentMethod;
  setup_intent?: Stripe.SetupIntent;
}

/** A refusal as it is thrown. `executed` says whether an endpoint had begun, in which case the key is spent. */
export interface Refusal {
  readonly status: number;
  readonly error: ErrorBody;
  readonly executed: boolean;
}

const refusals = new WeakMap<Error, Refusal>();

/** Stops the call and undoes what it did. Never returns. */
export function refuse(status: number, error: ErrorBody, executed = false): never {
  const thrown = new Error(error.message);
  refusals.set(thrown, { status, error, executed });
  throw thrown;
}

/** The refusal that was thrown, or null for a mistake of the stand-in's own. */
export function refusalOf(thrown: unknown): Refusal | null {
  return thrown instanceof Error ? (refusals.get(thrown) ?? null) : null;
}

/** A request that cannot be understood: 400, and no idempotency key is spent on it. */
export function refuseParameter(message: string, param?: string, code?: string): never {
  return refuse(400, {
    type: "invalid_request_error",
    message,
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code, doc_url: documentationOf(code) }),
  });
}

/** A well-formed request that the object's state forbids: 400, and its key is spent. */
export function refuseState(code: string, message: string, more: Partial<ErrorBody> = {}): never {
  return refuse(
    400,
    { type: "invalid_request_error", code, doc_url: documentationOf(code), message, ...more },
    true,
  );
}

/** Something that does not exist: 404 when the path names it, 400 when a parameter does. */
export function refuseMissing(noun: string, id: string, param: string, status: 400 | 404): never {
  return refuse(status, {
    type: "invalid_request_error",
    code: "resource_missing",
    doc_url: documentationOf("resource_missing"),
    message: `No such ${noun}: '${id}'`,
    param,
  });
}

/** Where Stripe documents a code. */
export function documentationOf(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}
