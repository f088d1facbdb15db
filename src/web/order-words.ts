/** The state of an order, in words a customer understands. */
import { isEnded, type Order, type OrderState } from "../domain/order.ts";
import { sentenceFor } from "./sentences.ts";

/** A short label for each state, and its colour. */
export const ORDER_STATES = {
  placed: { word: "In progress", tone: "open" },
  verifying: { word: "In progress", tone: "open" },
  paying: { word: "In progress", tone: "open" },
  paid: { word: "Paid", tone: "good" },
  refused: { word: "Refused", tone: "bad" },
  declined: { word: "Declined", tone: "bad" },
  abandoned: { word: "Not completed", tone: "quiet" },
} satisfies Record<OrderState, { word: string; tone: "open" | "good" | "bad" | "quiet" }>;

/** What happened to the order and what it means for the customer, in a sentence or two. */
export function orderSentence(order: Order): string {
  switch (order.state) {
    case "placed":
    case "verifying":
    case "paying": {
      if (isForCustomer(order)) {
        return (
          "Your bank is waiting for you to confirm this payment: press “Where is it?” and it will ask again. If you " +
          "do not confirm, the order ends and nothing is charged."
        );
      }
      return (
        "This order is not finished yet. It will finish automatically: if it is paid, the credits are added; " +
        "if not, nothing is charged."
      );
    }
    case "paid": {
      return "The credits are in your balance.";
    }
    case "refused": {
      return sentenceFor({ kind: "card_check_failed", checkedFields: order.fields });
    }
    case "declined": {
      return sentenceFor({ kind: "card_declined", declineCode: order.declineCode });
    }
    case "abandoned": {
      // Once a charge was allowed to begin, Stripe may hold a payment that is not of this order's amount.
      return order.verifiedAt === null
        ? "This order was not completed. You have not been charged."
        : "This order was not completed and brought no credits. If your bank shows a payment for it, please write to us.";
    }
  }
}

/**
 * Whether the order is open and waiting for its customer to answer the bank's challenge. An open order has an intent id
 * only if Stripe returned one with a challenge; after a challenge during verification, the charge starts only when the
 * customer comes back.
 */
export function isForCustomer(order: Order): boolean {
  return order.state === "verifying" || (order.state === "paying" && order.paymentIntentId !== null);
}

/** Whether the order has not ended yet, so that asking where it is still makes sense. */
export function isOpen(order: Order): boolean {
  return !isEnded(order);
}
