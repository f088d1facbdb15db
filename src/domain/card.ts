/** Cards as we know them: what a person recognises one by, what the bank said of its checks, and where it is billed. */
import type { AccountId, CardId } from "./ids.ts";

/** Stripe's words for one check; null where the field was not sent or nobody has asked the bank. */
export type CheckResult = "pass" | "fail" | "unavailable" | "unchecked" | null;

/** The bank's answers on what the customer typed: street, postcode, security code. */
export type CardChecks = { line1: CheckResult; postalCode: CheckResult; cvc: CheckResult };

/** The field of the form a failed check is about, as the JSON answer names it. */
export type CheckedField = "line1" | "postal_code" | "cvc";

export type Address = {
  line1: string | null;
  line2: string | null;
  city: string | null;
  state: string | null;
  postalCode: string | null;
  country: string | null;
};

/** Who a card is billed to, as typed beside it. */
export type BillingDetails = { name: string | null; phone: string | null; address: Address };

/** What Stripe tells of a card. No number: we never have one. */
export type CardFacts = {
  paymentMethodId: string;
  brand: string;
  last4: string;
  expMonth: number;
  expYear: number;
  checks: CardChecks;
  billing: BillingDetails;
};

/** A card as its verification tells of it: also what says which checks could have been made. */
export type VerifiedCard = CardFacts & {
  /** The country of the bank that issued it; null where Stripe does not know. */
  issuedIn: string | null;
  /** Whether a wallet such as Apple Pay stands in for the card: then there is no security code to check. */
  isWallet: boolean;
};

/** A card of an account. Only `saved` ones are offered again. */
export type Card = CardFacts & { id: CardId; accountId: AccountId; saved: boolean };

/** The fields whose check came back a literal `fail`; nothing else forbids a charge. */
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
 * The fields the bank did not answer for. A street is always sent, so of that no result is no answer; a postcode is not
 * sent where there are none, nor a security code by a wallet.
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
 * Whether the bank answered every check on what was sent. Where it did not (`unavailable`, `unchecked`), the
 * charge is only authorised, and captured after a second look.
 */
export function isFullyChecked(checks: CardChecks): boolean {
  return [checks.line1, checks.postalCode, checks.cvc].every(
    (result) => result === "pass" || result === null,
  );
}

// Where issuers compare addresses at all; elsewhere a missing postcode says nothing.
const COUNTRIES_THAT_CHECK_POSTCODES = new Set(["US", "CA", "GB"]);

/**
 * The fields that forbid charging this card: those the bank said are wrong, and those that were never sent, since
 * a check on nothing cannot fail. The page always sends them; a token made by other hands might not.
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
