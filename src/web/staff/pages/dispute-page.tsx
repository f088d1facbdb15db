/** One dispute: its state, what was taken for it, and the evidence for the bank. */
import { type Dispute, type DisputeStage, isAnswerable, stageOf } from "../../../domain/dispute.ts";
import { type Evidence, LONGEST_FIELD, LONGEST_PACK } from "../../../domain/evidence.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { SubmittedEvidence } from "../../../store/dispute-evidence.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { countText, creditsText, moneyText } from "../../../amount-text.ts";
import { CreditCount, Money } from "../../components/amounts.tsx";
import { Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import { disputeSentence, disputeStanding, isDecided, noEvidenceSentence } from "../dispute-words.ts";
import { plain } from "../refund-words.ts";
import { DueDate } from "./dispute-item.tsx";
import { State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page shows. `pack` is the evidence that would be submitted now; null if the bank accepts none. */
export type DisputeSeen = {
  dispute: Dispute;
  known: KnownOrder;
  creditsTaken: number;
  pack: Evidence | null;
  submitted: readonly SubmittedEvidence[];
  /** When it was decided; null if it is still open, or if Stripe's event about the decision never arrived. */
  decidedAt: Instant | null;
};

/** The page at /admin/disputes/:id. */
export function DisputePage({
  seller,
  staff,
  seen,
  now,
  problem,
  confirmError,
}: {
  seller: { name: string };
  staff: string;
  seen: DisputeSeen;
  now: Instant;
  /** Why submitting failed, if it did. */
  problem?: string;
  /** What is missing before it can be submitted. */
  confirmError?: string;
}) {
  const { dispute, known, pack, submitted } = seen;
  const waiting = submitted.find(({ submittedAt, refusedAt }) => submittedAt === null && refusedAt === null);
  return (
    <StaffLayout title="Dispute" seller={seller} staff={staff}>
      <div class="stack">
        <header class="row heading">
          <h1>{`Dispute: ${plain(dispute.reason)}`}</h1>
          <State {...disputeStanding(dispute)} />
        </header>
        {problem !== undefined && (
          <Notice kind="problem">
            <p>{problem}</p>
          </Notice>
        )}
        <section class="panel">
          <p class="lead">{disputeSentence(dispute, known.order.currency)}</p>
          <Details seen={seen} now={now} />
        </section>
        {waiting !== undefined && <Waiting evidence={waiting} />}
        {pack !== null && waiting === undefined && (
          <section class="panel" id="evidence">
            <h2>Evidence</h2>
            <p class="fine">
              This is what would be submitted now. It comes from our own books, and from what the bank
              answered when the card was charged. Empty fields are not sent.
            </p>
            <Pack evidence={pack} stage={stageOf(dispute)} prefix="pack" />
            <SubmitForm dispute={dispute} {...(confirmError !== undefined && { error: confirmError })} />
          </section>
        )}
        {submitted.map((evidence) => evidence !== waiting && <Answered evidence={evidence} />)}
        {pack === null && submitted.length === 0 && (
          <section class="panel" id="evidence">
            <h2>Evidence</h2>
            <p class="empty">{`${noEvidenceSentence(dispute)} None was submitted from here.`}</p>
          </section>
        )}
      </div>
    </StaffLayout>
  );
}

function Details({
  seen: { dispute, known, creditsTaken, decidedAt },
  now,
}: {
  seen: DisputeSeen;
  now: Instant;
}) {
  const { currency } = known.order;
  return (
    <dl class="details">
      {isAnswerable(dispute) && dispute.evidenceDueAt !== null && (
        <>
          <dt>Answer</dt>
          <dd class="facts">
            <DueDate due={dispute.evidenceDueAt} now={now} />
          </dd>
        </>
      )}
      <dt>Disputed</dt>
      <dd>
        <Money cents={dispute.amountCents} currency={currency} />
      </dd>
      <dt>Out of our balance</dt>
      <dd>
        <Money cents={dispute.withdrawnCents} currency={dispute.withdrawnCurrency} /> not counting Stripe's
        dispute fee
      </dd>
      <dt>Credits taken</dt>
      <dd>
        <CreditCount credits={creditsTaken} />
      </dd>
      <dt>Order</dt>
      <dd>
        <a href={`/admin/orders/${known.order.id}`}>
          {`${creditsText(known.order.credits)} for ${moneyText(known.order.amountCents, currency)}`}
        </a>
      </dd>
      <dt>Customer</dt>
      <dd>
        <a class="unbroken" href={`/admin/accounts/${dispute.accountId}`}>
          {known.email}
        </a>
      </dd>
      <dt>Opened</dt>
      <dd>
        <Moment at={dispute.openedAt} />
      </dd>
      {isDecided(dispute) && (
        <>
          <dt>Decided</dt>
          <dd>{decidedAt === null ? "Date not known" : <Moment at={decidedAt} />}</dd>
        </>
      )}
      <dt>Status at Stripe</dt>
      <dd>{plain(dispute.status)}</dd>
      <dt>Evidence submitted</dt>
      <dd>
        {dispute.submissions === 0 ? "Not yet" : `${dispute.submissions} times`.replace(/^1 times$/, "Once")}
      </dd>
      <dt>Dispute</dt>
      <dd>
        <code>{dispute.id}</code>
      </dd>
    </dl>
  );
}

function Waiting({ evidence }: { evidence: SubmittedEvidence }) {
  return (
    <section class="panel" id="waiting">
      <h2>Evidence on its way</h2>
      <Notice kind="plain">
        <p>{`${evidence.actor} submitted this, but Stripe has not confirmed it yet. It will be sent again automatically.`}</p>
      </Notice>
      <Pack evidence={evidence.evidence} stage={evidence.stage} prefix="waiting" />
    </section>
  );
}

/** Evidence that the bank has, or did not take. */
function Answered({ evidence: given }: { evidence: SubmittedEvidence }) {
  const { stage, round, attempt, actor, evidence, submittedAt, refusedAt, refusal } = given;
  const id = `${refusedAt === null ? "submitted" : "refused"}-${stage}-${round}-${attempt}`;
  return (
    <section class="panel" id={id}>
      <h2>{refusedAt === null ? "Submitted evidence" : "Evidence not taken"}</h2>
      <p class="fine unbroken">
        By {actor}, <Moment at={submittedAt ?? refusedAt ?? 0} />.{" "}
        {refusal === null ? "This is what the bank has." : refusalSentence(refusal)}
      </p>
      <Pack evidence={evidence} stage={stage} prefix={id} />
    </section>
  );
}

function refusalSentence(refusal: string): string {
  return refusal === "too_late"
    ? "The bank no longer waited for it."
    : `Stripe did not take it (${plain(refusal)}).`;
}

function SubmitForm({ dispute, error }: { dispute: Dispute; error?: string }) {
  return (
    <form class="fields" method="post" action={`/admin/disputes/${dispute.id}/submit`}>
      <input type="hidden" name="round" value={String(dispute.submissions)} />
      <label class="check">
        <input
          type="checkbox"
          name="understood"
          value="yes"
          required
          {...(error !== undefined && { "aria-invalid": "true", "aria-describedby": "understood-error" })}
        />
        <span>
          I have read it. The bank accepts evidence only once: nothing can be changed or added afterwards.
        </span>
      </label>
      {error !== undefined && (
        <p class="field-error" id="understood-error">
          {error}
        </p>
      )}
      <button class="button">Submit to the bank</button>
    </form>
  );
}

type Field = { key: keyof Evidence; name: string; stripe: string };

const FIELDS: readonly Field[] = [
  { key: "uncategorizedText", name: "The purchase", stripe: "uncategorized_text" },
  { key: "accessActivityLog", name: "Activity", stripe: "access_activity_log" },
  { key: "productDescription", name: "What was bought", stripe: "product_description" },
  {
    key: "duplicateChargeExplanation",
    name: "Other payments",
    stripe: "duplicate_charge_explanation",
  },
  { key: "customerName", name: "Customer's name", stripe: "customer_name" },
  { key: "customerEmailAddress", name: "Customer's e-mail address", stripe: "customer_email_address" },
  { key: "billingAddress", name: "Billing address", stripe: "billing_address" },
  { key: "serviceDate", name: "Date of the purchase", stripe: "service_date" },
];

/** In an appeal, the one text there is. */
const REASON: Field = {
  key: "uncategorizedText",
  name: "Reason for the appeal",
  stripe: "appeal.card.reason_for_filing",
};

function Pack({ evidence, stage, prefix }: { evidence: Evidence; stage: DisputeStage; prefix: string }) {
  const fields = stage === "appeal" ? [REASON] : FIELDS;
  const total = fields.reduce((sum, { key }) => sum + evidence[key].length, 0);
  return (
    <div class="pack-of-evidence">
      {fields.map(({ key, name, stripe }) => (
        <EvidenceField id={`${prefix}-${stripe}`} name={name} stripe={stripe} text={evidence[key]} />
      ))}
      <p class="fine">{`${countText(total)} characters of ${countText(LONGEST_PACK)} in all.`}</p>
    </div>
  );
}

function EvidenceField({
  id,
  name,
  stripe,
  text,
}: {
  id: string;
  name: string;
  stripe: string;
  text: string;
}) {
  return (
    <section class="field" aria-labelledby={id}>
      <div class="row">
        <h3 id={id}>{name}</h3>
        {text.length > LONGEST_FIELD / 2 && (
          <span class="fine figure">{`${countText(text.length)} of ${countText(LONGEST_FIELD)}`}</span>
        )}
      </div>
      {text === "" ? <p class="empty">Empty: not sent.</p> : <pre>{text}</pre>}
      <p class="fine">
        <code>{stripe}</code>
      </p>
    </section>
  );
}
