/** Small parts that several pages of staff share. */
import type { Child } from "hono/jsx";
import type { OrderId } from "../../../domain/ids.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { CreditCount, Money } from "../../components/amounts.tsx";
import type { Tone } from "../../money-back-words.ts";

/** A word in its colour. */
export function State({ word, tone }: { word: string; tone: Tone }) {
  return <span class={`state ${tone}`}>{word}</span>;
}

/**
 * A table of rows that each have something beneath every head. Where the window is too narrow for it, each row is a
 * block of its own and each head stands beside what is beneath it.
 */
export function RowsTable({
  label,
  heads,
  rows,
}: {
  label: string;
  /** The columns' heads; one that ends in `#` stands over figures. */
  heads: readonly string[];
  rows: readonly (readonly Child[])[];
}) {
  const columns = heads.map((head) => ({ name: head.replace(/#$/, ""), isFigure: head.endsWith("#") }));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- What scrolls must be reachable by keyboard, in every browser.
    <section class="scrolling" aria-label={label} tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isFigure }) => (
              <th scope="col" {...(isFigure && { class: "number" })}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {columns.map(({ name, isFigure }, index) => (
                <td data-label={name} {...(isFigure && { class: "number figure" })}>
                  <div>{cells[index]}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** One line that leads to an order: what for, how much, and whose, unless the page is its owner's own. */
export function OrderLine({
  known,
  id,
  isOwn = false,
}: {
  known: KnownOrder | undefined;
  id: OrderId;
  isOwn?: boolean;
}) {
  return (
    <>
      <div class="row">
        <a href={`/admin/orders/${id}`}>
          {known === undefined ? "Order" : <CreditCount credits={known.order.credits} />}
        </a>
        {known !== undefined && <Money cents={known.order.amountCents} currency={known.order.currency} />}
      </div>
      {known !== undefined && !isOwn && <div class="fine unbroken">{known.email}</div>}
    </>
  );
}

/** The one field by which an order is found. */
export function FindForm({ asked = "", error }: { asked?: string; error?: string }) {
  return (
    <search>
      <form class="find" method="post" action="/admin/find">
        <label htmlFor="q">Find an order</label>
        <div class="find-row">
          <input
            id="q"
            name="q"
            type="search"
            required
            maxlength={254}
            value={asked}
            autocapitalize="none"
            spellcheck={false}
            {...(error === undefined
              ? { "aria-describedby": "q-hint" }
              : { "aria-invalid": "true", "aria-describedby": "q-error q-hint" })}
          />
          <button class="button">Find</button>
        </div>
        {error !== undefined && (
          <p class="field-error" id="q-error">
            {error}
          </p>
        )}
        <p class="fine" id="q-hint">
          By its id, its receipt's number, Stripe's payment (pi_…), or its customer's e-mail address, in full.
        </p>
      </form>
    </search>
  );
}

/** A list of which at most `limit` are shown; it is told where there are more, and in a sentence where there is none. */
export function List<T>({
  of,
  limit,
  empty,
  children,
}: {
  of: readonly T[];
  limit: number;
  empty: string;
  children: (one: T) => unknown;
}) {
  if (of.length === 0) {
    return <p class="empty">{empty}</p>;
  }
  return (
    <>
      <ul class="orders">
        {of.slice(0, limit).map((one) => (
          <li>{children(one)}</li>
        ))}
      </ul>
      {of.length > limit && <p class="fine">{`These are the first ${limit}; there are more.`}</p>}
    </>
  );
}
