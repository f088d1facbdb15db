/** The form that starts a refund: how much, and why. It only leads to the quote; it makes no refund. */
import { minorDigitsOf } from "../../../domain/money.ts";
import type { Order } from "../../../domain/order.ts";
import { moneyText } from "../../../amount-text.ts";
import { REFUND_REASONS } from "../refund-words.ts";

/** What was typed, unchanged, and what is wrong with the amount. */
export type RefundTyped = { amount: string; reason: string; error?: string };

export function RefundForm({
  order,
  leftCents,
  typed = { amount: "", reason: "requested_by_customer" },
}: {
  order: Order;
  leftCents: number;
  typed?: RefundTyped;
}) {
  const left = moneyText(leftCents, order.currency);
  return (
    <form class="fields" method="get" action={`/admin/orders/${order.id}/quote`}>
      <label htmlFor="amount">{`Amount in ${order.currency.toUpperCase()}`}</label>
      <input
        id="amount"
        name="amount"
        inputmode={minorDigitsOf(order.currency) === 0 ? "numeric" : "decimal"}
        autocomplete="off"
        maxlength={20}
        value={typed.amount}
        placeholder={`All that is left: ${left}`}
        {...(typed.error === undefined
          ? { "aria-describedby": "amount-hint" }
          : { "aria-invalid": "true", "aria-describedby": "amount-error amount-hint", autofocus: true })}
      />
      {typed.error !== undefined && (
        <p class="field-error" id="amount-error">
          {typed.error}
        </p>
      )}
      <p class="fine" id="amount-hint">
        {`${left} is left. Leave this empty to refund all of it.`}
      </p>
      <label htmlFor="reason">Reason, sent to Stripe</label>
      <select id="reason" name="reason">
        {Object.entries(REFUND_REASONS).map(([reason, words]) => (
          <option value={reason} selected={reason === typed.reason}>
            {words}
          </option>
        ))}
      </select>
      <button class="button">Review the refund</button>
    </form>
  );
}
