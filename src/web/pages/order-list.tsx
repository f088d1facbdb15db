/** The customer's orders, newest first: state, date, credits, amount, card, receipt. */
import type { OrderId } from "../../domain/ids.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Order } from "../../domain/order.ts";
import type { TraceStep } from "../../domain/trace.ts";
import { CreditCount, Money } from "../components/amounts.tsx";
import { CardMark } from "../components/card-mark.tsx";
import { Day } from "../components/moment.tsx";
import { Trace } from "../components/trace.tsx";
import { moneyBackSentence, standingOf } from "../money-back-words.ts";
import { isForCustomer, isOpen, orderSentence } from "../order-words.ts";

/** The list, or an invitation to buy if it is empty; `older` is the path of the older orders. */
export function OrderList({
  orders,
  older,
  back,
}: {
  orders: readonly Order[];
  older: string | null;
  /** Refunds and disputes of these orders. */
  back: ReadonlyMap<OrderId, MoneyBack>;
}) {
  if (orders.length === 0) {
    return (
      <p class="empty">
        No orders yet. Your first one appears here as soon as you buy credits, with its receipt.
      </p>
    );
  }
  return (
    <>
      <ul class="orders">
        {orders.map((order) => (
          <OrderItem order={order} back={back.get(order.id)} />
        ))}
      </ul>
      {older !== null && (
        <p>
          <a href={older}>Earlier orders</a>
        </p>
      )}
    </>
  );
}

function OrderItem({ order, back }: { order: Order; back: MoneyBack | undefined }) {
  const { word, tone } = standingOf(order, back);
  const sentence = isForCustomer(order) ? orderSentence(order) : moneyBackSentence(order, back);
  return (
    <li>
      <div class="row">
        <a href={`/orders/${order.id}`}>
          <CreditCount credits={order.credits} />
        </a>
        <Money cents={order.amountCents} currency={order.currency} />
      </div>
      <div class="row fine">
        <span class="facts">
          <span class={`state ${tone}`}>{word}</span>
          <Day at={order.placedAt} />
          {order.card !== null && <CardMark card={order.card} />}
        </span>
        {order.state === "paid" && (
          <a href={`/orders/${order.id}/receipt`}>
            Receipt<span class="spoken">{` ${order.receipt.number}`}</span>
          </a>
        )}
      </div>
      {sentence !== null && <p class="fine">{sentence}</p>}
      {isOpen(order) && <WhereIsIt orderId={order.id} />}
    </li>
  );
}

/**
 * The button that asks where an order is, and finishes it if Stripe knows the outcome. The script shows each step as it
 * is found; without the script, the order's own page shows the result.
 */
export function WhereIsIt({ orderId, trace }: { orderId: string; trace?: readonly TraceStep[] }) {
  return (
    <form class="where-is-it" method="post" action={`/orders/${orderId}/settle`} data-settle={orderId}>
      {trace !== undefined && <Trace trace={trace} />}
      <button class="small">Where is it?</button>
      <output></output>
    </form>
  );
}
