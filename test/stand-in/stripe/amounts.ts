/** How much may be charged at once, in the currency's smallest unit (https://docs.stripe.com/currencies). */
import { refuse, documentationOf } from "./refusals.ts";

/** The smallest amounts Stripe charges when it settles in dollars. */
const minimums: Record<string, number> = {
  usd: 50,
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
};

/** Currencies without cents: an amount is in whole units. */
const zeroDecimal = new Set([
  "bif",
  "clp",
  "djf",
  "gnf",
  "jpy",
  "kmf",
  "krw",
  "mga",
  "pyg",
  "rwf",
  "vnd",
  "vuv",
  "xaf",
  "xof",
  "xpf",
]);

/** Currencies with thousandths. */
const threeDecimal = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

/** Currencies in hundredths whose amounts must still be whole units (https://docs.stripe.com/currencies#special-cases). */
const wholeUnits = new Set(["isk", "ugx"]);

/** Other currencies that cards are charged in, with hundredths. */
const others = new Set(
  "afn all amd ang aoa ars awg azn bam bbd bdt bmd bnd bob bsd bwp byn bzd cdf cny cop crc cve dop dzd egp etb fjd fkp gel gip gmd gtq gyd hnl htg idr ils isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zar zmw".split(
    " ",
  ),
);

/** The currency in Stripe's lower case, or a refusal. */
export function validCurrency(given: string): string {
  const currency = given.toLowerCase();
  if (
    minimums[currency] === undefined &&
    !zeroDecimal.has(currency) &&
    !threeDecimal.has(currency) &&
    !others.has(currency)
  ) {
    return refuse(400, {
      type: "invalid_request_error",
      message: `Invalid currency: ${given}. Stripe currently supports these currencies: usd, ${[...Object.keys(minimums).slice(1), ...zeroDecimal, ...threeDecimal, ...others].join(", ")}`,
      param: "currency",
    });
  }
  return currency;
}

/** Refuses an amount that is too small or has more than eight digits. */
export function refuseAmount(amount: number, currency: string, param = "amount"): void {
  const least = minimums[currency] ?? 1;
  if (amount < 1) {
    refuse(400, {
      type: "invalid_request_error",
      code: "parameter_invalid_integer",
      doc_url: documentationOf("parameter_invalid_integer"),
      message: "This value must be greater than or equal to 1.",
      param,
    });
  }
  if (amount < least) {
    refuse(400, {
      type: "invalid_request_error",
      code: "amount_too_small",
      doc_url: documentationOf("amount_too_small"),
      message: `Amount must be at least ${display(least, currency)} ${currency}`,
      param,
    });
  }
  if (amount > 99_999_999) {
    refuse(400, {
      type: "invalid_request_error",
      code: "amount_too_large",
      doc_url: documentationOf("amount_too_large"),
      message: `Amount must be no more than ${display(99_999_999, currency)} ${currency}`,
      param,
    });
  }
  refuseFraction(amount, currency, param);
}

/**
 * Refuses an amount finer than Stripe takes: three-decimal currencies end in 0, whether charged, refunded or disputed
 * (https://docs.stripe.com/currencies#three-decimal), those in whole units in 00.
 */
export function refuseFraction(amount: number, currency: string, param = "amount"): void {
  const zeros = wholeUnits.has(currency) ? "00" : threeDecimal.has(currency) ? "0" : "";
  if (!String(amount).endsWith(zeros)) {
    refuse(400, {
      type: "invalid_request_error",
      code: "invalid_charge_amount",
      doc_url: documentationOf("invalid_charge_amount"),
      message: `Invalid ${currency} amount: it must end in ${zeros}.`,
      param,
    });
  }
}

/** An amount as people write it, whatever the unit in which Stripe counts its currency. */
export function display(amount: number, currency: string): string {
  return new Intl.NumberFormat("en-US", { style: "currency", currency }).format(
    zeroDecimal.has(currency) ? amount : amount / (threeDecimal.has(currency) ? 1000 : 100),
  );
}
