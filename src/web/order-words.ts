/** Where an order stands, in words a customer understands. */
import { isEnded, type Order, type OrderState } from "../domain/order.ts";
import { sentenceFor } from "./sentences.ts";

/** A state in a word or two, and how it is coloured. */
export const ORDER_STATES = {
  placed: { word: "In progress", tone: "open" },
  verifying: { word: "In progress", tone: "open" },
  paying: { word: "In progress", tone: "open" },
  paid: { word: "Paid", tone: "good" },
  refused: { word: "Refused", tone: "bad" },
  declined: { word: "Declined", tone: "bad" },
  abandoned: { word: "Not completed", tone: "quiet" },
} satisfies Record<OrderState, { word: string; tone: "open" | "good" | "bad" | "quiet" }>;

/** What happened to the order and what follows from it, in a sentence or two. */
export function orderSentence(order: Order): string {
  switch (order.state) {
    case "placed":
    case "verifying":
    case "paying": {
      if (isForCustomer(order)) {
        return (
          "Your bank is waiting for you: press “Where is it?” and it asks again. If you leave it unanswered, the " +
          "order ends and nothing is charged."
        );
      }
      return (
        "This order is not finished yet. It finishes by itself: if it is paid, the credits are added; " +
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
      return "This order was not completed. You have not been charged.";
    }
  }
}

/**
 * Whether the order is open and was sent to its customer by the bank. An open order knows its intent only where that
 * came back with the bank's question; and once that is answered, the charge begins when its customer comes back.
 */
export function isForCustomer(order: Order): boolean {
  return order.state === "verifying" || (order.state === "paying" && order.paymentIntentId !== null);
}

/** Whether it is still worth asking where the order is. */
export function isOpen(order: Order): boolean {
  return !isEnded(order);
}
