/** The balance over time as a drawing: steps, for a balance stays what it is until the next entry. */
import type { Instant } from "../domain/instant.ts";
import type { BalanceAt } from "../store/ledger.ts";

/** The drawing's own units; the page stretches it to the room there is. */
export const CURVE_WIDTH = 600;
export const CURVE_HEIGHT = 100;

/** A curve to draw, and what to say of it to whoever does not see it. */
export type BalanceCurve = {
  /** The path along the balance, and the one around the area between it and zero. */
  line: string;
  area: string;
  /** How far down zero is. */
  zero: number;
  from: Instant;
  to: Instant;
  now: number;
  highest: number;
  lowest: number;
  /** Whether entries were left out, between which the balance may have been higher or lower. */
  isSampled: boolean;
};

/**
 * The curve of `balances`, oldest first, until `now`; null where there are fewer than two, for one balance has not moved
 * yet. Of an account with more entries than `most` they are a sample. A clock that ran backwards between two entries
 * does not make the curve do so.
 */
export function balanceCurve(
  balances: readonly BalanceAt[],
  now: Instant,
  most: number,
): BalanceCurve | null {
  const [first, ...others] = balances;
  const last = others.at(-1);
  if (first === undefined || last === undefined) {
    return null;
  }
  const values = balances.map(({ balance }) => Number(balance));
  const highest = Math.max(...values);
  const lowest = Math.min(...values);
  const top = Math.max(highest, 0);
  const range = Math.max(top - Math.min(lowest, 0), 1);
  const span = Math.max(now - first.at, 1);
  const down = (balance: number) => Math.round(((top - balance) / range) * CURVE_HEIGHT);
  const across = (at: Instant) =>
    Math.round((Math.min(Math.max(at - first.at, 0), span) / span) * CURVE_WIDTH);

  let x = 0;
  let y = down(first.balance);
  let line = `M0 ${y}`;
  for (const { at, balance } of others) {
    const nextX = Math.max(across(at), x);
    const nextY = down(balance);
    line += `${nextX === x ? "" : `H${nextX}`}${nextY === y ? "" : `V${nextY}`}`;
    x = nextX;
    y = nextY;
  }
  line += `H${CURVE_WIDTH}`;
  const zero = down(0);
  return {
    line,
    area: `${line}V${zero}H0Z`,
    zero,
    from: first.at,
    to: now,
    now: last.balance,
    highest,
    lowest,
    isSampled: balances.length >= most,
  };
}
