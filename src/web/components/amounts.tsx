/** Amounts on a page, in tabular figures so that columns line up. */
import { creditsText, moneyText, unitPriceText } from "../../amount-text.ts";

/** An amount of money. */
export function Money({ cents, currency }: { cents: number; currency: string }) {
  return <span class="figure">{moneyText(cents, currency)}</span>;
}

/** The price of one credit. */
export function UnitPrice({ micros, currency }: { micros: number; currency: string }) {
  return <span class="figure">{unitPriceText(micros, currency)}</span>;
}

/** A number of credits. */
export function CreditCount({ credits }: { credits: number }) {
  return <span class="figure">{creditsText(credits)}</span>;
}
