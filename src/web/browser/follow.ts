/** Follows one order to its end: shows the bank's challenge, waits while the outcome is unknown, and knows when to stop asking. */
import { type Answer, type OrderRequest, placeOrder, settleOrder } from "./api.ts";
import { loadStripe } from "./stripe-script.ts";
import type { FoundStep } from "./trace-list.ts";

/** Called with progress: a line to show, and the steps of the order found so far. */
export type Report = (progress: string, trace: readonly FoundStep[]) => void;

/** How following ends. `unknown`: the server has never heard of the order. `waiting`: the server will finish it later. */
export type End =
  | Extract<Answer, { kind: "paid" | "failed" }>
  | { kind: "waiting" | "unanswered" | "signed_out"; message: string }
  | { kind: "unknown" };

// A little over a minute in all. The server keeps trying for longer.
const PAUSES_SECONDS = [1, 2, 3, 5, 8, 13, 21, 21];

const WAITING =
  "There is no answer yet. You can close this page: the order will finish automatically and appear in your orders. " +
  "Please do not pay again.";
const UNANSWERED =
  "Your bank’s request was not answered, so nothing was charged. Pay again to be asked again, or use another card.";

/**
 * Follows an order from `answer` on, passing progress to `report`. If `request` is given, an order that never reached the
 * server is placed again; that is safe, because the same id is the same order.
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

/** Shows the bank's challenge. Its result is ignored here, because the server asks Stripe itself. */
async function askCustomer(clientSecret: string): Promise<void> {
  try {
    const stripe = await loadStripe();
    await stripe.handleNextAction({ clientSecret });
  } catch {
    // Stripe.js did not load, or the intent has moved on: settling tells which.
  }
}

/** Resolves after `seconds`. */
export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
