/** Following one order to its end: the bank's question to the customer, pauses while nobody knows, and when to stop asking. */
import { type Answer, type OrderRequest, placeOrder, settleOrder } from "./api.ts";
import { loadStripe } from "./stripe-script.ts";
import type { FoundStep } from "./trace-list.ts";

/** Is told where following is: a line to show, and what was found of the order so far. */
export type Report = (progress: string, trace: readonly FoundStep[]) => void;

/** How following ends. `unknown` is an order the server has never heard of; after `waiting` it finishes by itself. */
export type End =
  | Extract<Answer, { kind: "paid" | "failed" }>
  | { kind: "waiting" | "unanswered" | "signed_out"; message: string }
  | { kind: "unknown" };

// Somewhat over a minute in all. The server goes on by itself for longer.
const PAUSES_SECONDS = [1, 2, 3, 5, 8, 13, 21, 21];

const WAITING =
  "There is no answer yet. You can close this page: the order finishes by itself, and you will find it among your " +
  "orders. Please do not pay a second time.";
const UNANSWERED =
  "Your bank’s question was not answered, so nothing was charged. Pay again to be asked once more, or use another card.";

/**
 * Follows an order from `answer` on, telling `report` where it is. With `request` at hand, an order that never
 * reached the server is placed again: the same id is the same order.
 */
export async function followOrder(
  orderId: string,
  answer: Answer,
  report: Report,
  request?: OrderRequest,
): Promise<End> {
  const asked = new Set<string>();
  let latest = answer;
  for (const seconds of PAUSES_SECONDS) {
    while (latest.kind === "under_way" && latest.clientSecret !== null) {
      if (asked.has(latest.clientSecret)) {
        return { kind: "unanswered", message: UNANSWERED };
      }
      asked.add(latest.clientSecret);
      report("Waiting for your bank…", latest.trace);
      await askCustomer(latest.clientSecret);
      report("Paying…", latest.trace);
      latest = await settleOrder(orderId);
    }
    if (isUnknown(latest) && request !== undefined) {
      latest = await placeOrder(request);
    }
    if (latest.kind === "paid" || latest.kind === "failed") {
      return toEnd(latest);
    }
    if (latest.kind === "unclear" || latest.clientSecret === null) {
      report(latest.kind === "unclear" ? latest.message : "Waiting for your bank…", latest.trace);
      await pause(latest.kind === "unclear" ? Math.max(seconds, latest.retryAfterSeconds) : seconds);
      latest = await settleOrder(orderId);
    }
  }
  return latest.kind === "paid" || latest.kind === "failed"
    ? toEnd(latest)
    : { kind: "waiting", message: WAITING };
}

function toEnd(answer: Extract<Answer, { kind: "paid" | "failed" }>): End {
  if (isUnknown(answer)) {
    return { kind: "unknown" };
  }
  return answer.kind === "failed" && answer.code === "sign_in_required"
    ? { kind: "signed_out", message: answer.message }
    : answer;
}

/** Whether the server has never heard of the order. */
export function isUnknown(answer: Answer): boolean {
  return answer.kind === "failed" && answer.code === "order_not_found";
}

/** Shows the bank's question. Whatever comes of it, the server asks Stripe for itself. */
async function askCustomer(clientSecret: string): Promise<void> {
  try {
    const stripe = await loadStripe();
    await stripe.handleNextAction({ clientSecret });
  } catch {
    // The script is not there, or the intent has moved on: settling says which.
  }
}

/** Waits. */
export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
