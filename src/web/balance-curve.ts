/** The balance over time as an SVG path: a step chart, because a balance does not change between entries. */
import type { Instant } from "../domain/instant.ts";
import type { BalanceAt } from "../store/ledger.ts";

/** The SVG's own units; the page scales it to the available width. */
export const CURVE_WIDTH = 600;
export const CURVE_HEIGHT = 100;

/** A curve to draw, and the figures that describe it in words. */
export type BalanceCurve = {
  /** SVG path data: along the balance, and around the area between it and zero. */
  line: string;
  area: string;
  /** The y coordinate of zero. */
  zero: number;
  from: Instant;
  to: Instant;
  now: number;
  highest: number;
  lowest: number;
  /** Whether entries were left out; the balance may have been higher or lower between those shown. */
  isSampled: boolean;
};

/**
 * The curve of `balances`, oldest first, up to `now`; null if there are fewer than two, because one balance has not
 * moved yet. `most` is how many balances were asked for: an account with more entries than that gives a sample. If the
 * clock ran backwards between two entries, the curve still never goes backwards.
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
