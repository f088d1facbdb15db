/** A receipt fit for bookkeeping: it prints on one sheet, without the site around it. */
import type { Address } from "../../domain/card.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Order } from "../../domain/order.ts";
import type { Settings } from "../../settings.ts";
import type { BilledTo, Receipt } from "../../store/receipts.ts";
import { countText } from "../../amount-text.ts";
import { Money, UnitPrice } from "../components/amounts.tsx";
import { cardText } from "../components/card-mark.tsx";
import { Day, Moment } from "../components/moment.tsx";
import { type Return, returnsOf } from "../receipt-returns.ts";
import { Layout } from "./layout.tsx";

type PaidOrder = Extract<Order, { state: "paid" }>;

/**
 * The receipt of a paid order. Seller and customer are shown as they were when it was issued; anything returned since is
 * listed beneath the total, which does not change.
 */
export function ReceiptPage({
  settings,
  email,
  order,
  receipt,
  back,
}: {
  settings: Settings;
  email: string;
  order: PaidOrder;
  receipt: Receipt;
  back: MoneyBack;
}) {
  const { seller } = receipt;
  return (
    <Layout
      title={`Receipt ${receipt.number}`}
      seller={settings.seller}
      email={email}
      head={<script type="module" src="/account.js"></script>}
    >
      <p class="row back off-paper">
        <a href="/account">← Your account</a>
        <button type="button" class="small" data-print hidden>
          Print or save as PDF
        </button>
      </p>
      <article class="panel sheet receipt">
        <header class="row">
          <div>
            <h1>Receipt</h1>
            <dl class="details">
              <dt>Number</dt>
              <dd class="figure">{receipt.number}</dd>
              <dt>Date</dt>
              <dd>
                <Day at={receipt.issuedAt} />
              </dd>
            </dl>
          </div>
          <address>
            <strong>{seller.name}</strong>
            {seller.address !== "" && <span>{seller.address}</span>}
            <span>{seller.email}</span>
          </address>
        </header>
        <h2>Billed to</h2>
        <BilledToAddress billedTo={receipt.billedTo} />
        <Lines order={order} back={back} />
        <dl class="details">
          <dt>Paid with</dt>
          <dd>{order.card === null ? "Card" : cardText(order.card)}</dd>
          <dt>Paid on</dt>
          <dd>
            <Moment at={order.paidAt} />
          </dd>
          <dt>Order</dt>
          <dd>
            <code>{order.id}</code>
          </dd>
          <dt>Payment reference</dt>
          <dd>
            <code>{order.paymentIntentId}</code>
          </dd>
        </dl>
      </article>
    </Layout>
  );
}

const RETURNS = {
  refund: "Refunded",
  refund_pending: "Refund on its way",
  dispute_lost: "Returned by the bank after a dispute",
} satisfies Record<Return["kind"], string>;

function Lines({ order, back }: { order: PaidOrder; back: MoneyBack }) {
  const { credits, unitPriceMicros, amountCents, currency } = order;
  const { returns, remainingCents } = returnsOf(order, back);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Description</th>
          <th scope="col" class="number">
            Quantity
          </th>
          <th scope="col" class="number">
            Unit price
          </th>
          <th scope="col" class="number">
            Amount
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td>Prepaid API credits</td>
          <td class="number figure">{countText(credits)}</td>
          <td class="number">
            <UnitPrice micros={unitPriceMicros} currency={currency} />
          </td>
          <td class="number">
            <Money cents={amountCents} currency={currency} />
          </td>
        </tr>
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colspan={3}>
            Total paid ({currency.toUpperCase()})
          </th>
          <td class="number">
            <Money cents={amountCents} currency={currency} />
          </td>
        </tr>
        {returns.map((returned) => (
          <tr>
            <td colspan={3}>
              {RETURNS[returned.kind]} <Day at={returned.at} />
            </td>
            <td class="number">
              −<Money cents={returned.amountCents} currency={currency} />
            </td>
          </tr>
        ))}
        {returns.length > 0 && (
          <tr>
            <th scope="row" colspan={3}>
              Net paid ({currency.toUpperCase()})
            </th>
            <td class="number">
              <Money cents={remainingCents} currency={currency} />
            </td>
          </tr>
        )}
      </tfoot>
    </table>
  );
}

function BilledToAddress({ billedTo }: { billedTo: BilledTo }) {
  const lines = [billedTo.name, ...addressLines(billedTo.address), billedTo.email, billedTo.phone];
  return (
    <address>
      {lines.map((line) => line !== null && line !== undefined && line !== "" && <span>{line}</span>)}
    </address>
  );
}

const countries = new Intl.DisplayNames(["en"], { type: "region" });

function addressLines({ line1, line2, city, state, postalCode, country }: Address): (string | null)[] {
  const town = joined(", ", city, joined(" ", state, postalCode));
  return [line1, line2, town, country === null || country === undefined ? null : countryText(country)];
}

/** A country's name. A card's billing country need not be a valid code, and `Intl` throws on anything else. */
function countryText(country: string): string {
  return /^[A-Z]{2}$/.test(country) ? (countries.of(country) ?? country) : country;
}

function joined(between: string, ...parts: (string | null | undefined)[]): string {
  return parts.filter((part) => part !== null && part !== undefined && part !== "").join(between);
}
