/** Small components that several staff pages share. */
import type { Child } from "hono/jsx";
import type { OrderId } from "../../../domain/ids.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { CreditCount, Money } from "../../components/amounts.tsx";
import type { Tone } from "../../money-back-words.ts";

/** A label in the colour of its state. */
export function State({ word, tone }: { word: string; tone: Tone }) {
  return <span class={`state ${tone}`}>{word}</span>;
}

/**
 * A table in which every row has a cell for every heading. If it is too narrow, each row becomes a block, with each
 * heading beside its cell.
 */
export function RowsTable({
  label,
  heads,
  rows,
}: {
  label: string;
  /** The column headings; one that ends in `#` marks a column of numbers. */
  heads: readonly string[];
  rows: readonly (readonly Child[])[];
}) {
  const columns = heads.map((head) => ({ name: head.replace(/#$/, ""), isFigure: head.endsWith("#") }));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- A scrolling area must be reachable by keyboard in every browser.
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

/** A line that links to an order: credits, amount, and the customer's e-mail address unless the page is that customer's. */
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

/** The search field for orders and accounts. */
export function FindForm({ asked = "", error }: { asked?: string; error?: string }) {
  return (
    <search>
      <form class="find" method="post" action="/admin/find">
        <label htmlFor="q">Find an order or account</label>
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
          Enter an order ID, account ID, receipt number, Stripe payment ID (pi_…), or full e-mail address.
        </p>
      </form>
    </search>
  );
}

/** A list that shows at most `limit` items and says if there are more; the sentence `empty` if there are none. */
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
      {of.length > limit && <p class="fine">{`Showing the first ${limit}; there are more.`}</p>}
    </>
  );
}
