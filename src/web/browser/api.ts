/** The script's requests to our own server, and their answers sorted into the cases the flow needs. */
import type { FoundStep } from "./trace-list.ts";

/** The body of a request to place an order. The server guarantees that the same id is the same order. */
export type OrderRequest = {
  order_id: string;
  credits: number;
  /** The total shown when the button was pressed: the server charges this amount or nothing. */
  amount_cents: number;
  confirmation_token?: string;
  card_id?: string;
  save_card: boolean;
};

/**
 * An answer about an order. After `unclear` the order may exist, so ask about it again. `trace` lists the steps found;
 * it is empty if the server did not look.
 */
export type Answer = { trace: readonly FoundStep[] } & (
  | { kind: "paid"; credits: number; balance: number; orderId: string; receiptNumber: number | null }
  | { kind: "under_way"; clientSecret: string | null }
  | { kind: "failed"; code: string; declineCode: string; message: string; fields: string[] }
  | { kind: "unclear"; message: string; retryAfterSeconds: number }
);

const TIMEOUT_MILLISECONDS = 40_000;

const UNREACHABLE = "The connection was interrupted. We keep checking your order. Please do not pay again.";

const ASKED_TOO_OFTEN =
  "There were too many requests from your network. We keep checking your order. Please do not pay again.";

/** Places an order. */
export function placeOrder(request: OrderRequest): Promise<Answer> {
  return ask("/orders", request);
}

/** Moves an order as far as it can go. If we ask too often, the server does not look, so the answer is `unclear`. */
export async function settleOrder(orderId: string): Promise<Answer> {
  const answer = await ask(`/orders/${encodeURIComponent(orderId)}/settle`, {});
  return answer.kind === "failed" && answer.code === "too_many_attempts"
    ? { kind: "unclear", message: ASKED_TOO_OFTEN, retryAfterSeconds: 60, trace: answer.trace }
    : answer;
}

async function ask(path: string, body: object): Promise<Answer> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    return toAnswer(response, await response.json());
  } catch {
    // No connection, a timeout, or a response that is not ours: the request may still have taken effect.
    return { kind: "unclear", message: UNREACHABLE, retryAfterSeconds: 2, trace: [] };
  }
}

function toAnswer(response: Response, body: unknown): Answer {
  const order = field(body, "order");
  const error = field(body, "error");
  const trace = toTrace(field(error ?? body, "trace"));
  if (response.status === 200) {
    return {
      kind: "paid",
      credits: Number(field(order, "credits")),
      balance: Number(field(body, "balance")),
      orderId: text(field(order, "id")),
      receiptNumber: Number(field(order, "receipt_number")) || null,
      trace,
    };
  }
  if (response.status === 202) {
    return { kind: "under_way", clientSecret: text(field(body, "client_secret")) || null, trace };
  }
  const message = text(field(error, "message"));
  if (response.status >= 500) {
    const retryAfterSeconds = Number(response.headers.get("Retry-After")) || 5;
    return { kind: "unclear", message: message || UNREACHABLE, retryAfterSeconds, trace };
  }
  const fields = field(error, "fields");
  return {
    kind: "failed",
    code: text(field(error, "code")),
    declineCode: text(field(error, "decline_code")),
    message: message || "This did not work. You have not been charged.",
    fields: Array.isArray(fields) ? fields.map(text) : [],
    trace,
  };
}

/** The steps in a response, if any. */
function toTrace(steps: unknown): FoundStep[] {
  return (Array.isArray(steps) ? steps : []).map((step: unknown) => ({
    state: text(field(step, "state")),
    name: text(field(step, "name")),
    text: text(field(step, "text")),
  }));
}

function field(container: unknown, name: string): unknown {
  return typeof container === "object" && container !== null
    ? new Map(Object.entries(container)).get(name)
    : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
