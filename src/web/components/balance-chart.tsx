/** The balance over time as a chart, with a text alternative for screen readers. */
import { type BalanceCurve, CURVE_HEIGHT, CURVE_WIDTH } from "../balance-curve.ts";
import { dayText } from "../moment-text.ts";
import { balanceText } from "../statement-words.ts";

/** The chart of `curve`, with its start, end and extremes in the caption. */
export function BalanceChart({ curve }: { curve: BalanceCurve }) {
  const { line, area, zero } = curve;
  return (
    <figure class="chart">
      <svg
        viewBox={`-1 -2 ${CURVE_WIDTH + 2} ${CURVE_HEIGHT + 4}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={chartText(curve)}
      >
        <path class="area" d={area} />
        <path class="zero" d={`M0 ${zero}H${CURVE_WIDTH}`} />
        <path class="line" d={line} />
      </svg>
      <figcaption class="row fine" aria-hidden="true">
        <span>{isOneDay(curve) ? "today" : dayText(curve.from)}</span>
        <span>
          {curve.lowest < 0 && `lowest ${boundText(curve, curve.lowest)}, `}
          highest {boundText(curve, curve.highest)}
        </span>
        {!isOneDay(curve) && <span>today</span>}
      </figcaption>
    </figure>
  );
}

function isOneDay({ from, to }: BalanceCurve): boolean {
  return dayText(from) === dayText(to);
}

function chartText(curve: BalanceCurve): string {
  const { from, now, highest, lowest } = curve;
  const least = lowest < 0 ? `, at its lowest ${boundText(curve, lowest)}` : "";
  return `Balance since ${dayText(from)}: at its highest ${boundText(curve, highest)}${least}, now ${balanceText(now)}.`;
}

/** The highest or lowest balance; only approximate if the curve is a sample. */
function boundText({ isSampled }: BalanceCurve, balance: number): string {
  return `${isSampled ? "about " : ""}${balanceText(balance)}`;
}
