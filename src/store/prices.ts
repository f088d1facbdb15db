/** The price_tiers and credit_packs tables: what is for sale, and at what unit price. */
import { toCredits } from "../domain/credits.ts";
import { toUnitPriceMicros } from "../domain/money.ts";
import { leastCredits, type PriceList } from "../domain/prices.ts";

export type TierRow = { from_credits: number; unit_price_micros: number };
type PackRow = { credits: number };

/** The whole price list in the deployment's currency. */
export async function readPriceList(
  db: D1Database,
  limits: Pick<PriceList, "currency" | "minCredits" | "maxCredits">,
): Promise<PriceList> {
  const [tiers, packs] = await db.batch<TierRow & PackRow>([
    selectTiers(db, limits.currency),
    db.prepare("SELECT credits FROM credit_packs ORDER BY credits"),
  ]);
  return toPriceList(limits, tiers?.results ?? [], packs?.results ?? []);
}

/** The query for the tiers of `currency`, lowest first, for use in a batch. */
export function selectTiers(db: D1Database, currency: string): D1PreparedStatement {
  return db
    .prepare(
      `SELECT from_credits, unit_price_micros
       FROM price_tiers
       WHERE currency = ?1
       ORDER BY from_credits`,
    )
    .bind(currency);
}

/** Maps rows to a price list whose minimum is the fewest credits that can be bought at these prices. */
export function toPriceList(
  limits: Pick<PriceList, "currency" | "minCredits" | "maxCredits">,
  tiers: readonly TierRow[],
  packs: readonly PackRow[],
): PriceList {
  const list: PriceList = {
    ...limits,
    tiers: tiers.map((row) => ({
      fromCredits: toCredits(row.from_credits),
      unitPriceMicros: toUnitPriceMicros(row.unit_price_micros),
    })),
    packs: packs.map((row) => ({ credits: toCredits(row.credits) })),
  };
  return { ...list, minCredits: leastCredits(list) };
}
