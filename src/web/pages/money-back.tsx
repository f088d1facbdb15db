/** Parts of the order page: what was refunded or disputed, and the refund its customer may make. */
import type { RefundId } from "../../domain/ids.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Order } from "../../domain/order.ts";
import type { RefundQuote } from "../../domain/refund-quote.ts";
import { creditsText, moneyText } from "../../amount-text.ts";
import { Day } from "../components/moment.tsx";
import { happeningsOf } from "../money-back-words.ts";

/** Every refund and dispute of the order, oldest first; empty if there are none. */
export function Happenings({ order, back }: { order: Order; back: MoneyBack }) {
  const happenings = happeningsOf(order, back);
  return happenings.length === 0 ? (
    <></>
  ) : (
    <section class="happenings" aria-labelledby="happenings">
      <h2 id="happenings">Refunds and disputes</h2>
      <ul>
        {happenings.map(({ at, word, tone, sentence }) => (
          <li>
            <p class="row">
              <span class={`state ${tone}`}>{word}</span>
              <span class="fine">
                <Day at={at} />
              </span>
            </p>
            <p>{sentence}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The refund a customer can make without asking staff: explained in full first, then made with one press. The id makes a second press the same refund. */
export function RefundOffer({
  order,
  quote,
  refundId,
}: {
  order: Order;
  quote: RefundQuote;
  refundId: RefundId;
}) {
  const amount = moneyText(quote.amountCents, quote.currency);
  const card = order.card === null ? "your card" : `the card ending in ${order.card.last4}`;
  return (
    <details class="offer">
      <summary>Refund unused credits</summary>
      <p>
        {`You get ${amount} back to ${card}, and ${creditsText(quote.creditsToTake)} from this order will leave your `}
        {`balance at once. Your balance will be ${creditsText(quote.balanceAfter)}. Your bank shows the money within 5 to 10 days.`}
      </p>
      <form method="post" action={`/orders/${order.id}/refund`}>
        <input type="hidden" name="refund_id" value={refundId} />
        <button type="submit" class="button">{`Refund ${amount}`}</button>
      </form>
    </details>
  );
}
