/** What a refund would do, explained in full before it is made. */
import type { RefundId } from "../../../domain/ids.ts";
import type { Order } from "../../../domain/order.ts";
import type { RefundReason } from "../../../domain/refund.ts";
import { creditsOwed, type RefundQuote } from "../../../domain/refund-quote.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { countText, creditsText, moneyText } from "../../../amount-text.ts";
import { CreditCount, Money } from "../../components/amounts.tsx";
import { CardMark } from "../../components/card-mark.tsx";
import { Notice } from "../../components/notice.tsx";
import { REFUND_REASONS } from "../refund-words.ts";
import { StaffLayout } from "./staff-layout.tsx";

/** The longest note we accept; the database itself has no limit. */
export const LONGEST_NOTE = 500;

/** The refund as it would be made. Its id makes a second press the same refund. */
export type Quoted = { refundId: RefundId; quote: RefundQuote; reason: RefundReason; note: string };

/** The page that asks staff to confirm the refund. */
export function RefundQuotePage({
  seller,
  staff,
  known: { order, email },
  quoted,
  problem,
}: {
  seller: { name: string };
  staff: string;
  known: KnownOrder;
  quoted: Quoted;
  /** Why the quote is shown again, if it is. */
  problem?: string;
}) {
  const { quote, refundId, reason, note } = quoted;
  const amount = moneyText(quote.amountCents, quote.currency);
  const owed = creditsOwed(quote);
  return (
    <StaffLayout title="Refund" seller={seller} staff={staff}>
      <p class="back">
        <a href={`/admin/orders/${order.id}`}>← The order</a>
      </p>
      <section class="panel sheet">
        <h1>{`Refund ${amount}?`}</h1>
        {problem !== undefined && (
          <Notice kind="problem">
            <p>{problem}</p>
          </Notice>
        )}
        <p class="lead">
          {`${amount} of ${moneyText(order.amountCents, order.currency)}, to `}
          <strong class="unbroken">{email}</strong>
        </p>
        <Owed owed={owed} quote={quote} />
        <dl class="details quote">
          <dt>Refund to card</dt>
          <dd class="facts">
            <Money cents={quote.amountCents} currency={quote.currency} />
            <CardOf order={order} />
          </dd>
          <dt>Credits to take back</dt>
          <dd>
            <CreditCount credits={quote.creditsToTake} />
          </dd>
          <dt>Balance afterwards</dt>
          <dd>{owed > 0 ? `−${countText(owed)} (owed)` : <CreditCount credits={quote.balanceAfter} />}</dd>
          <dt>Credits of this order</dt>
          <dd>{grantText(quote)}</dd>
          <dt>Stripe's fee</dt>
          <dd>
            {quote.feeKeptCents === null
              ? "Not known yet. Stripe does not return it."
              : `${moneyText(quote.feeKeptCents, quote.feeCurrency)}, which Stripe does not return`}
          </dd>
          <dt>Left to refund afterwards</dt>
          <dd>
            <Money cents={quote.leftCents - quote.amountCents} currency={quote.currency} />
          </dd>
          <dt>Reason</dt>
          <dd>{REFUND_REASONS[reason]}</dd>
        </dl>
        <form class="fields" method="post" action={`/admin/orders/${order.id}/refund`}>
          <input type="hidden" name="refund_id" value={refundId} />
          <input type="hidden" name="amount_cents" value={String(quote.amountCents)} />
          <input type="hidden" name="credits_owed" value={String(owed)} />
          <input type="hidden" name="reason" value={reason} />
          <label htmlFor="note">Note, for staff only</label>
          <textarea id="note" name="note" rows={2} maxlength={LONGEST_NOTE}>
            {note}
          </textarea>
          <button class="button">{`Refund ${amount}`}</button>
        </form>
        <p class="fine">
          Pressing twice still makes only one refund. Banks show the money within 5 to 10 days.
        </p>
      </section>
    </StaffLayout>
  );
}

function Owed({ owed, quote }: { owed: number; quote: RefundQuote }) {
  const expired =
    quote.creditsExpired === 0 ? "" : `, and ${creditsText(quote.creditsExpired)} expired unused`;
  return owed === 0 ? (
    <></>
  ) : (
    <Notice kind="problem">
      <p>
        <strong>{`This leaves the balance at −${countText(owed)}: the customer owes ${creditsText(owed)}.`}</strong>
      </p>
      <p>
        {`The customer has already used ${creditsText(quote.creditsUsed)} from this order${expired}. Their next purchase settles what they owe first.`}
      </p>
    </Notice>
  );
}

function CardOf({ order }: { order: Order }) {
  return order.card === null ? (
    <></>
  ) : (
    <>
      {" "}
      <CardMark card={order.card} />
    </>
  );
}

function grantText(quote: RefundQuote): string {
  const parts = [
    `${countText(quote.creditsBrought)} bought`,
    quote.creditsTakenBefore > 0 && `${countText(quote.creditsTakenBefore)} already taken back`,
    quote.creditsExpired > 0 && `${countText(quote.creditsExpired)} expired`,
    `${countText(quote.creditsUsed)} used`,
    `${countText(quote.creditsLeft)} left`,
  ];
  return parts.filter((part) => part !== false).join(", ");
}
