/** A receipt in a JSON response, for customers who file receipts automatically. */
import type { MoneyBack } from "../domain/money-back.ts";
import type { Order } from "../domain/order.ts";
import type { Receipt } from "../store/receipts.ts";
import { returnsOf } from "./receipt-returns.ts";

/** `receipt` with what was bought, paid and later returned. Times are ISO 8601 in UTC; money is in the currency's minor unit. */
export function toReceiptJson(receipt: Receipt, order: Extract<Order, { state: "paid" }>, back: MoneyBack) {
  const { returns, remainingCents } = returnsOf(order, back);
  const { name, email, phone, address } = receipt.billedTo;
  return {
    id: receipt.id,
    number: receipt.number,
    issued_at: new Date(receipt.issuedAt).toISOString(),
    seller: receipt.seller,
    billed_to: {
      name,
      email,
      phone,
      address: {
        line1: address.line1,
        line2: address.line2,
        city: address.city,
        state: address.state,
        postal_code: address.postalCode,
        country: address.country,
      },
    },
    credits: order.credits,
    unit_price_micros: order.unitPriceMicros,
    amount_cents: order.amountCents,
    currency: order.currency,
    card: order.card === null ? null : { brand: order.card.brand, last4: order.card.last4 },
    order_id: order.id,
    payment_intent_id: order.paymentIntentId,
    paid_at: new Date(order.paidAt).toISOString(),
    returns: returns.map(({ kind, amountCents, at }) => ({
      kind,
      amount_cents: amountCents,
      at: new Date(at).toISOString(),
    })),
    remaining_cents: remainingCents,
  };
}
