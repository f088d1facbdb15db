/** The page of one order: what happened, what it was for, and what to do next. */
import type { RefundId } from "../../domain/ids.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Order } from "../../domain/order.ts";
import type { RefundQuote } from "../../domain/refund-quote.ts";
import type { TraceStep } from "../../domain/trace.ts";
import type { Settings } from "../../settings.ts";
import { CreditCount, Money, UnitPrice } from "../components/amounts.tsx";
import { CardMark } from "../components/card-mark.tsx";
import { Moment } from "../components/moment.tsx";
import { Trace } from "../components/trace.tsx";
import { moneyBackSentence, standingOf } from "../money-back-words.ts";
import { isOpen, orderSentence } from "../order-words.ts";
import { Layout } from "./layout.tsx";
import { Happenings, RefundOffer } from "./money-back.tsx";
import { WhereIsIt } from "./order-list.tsx";
import { AccountScript, Done, stripeOf } from "./page-script.tsx";

/** The page of one of the customer's own orders. */
export function OrderPage({
  settings,
  email,
  order,
  back,
  trace,
  offer,
}: {
  settings: Settings;
  email: string;
  order: Order;
  back: MoneyBack;
  /** The state of each step, as far as our own books tell. */
  trace: readonly TraceStep[];
  /** The refund its customer can make without asking staff, if the operator offers that. */
  offer: { quote: RefundQuote; refundId: RefundId } | null;
}) {
  const { word, tone } = standingOf(order, back);
  return (
    <Layout
      title="Order"
      seller={settings.seller}
      email={email}
      head={<AccountScript {...(isOpen(order) && { stripeScriptUrl: settings.stripe.scriptUrl })} />}
    >
      <p class="back">
        <a href="/account">← Your account</a>
      </p>
      <Done />
      <section class="panel sheet" id="order" {...stripeOf(settings)}>
        <header class="row">
          <h1>
            <CreditCount credits={order.credits} />
          </h1>
          <span class={`state ${tone}`}>{word}</span>
        </header>
        <p class="lead">{moneyBackSentence(order, back) ?? orderSentence(order)}</p>
        {isOpen(order) && <WhereIsIt orderId={order.id} trace={trace} />}
        <Happenings order={order} back={back} />
        <dl class="details">
          <dt>Amount</dt>
          <dd>
            <Money cents={order.amountCents} currency={order.currency} />
          </dd>
          <dt>Unit price</dt>
          <dd>
            <UnitPrice micros={order.unitPriceMicros} currency={order.currency} /> per credit
          </dd>
          <dt>Card</dt>
          <dd>{order.card === null ? "Not known" : <CardMark card={order.card} />}</dd>
          <dt>Placed</dt>
          <dd>
            <Moment at={order.placedAt} />
          </dd>
          {order.state === "paid" && (
            <>
              <dt>Paid</dt>
              <dd>
                <Moment at={order.paidAt} />
              </dd>
              <dt>Receipt</dt>
              <dd>
                <a href={`/orders/${order.id}/receipt`}>{`Receipt ${order.receipt.number}`}</a>
              </dd>
            </>
          )}
          <dt>Order</dt>
          <dd>
            <code>{order.id}</code>
          </dd>
        </dl>
        {offer !== null && <RefundOffer order={order} quote={offer.quote} refundId={offer.refundId} />}
        {!isOpen(order) && (
          <section class="steps" aria-labelledby="steps">
            <h2 id="steps">Step by step</h2>
            <Trace trace={trace} />
          </section>
        )}
      </section>
    </Layout>
  );
}
