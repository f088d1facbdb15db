/** One difference with both sides: open, with the form that closes it; or earlier, with how it ended. */
import type { Currency } from "../../../domain/money.ts";
import type { FoundDifference } from "../../../store/reconciliation-differences.ts";
import { Moment } from "../../components/moment.tsx";
import { differenceWords, type Side, sidesOf } from "../difference-words.ts";
import { State } from "./parts.tsx";
import { LONGEST_NOTE } from "./refund-quote-page.tsx";

/** The note typed to close a difference, and what is wrong with it. */
export type ClosingTyped = { kind: string; subject: string; note: string; error?: string };

export function DifferenceItem({
  difference,
  currencies,
  place,
  typed,
}: {
  difference: FoundDifference;
  /** The currencies of the orders that differences are about. */
  currencies: ReadonlyMap<string, Currency>;
  /** Its place in the list, for ids. */
  place: number;
  typed?: ClosingTyped;
}) {
  const { title, meaning } = differenceWords(difference.kind);
  const { orderId, resolvedAt, closing } = difference;
  const currency = currencies.get(orderId ?? "") ?? null;
  const isClosed = closing?.version === difference.version;
  const isOpen = resolvedAt === null && !isClosed;
  return (
    <li>
      <header class="row">
        <h3>{title}</h3>
        {isOpen ? (
          <State word="Open" tone="bad" />
        ) : (
          <State word={resolvedAt === null ? "Closed" : "Resolved"} tone="good" />
        )}
      </header>
      {isOpen && <p class="fine">{meaning}</p>}
      <div class="sides">
        {sidesOf(difference, currency).map((side) => (
          <SideOf side={side} />
        ))}
      </div>
      <p class="facts fine">
        <code>{difference.subject}</code>
        {orderId !== null && <a href={`/admin/orders/${orderId}`}>Open the order</a>}
        <span>
          found <Moment at={difference.foundAt} />
        </span>
        {resolvedAt === null ? (
          <span>
            last seen <Moment at={difference.lastFoundAt} />
          </span>
        ) : (
          <span>
            resolved <Moment at={resolvedAt} />
          </span>
        )}
      </p>
      {closing !== null && (
        <div class="field">
          <p class="fine unbroken">
            {isClosed ? "Closed by" : "It has changed since it was closed by"} {closing.closedBy},{" "}
            <Moment at={closing.closedAt} />:
          </p>
          <blockquote>{closing.note}</blockquote>
        </div>
      )}
      {isOpen && <CloseForm difference={difference} place={place} {...(typed !== undefined && { typed })} />}
    </li>
  );
}

function CloseForm({
  difference: { kind, subject, version },
  place,
  typed,
}: {
  difference: FoundDifference;
  place: number;
  typed?: ClosingTyped;
}) {
  const id = `closing-${place}`;
  return (
    <details class="offer" open={typed !== undefined}>
      <summary>Close with a note</summary>
      <form class="fields" method="post" action="/admin/books/close">
        <input type="hidden" name="kind" value={kind} />
        <input type="hidden" name="subject" value={subject} />
        <input type="hidden" name="version" value={String(version)} />
        <label htmlFor={id}>Why it needs nothing more</label>
        <textarea
          id={id}
          name="note"
          rows={2}
          required
          maxlength={LONGEST_NOTE}
          {...(typed?.error === undefined
            ? { "aria-describedby": `${id}-hint` }
            : {
                "aria-invalid": "true",
                "aria-describedby": `${id}-error ${id}-hint`,
                autofocus: true,
              })}
        >
          {typed?.note ?? ""}
        </textarea>
        {typed?.error !== undefined && (
          <p class="field-error" id={`${id}-error`}>
            {typed.error}
          </p>
        )}
        <p class="fine" id={`${id}-hint`}>
          For staff only. The note stays here with your name. The difference opens again if what differs
          changes.
        </p>
        <button class="button">Close</button>
      </form>
    </details>
  );
}

function SideOf({ side: { name, lines } }: { side: Side }) {
  return (
    <div>
      <h4>{name}</h4>
      {lines.length === 0 ? (
        <p class="fine">Nothing.</p>
      ) : (
        <dl class="details">
          {lines.map((line) => (
            <>
              <dt>{line.name}</dt>
              <dd class="figures">{line.isId ? <code>{line.value}</code> : line.value}</dd>
            </>
          ))}
        </dl>
      )}
    </div>
  );
}
