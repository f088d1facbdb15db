/** An order: one attempt to buy credits, from `placed` to one of four ends. Each state carries what is known in it. */
import type { Card, CardChecks, CheckedField } from "./card.ts";
import type { Credits } from "./credits.ts";
import type { AccountId, CardId, OrderId, ReceiptId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { Cents, Currency, UnitPriceMicros } from "./money.ts";

/** How the customer chose to pay: a new card, as a single-use confirmation token, or one of the account's saved cards. */
export type PayWith =
  | { kind: "new_card"; confirmationToken: string; saveCard: boolean }
  | { kind: "saved_card"; cardId: CardId };

/** What an order asks for. It never changes once placed: the same order id with other content is a conflict. */
export type OrderContent = { credits: Credits; payWith: PayWith };

/** A receipt's identity: a number that rises by one with each paid order. */
type ReceiptRef = { id: ReceiptId; number: number };

type OrderBase = OrderContent & {
  id: OrderId;
  accountId: AccountId;
  unitPriceMicros: UnitPriceMicros;
  amountCents: Cents;
  currency: Currency;
  placedAt: Instant;
  /** The Stripe customer its intents belong to, even if the account has another by now; null until it is known. */
  stripeCustomerId: string | null;
  /** The setup intent that verified the card, once one is known. */
  setupIntentId: string | null;
  /** The payment intent, once one is known. */
  paymentIntentId: string | null;
  /** The card, once Stripe has reported it: a copy that outlives the card. */
  card: OrderCard | null;
  /** When the card had passed its checks and the charge was allowed to begin. */
  verifiedAt: Instant | null;
  /** When Stripe's webhook confirmed the payment. */
  confirmedAt: Instant | null;
};

/** The order's own copy of its card. */
export type OrderCard = Pick<Card, "id" | "paymentMethodId" | "brand" | "last4"> & { checks: CardChecks };

/** Stripe's fee and what is left of a payment after it, in the currency that Stripe settles in. */
export type Fee = { feeCents: Cents; netCents: Cents; currency: Currency };

export type Order = OrderBase &
  (
    | { state: "placed" }
    | { state: "verifying"; setupIntentId: string }
    | { state: "paying"; card: OrderCard; verifiedAt: Instant }
    | {
        state: "paid";
        paymentIntentId: string;
        paidAt: Instant;
        receipt: ReceiptRef;
        /** Stripe's fee and what is left of the amount, once the balance transaction is known. */
        fee: Fee | null;
      }
    | {
        state: "refused";
        endedAt: Instant;
        fields: readonly CheckedField[];
        /** Why the bank also declined the card; null if it did not. */
        declineCode: string | null;
      }
    | { state: "declined"; endedAt: Instant; declineCode: string }
    | { state: "abandoned"; endedAt: Instant }
  );

export type OrderState = Order["state"];

/** Whether the order has reached an end. After that, it changes only if a payment turns up later: then it becomes `paid`. */
export function isEnded(order: Order): boolean {
  return (
    order.state === "paid" ||
    order.state === "refused" ||
    order.state === "declined" ||
    order.state === "abandoned"
  );
}

/** Whether a request asks for the same as the order: then it is a double click, a reload or a retry. */
export function isSameContent(order: OrderContent, asked: OrderContent): boolean {
  return order.credits === asked.credits && meansOf(order.payWith) === meansOf(asked.payWith);
}

/** One string for each way to pay. A card id and a Stripe token never look alike. */
function meansOf(payWith: PayWith): string {
  return payWith.kind === "saved_card"
    ? payWith.cardId
    : `${payWith.confirmationToken} ${String(payWith.saveCard)}`;
}
