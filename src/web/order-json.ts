/** An order in JSON responses. */
import type { CheckedField } from "../domain/card.ts";
import { declineCodeForCustomer } from "../domain/decline.ts";
import type { Order } from "../domain/order.ts";

/** An order in a JSON response. Times are ISO 8601 in UTC; money is in the currency's minor unit. */
export type OrderJson = {
  id: string;
  state: Order["state"];
  credits: number;
  unit_price_micros: number;
  amount_cents: number;
  currency: string;
  card: { brand: string; last4: string } | null;
  placed_at: string;
  paid_at: string | null;
  confirmed_at: string | null;
  receipt_number: number | null;
  refused_fields: readonly CheckedField[] | null;
  decline_code: string | null;
};

/** `order` as its customer sees it in a JSON response. */
export function toOrderJson(order: Order): OrderJson {
  return {
    id: order.id,
    state: order.state,
    credits: order.credits,
    unit_price_micros: order.unitPriceMicros,
    amount_cents: order.amountCents,
    currency: order.currency,
    card: order.card === null ? null : { brand: order.card.brand, last4: order.card.last4 },
    placed_at: new Date(order.placedAt).toISOString(),
    paid_at: order.state === "paid" ? new Date(order.paidAt).toISOString() : null,
    confirmed_at: order.confirmedAt === null ? null : new Date(order.confirmedAt).toISOString(),
    receipt_number: order.state === "paid" ? order.receipt.number : null,
    refused_fields: order.state === "refused" ? order.fields : null,
    decline_code: order.state === "declined" ? declineCodeForCustomer(order.declineCode) : null,
  };
}
