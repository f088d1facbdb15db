/** Cards: what identifies one to a person, the bank's check results, and the billing details. */
import type { AccountId, CardId } from "./ids.ts";

/** Stripe's result of one check; null if the field was not sent or the bank was not asked. */
export type CheckResult = "pass" | "fail" | "unavailable" | "unchecked" | null;

/** The bank's answers on what the customer typed: street, postcode, security code. */
export type CardChecks = { line1: CheckResult; postalCode: CheckResult; cvc: CheckResult };

/** The form field a failed check is about, as named in the JSON answer. */
export type CheckedField = "line1" | "postal_code" | "cvc";

export type Address = {
  line1: string | null;
  line2: string | null;
  city: string | null;
  state: string | null;
  postalCode: string | null;
  country: string | null;
};

/** The billing details the customer typed with the card. */
export type BillingDetails = { name: string | null; phone: string | null; address: Address };

/** What Stripe tells us about a card. Never its number: that does not reach the Worker. */
export type CardFacts = {
  paymentMethodId: string;
  brand: string;
  last4: string;
  expMonth: number;
  expYear: number;
  checks: CardChecks;
  billing: BillingDetails;
};

/** A card as its verification reports it, with what decides which checks were possible. */
export type VerifiedCard = CardFacts & {
  /** The country of the bank that issued it; null if Stripe does not know. */
  issuedIn: string | null;
  /** Whether the card comes from a wallet such as Apple Pay, which sends no security code to check. */
  isWallet: boolean;
};

/** An account's card. Only `saved` ones are offered again. */
export type Card = CardFacts & { id: CardId; accountId: AccountId; saved: boolean };

/** The fields whose check came back a literal `fail`. No other check result forbids a charge. */
export function failedFields(checks: CardChecks): CheckedField[] {
  const fields: CheckedField[] = [];
  if (checks.line1 === "fail") {
    fields.push("line1");
  }
  if (checks.postalCode === "fail") {
    fields.push("postal_code");
  }
  if (checks.cvc === "fail") {
    fields.push("cvc");
  }
  return fields;
}

/**
 * The fields the bank did not check. A missing result counts only for the street, which is always sent: some countries
 * have no postcodes, and wallets send no security code.
 */
export function unansweredFields({ line1, postalCode, cvc }: CardChecks): CheckedField[] {
  const fields: CheckedField[] = [];
  if (line1 === null || isSilent(line1)) {
    fields.push("line1");
  }
  if (isSilent(postalCode)) {
    fields.push("postal_code");
  }
  if (isSilent(cvc)) {
    fields.push("cvc");
  }
  return fields;
}

function isSilent(result: CheckResult): boolean {
  return result === "unavailable" || result === "unchecked";
}

/**
 * Whether every check came back and none of them failed. If the bank left one unanswered, the charge is only authorised
 * at first, and captured after a second look.
 */
export function isFullyChecked(checks: CardChecks): boolean {
  return failedFields(checks).length === 0 && unansweredFields(checks).length === 0;
}

// Issuers compare addresses only in these countries; elsewhere a missing postcode means nothing.
const COUNTRIES_THAT_CHECK_POSTCODES = new Set(["US", "CA", "GB"]);

/**
 * The fields that forbid charging this card: those the bank rejected, and those never sent, because a check that was
 * never made cannot fail. Our page always sends them; a confirmation token made elsewhere might not.
 */
export function refusedFields(
  card: Pick<VerifiedCard, "checks" | "billing" | "issuedIn" | "isWallet">,
): CheckedField[] {
  const { line1, postalCode, country } = card.billing.address;
  const fields = new Set(failedFields(card.checks));
  if (card.checks.cvc === null && !card.isWallet) {
    fields.add("cvc");
  }
  if (isMissing(line1)) {
    fields.add("line1");
  }
  if (isMissing(postalCode) && (checksPostcodes(country) || checksPostcodes(card.issuedIn))) {
    fields.add("postal_code");
  }
  return [...fields];
}

function checksPostcodes(country: string | null): boolean {
  const code = (country ?? "").trim().toUpperCase();
  return code === "" || COUNTRIES_THAT_CHECK_POSTCODES.has(code);
}

function isMissing(text: string | null): boolean {
  return text === null || text.trim() === "";
}
