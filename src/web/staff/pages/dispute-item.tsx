/** One dispute in a list: its reason, amount, state and customer, and when evidence is due. */
import { type Dispute, isAnswerable } from "../../../domain/dispute.ts";
import { invariant } from "../../../domain/invariant.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { Money } from "../../components/amounts.tsx";
import { Day, Moment } from "../../components/moment.tsx";
import { disputeSentence, disputeStanding, dueIn } from "../dispute-words.ts";
import { titled } from "../refund-words.ts";
import { State } from "./parts.tsx";

export function DisputeItem({
  dispute,
  known,
  now,
  decidedAt,
}: {
  dispute: Dispute;
  known: KnownOrder | undefined;
  now: Instant;
  decidedAt?: Instant | undefined;
}) {
  invariant(known !== undefined, "a dispute is of a known order");
  const { currency } = known.order;
  const { word, tone } = disputeStanding(dispute);
  return (
    <>
      <div class="row">
        <a href={`/admin/disputes/${dispute.id}`}>{titled(dispute.reason)}</a>
        <Money cents={dispute.amountCents} currency={currency} />
      </div>
      <p class="facts fine">
        <State word={word} tone={tone} />
        {isAnswerable(dispute) && dispute.evidenceDueAt !== null && (
          <DueDate due={dispute.evidenceDueAt} now={now} />
        )}
        {decidedAt !== undefined && (
          <span>
            decided <Day at={decidedAt} />
          </span>
        )}
        <span class="unbroken">{known.email}</span>
      </p>
      <p class="fine">{disputeSentence(dispute, currency)}</p>
    </>
  );
}

/** When the bank needs our evidence by. */
export function DueDate({ due, now }: { due: Instant; now: Instant }) {
  const { words, tone } = dueIn(due, now);
  return (
    <>
      <State word={words === "overdue" ? "Evidence overdue" : `Evidence due ${words}`} tone={tone} />
      <span>
        by <Moment at={due} />
      </span>
    </>
  );
}
