/** What the script asks of our own server, and the answers told apart as the flow needs them. */
import type { FoundStep } from "./trace-list.ts";

/** What is sent to place an order. The server makes sure that the same id is the same order. */
export type OrderRequest = {
  order_id: string;
  credits: number;
  /** The total that was shown when the button was pressed: the server charges this or nothing. */
  amount_cents: number;
  confirmation_token?: string;
  card_id?: string;
  save_card: boolean;
};

/**
 * An answer about an order. `unclear` are those after which the order may stand: it must be asked about again. `trace`
 * is what was found of it, step by step; empty where nobody looked.
 */
export type Answer = { trace: readonly FoundStep[] } & (
  | { kind: "paid"; credits: number; balance: number; orderId: string; receiptNumber: number | null }
  | { kind: "under_way"; clientSecret: string | null }
  | { kind: "failed"; code: string; declineCode: string; message: string; fields: string[] }
  | { kind: "unclear"; message: string; retryAfterSeconds: number }
);

const TIMEOUT_MILLISECONDS = 40_000;

const UNREACHABLE =
  "The connection was interrupted. Your order stands and we keep looking. Please do not pay a second time.";

const ASKED_TOO_OFTEN =
  "There were too many questions from your network. Your order stands and we keep looking. Please do not pay a second time.";

/** Places an order. */
export function placeOrder(request: OrderRequest): Promise<Answer> {
  return ask("/orders", request);
}

/** Brings an order as far as it goes. Asked too often, nobody has looked: that says nothing of the order. */
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
    // No connection, no answer in time, or an answer that is not ours: it may have happened all the same.
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

/** The steps in an answer, where it has any. */
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
