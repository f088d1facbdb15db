/** Every refund and dispute of one order: the amount, the credits, who, why, and its state. */
import { type Dispute, holdsCredits } from "../../../domain/dispute.ts";
import { creditsBackFor, type MoneyBack, sharesOf, toSources } from "../../../domain/money-back.ts";
import type { Order } from "../../../domain/order.ts";
import { CREDITS_USED, NOT_REACHED, type Refund } from "../../../domain/refund.ts";
import { creditsText } from "../../../amount-text.ts";
import { Money } from "../../components/amounts.tsx";
import { Moment } from "../../components/moment.tsx";
import { disputeSentence, disputeStanding } from "../dispute-words.ts";
import { actorText, plain, REFUND_STATES, reasonText } from "../refund-words.ts";
import { State } from "./parts.tsx";

/** The list, refunds first, or a sentence if there are none. */
export function WentBack({ order, back }: { order: Order; back: MoneyBack }) {
  const sources = toSources(back.refunds, back.disputes);
  const shares = sharesOf(order, sources);
  if (back.refunds.length + back.disputes.length === 0) {
    return <p class="empty">No money has gone back for this order.</p>;
  }
  return (
    <ul class="orders">
      {back.refunds.map((refund) => (
        <RefundItem
          order={order}
          refund={refund}
          credits={shares.get(refund.stripeRefundId ?? "") ?? 0}
          creditsBack={creditsBackFor(order, sources, refund.amountCents)}
        />
      ))}
      {back.disputes.map((dispute) => (
        <DisputeItem order={order} dispute={dispute} credits={shares.get(dispute.id) ?? 0} />
      ))}
    </ul>
  );
}

function RefundItem({
  order,
  refund,
  credits,
  creditsBack,
}: {
  order: Order;
  refund: Refund;
  /** What the refund takes, or what came back when it failed. */
  credits: number;
  creditsBack: number;
}) {
  return (
    <li id={refund.id}>
      <div class="row">
        <span class="facts">
          <State {...REFUND_STATES[refund.state]} />
          <span class="fine">
            <Moment at={refund.requestedAt} />
          </span>
        </span>
        <Money cents={refund.amountCents} currency={order.currency} />
      </div>
      <p>{refundSentence(refund, credits, creditsBack)}</p>
      <p class="fine unbroken">
        {`${actorText(refund)}: ${reasonText(refund.reason).toLowerCase()}.`}
        {refund.note !== null && ` “${refund.note}”`}
      </p>
      <p class="fine">
        <code>{refund.stripeRefundId ?? refund.id}</code>
      </p>
    </li>
  );
}

function refundSentence({ state, failure }: Refund, credits: number, creditsBack: number): string {
  const why = failure === null ? "" : ` Stripe says: ${plain(failure)}.`;
  switch (state) {
    case "requested": {
      return "Stripe's answer is not known yet. We will ask again automatically; no credits are taken until then.";
    }
    case "pending":
    case "succeeded": {
      return `Took ${creditsText(credits)}.`;
    }
    case "failed":
    case "canceled": {
      const back = creditsBack === 0 ? "" : ` ${creditsText(creditsBack)} went back to the customer.`;
      return `The money did not arrive.${back}${why}`;
    }
    case "refused": {
      return failure === CREDITS_USED
        ? "Its credits were gone before Stripe could be reached, so it was not made. No credits were taken."
        : failure === NOT_REACHED
          ? "Stripe could not be reached for a day, so it was given up. No credits were taken."
          : `Stripe did not accept it. No credits were taken.${why}`;
    }
  }
}

function DisputeItem({ order, dispute, credits }: { order: Order; dispute: Dispute; credits: number }) {
  return (
    <li>
      <div class="row">
        <span class="facts">
          <State {...disputeStanding(dispute)} />
          <span class="fine">
            <Moment at={dispute.openedAt} />
          </span>
        </span>
        <Money cents={holdsCredits(dispute) ? dispute.amountCents : 0} currency={order.currency} />
      </div>
      <p>
        {disputeSentence(dispute, order.currency)}
        {credits > 0 && ` ${creditsText(credits)} ${credits === 1 ? "is" : "are"} taken.`}
      </p>
      <p>
        <a href={`/admin/disputes/${dispute.id}`}>{`Open the dispute: ${plain(dispute.reason)}`}</a>
      </p>
    </li>
  );
}
