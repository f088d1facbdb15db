/** The money that went back after a receipt was issued. The receipt's number and total do not change. */
import { stageOf } from "../domain/dispute.ts";
import type { Instant } from "../domain/instant.ts";
import type { MoneyBack } from "../domain/money-back.ts";
import { type Cents, toCents } from "../domain/money.ts";
import { takesCredits } from "../domain/refund.ts";

/** A refund, pending or made, or a payment lost to a dispute; `at` is when it was requested or disputed. */
export type Return = { kind: "refund_pending" | "refund" | "dispute_lost"; amountCents: Cents; at: Instant };

/** What went back for the order, oldest first, and what remains paid, in cents. */
export function returnsOf(
  order: { amountCents: Cents },
  { refunds, disputes }: MoneyBack,
): { returns: Return[]; remainingCents: Cents } {
  const refunded = refunds.filter(takesCredits).map(({ state, amountCents, requestedAt }): Return => {
    const kind = state === "pending" ? "refund_pending" : "refund";
    return { kind, amountCents, at: requestedAt };
  });
  const lost = disputes
    .filter((dispute) => stageOf(dispute) === "lost")
    .map(({ amountCents, openedAt }): Return => ({ kind: "dispute_lost", amountCents, at: openedAt }));
  const returns = [...refunded, ...lost].toSorted((one, other) => one.at - other.at);
  const gone = returns.reduce((sum, { amountCents }) => sum + amountCents, 0);
  return { returns, remainingCents: toCents(Math.max(order.amountCents - gone, 0)) };
}
