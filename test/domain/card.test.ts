/** What the bank's card checks forbid, and what a decline tells the customer. */
import { describe, expect, it } from "vitest";
import {
  type Address,
  type CardChecks,
  type CheckResult,
  failedFields,
  isFullyChecked,
  refusedFields,
} from "../../src/domain/card.ts";
import { adviceFor, declineCodeForCustomer } from "../../src/domain/decline.ts";

const RESULTS: CheckResult[] = ["pass", "fail", "unavailable", "unchecked", null];
const EVERY_COMBINATION: CardChecks[] = RESULTS.flatMap((line1) =>
  RESULTS.flatMap((postalCode) => RESULTS.map((cvc) => ({ line1, postalCode, cvc }))),
);

const passed: CardChecks = { line1: "pass", postalCode: "pass", cvc: "pass" };
const address: Address = {
  line1: "27 Fredrick Ave",
  line2: null,
  city: "Brothers",
  state: "OR",
  postalCode: "97712",
  country: "US",
};

/** A card billed to an address, with these checks; issued in the country it is billed to. */
function cardOf(differing: Partial<Address>, checks: CardChecks = passed) {
  const billedTo = { ...address, ...differing };
  return {
    checks,
    billing: { name: null, phone: null, address: billedTo },
    issuedIn: billedTo.country,
    isWallet: false,
  };
}

describe("the card checks", () => {
  it.each<[Partial<CardChecks>, string[]]>([
    [{}, []],
    [{ line1: "fail" }, ["line1"]],
    [{ postalCode: "fail" }, ["postal_code"]],
    [{ cvc: "fail" }, ["cvc"]],
    [{ line1: "fail", postalCode: "fail" }, ["line1", "postal_code"]],
    [{ line1: "fail", postalCode: "fail", cvc: "fail" }, ["line1", "postal_code", "cvc"]],
    [{ line1: "fail", postalCode: "unavailable", cvc: "unchecked" }, ["line1"]],
  ])("with %j forbid the charge by the fields %j", (checks, fields) => {
    expect(failedFields({ ...passed, ...checks })).toEqual(fields);
    expect(refusedFields(cardOf({}, { ...passed, ...checks }))).toEqual(fields);
  });

  it("forbid the charge for a literal fail and nothing else, in all 125 combinations of answers", () => {
    for (const checks of EVERY_COMBINATION) {
      const failed = Object.values(checks).filter((result) => result === "fail");
      expect(failedFields(checks)).toHaveLength(failed.length);
      const unsent = checks.cvc === null ? ["cvc"] : [];
      expect(refusedFields(cardOf({}, checks))).toEqual([...failedFields(checks), ...unsent]);
      expect(refusedFields({ ...cardOf({}, checks), isWallet: true })).toEqual(failedFields(checks));
    }
    expect(EVERY_COMBINATION).toHaveLength(125);
  });
});

describe("a card sent without what the bank would check", () => {
  it.each<[Partial<Address>, string[]]>([
    [{ line1: null }, ["line1"]],
    [{ line1: "" }, ["line1"]],
    [{ line1: "   " }, ["line1"]],
    [{ postalCode: null }, ["postal_code"]],
    [{ postalCode: "" }, ["postal_code"]],
    [{ postalCode: "  " }, ["postal_code"]],
    [{ postalCode: null, country: "CA" }, ["postal_code"]],
    [{ postalCode: null, country: "GB" }, ["postal_code"]],
    [{ postalCode: null, country: null }, ["postal_code"]],
    [{ postalCode: null, country: "IE" }, []],
    [{ postalCode: null, country: "AE" }, []],
    [{ line1: null, country: "AE" }, ["line1"]],
    [{ line1: null, postalCode: null }, ["line1", "postal_code"]],
    [{ line2: null, city: null, state: null }, []],
  ])("(with %j) is refused by the fields %j", (differing, fields) => {
    expect(refusedFields(cardOf(differing))).toEqual(fields);
  });

  it("is refused without a security code, unless it comes from a wallet, which has none", () => {
    const unsent = cardOf({}, { ...passed, cvc: null });

    expect(refusedFields(unsent)).toEqual(["cvc"]);
    expect(refusedFields({ ...unsent, isWallet: true })).toEqual([]);
  });

  it.each([
    ["US", ["postal_code"]],
    ["GB", ["postal_code"]],
    [null, ["postal_code"]],
    ["IE", []],
  ])(
    "is refused without a postcode if its own bank would check one, wherever it is billed: issued in %s",
    (issuedIn, fields) => {
      const card = { ...cardOf({ postalCode: null, country: "IE" }), issuedIn };

      expect(refusedFields(card)).toEqual(fields);
    },
  );

  it.each(["us", " US ", "Us"])(
    "is refused without a postcode however its country is written: %j",
    (country) => {
      expect(refusedFields(cardOf({ postalCode: null, country }))).toEqual(["postal_code"]);
    },
  );

  it("names a field that is both missing and failed once", () => {
    const fields = refusedFields(cardOf({ line1: null }, { ...passed, line1: "fail" }));

    expect(fields).toEqual(["line1"]);
  });
});

describe("a charge captured at once, which needs the bank's answer to every check on what was sent,", () => {
  it.each<[Partial<CardChecks>, boolean]>([
    [{}, true],
    [{ cvc: null }, true],
    [{ postalCode: null }, true],
    [{ postalCode: null, cvc: null }, true],
    [{ line1: null }, false],
    [{ line1: null, postalCode: null, cvc: null }, false],
    [{ line1: "fail" }, false],
    [{ postalCode: "fail" }, false],
    [{ line1: "unavailable" }, false],
    [{ postalCode: "unchecked" }, false],
    [{ cvc: "unavailable" }, false],
    [{ cvc: "fail" }, false],
  ])("is allowed with the checks %j: %s", (checks, isFull) => {
    expect(isFullyChecked({ ...passed, ...checks })).toBe(isFull);
  });

  it("is never allowed with unavailable, unchecked, fail or no answer about the street, in all 125 combinations", () => {
    for (const checks of EVERY_COMBINATION) {
      const others = [checks.postalCode, checks.cvc].every((result) => result === "pass" || result === null);
      expect(isFullyChecked(checks)).toBe(checks.line1 === "pass" && others);
    }
  });
});

describe("the decline code", () => {
  // https://docs.stripe.com/declines/codes asks that customers cannot tell these apart from a plain decline.
  it.each([
    "fraudulent",
    "lost_card",
    "merchant_blacklist",
    "pickup_card",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "stolen_card",
    "stop_payment_order",
    "highest_risk_level",
  ])("%s, which would help a thief, is shown as a plain decline in every way", (code) => {
    expect(declineCodeForCustomer(code)).toBe("generic_decline");
    expect(adviceFor(code)).toBe(adviceFor("generic_decline"));
    expect(adviceFor(code)).toBe("use_another_card");
  });

  it.each([
    ["insufficient_funds", "insufficient_funds"],
    ["expired_card", "expired"],
    ["incorrect_number", "wrong_number"],
    ["invalid_number", "wrong_number"],
    ["invalid_expiry_month", "wrong_expiry"],
    ["invalid_expiry_year", "wrong_expiry"],
    ["incorrect_cvc", "wrong_cvc"],
    ["invalid_cvc", "wrong_cvc"],
    ["incorrect_zip", "wrong_postcode"],
    ["card_velocity_exceeded", "over_limit"],
    ["withdrawal_count_limit_exceeded", "over_limit"],
    ["card_not_supported", "not_supported"],
    ["currency_not_supported", "not_supported"],
    ["authentication_required", "authenticate"],
    ["payment_intent_authentication_failure", "authenticate"],
    ["setup_intent_authentication_failure", "authenticate"],
    ["processing_error", "try_again"],
    ["issuer_not_available", "try_again"],
    ["reenter_transaction", "try_again"],
    ["try_again_later", "try_again"],
    ["duplicate_transaction", "duplicate"],
    ["do_not_honor", "call_bank"],
    ["call_issuer", "call_bank"],
    ["transaction_not_allowed", "call_bank"],
    // Only the bank can explain these: Stripe says to contact the card issuer. https://docs.stripe.com/declines/codes
    ["do_not_try_again", "call_bank"],
    ["invalid_account", "call_bank"],
    ["invalid_amount", "call_bank"],
    ["new_account_information_available", "call_bank"],
    ["no_action_taken", "call_bank"],
    ["not_permitted", "call_bank"],
    ["service_not_allowed", "call_bank"],
    // The same card may pass these at once.
    ["approve_with_id", "try_again"],
    ["authentication_failure", "authenticate"],
    ["authentication_not_handled", "authenticate"],
    ["mobile_device_authentication_required", "authenticate"],
    ["incorrect_address", "wrong_postcode"],
    ["generic_decline", "use_another_card"],
  ])("%s is shown as it is, with the advice %s", (code, advice) => {
    expect(declineCodeForCustomer(code)).toBe(code);
    expect(adviceFor(code)).toBe(advice);
  });

  it.each([
    "a_code_of_tomorrow",
    "",
    "card_declined",
    "toString",
    "constructor",
    "__proto__",
    "hasOwnProperty",
  ])("that is unknown (%j) comes with the advice to use another card", (code) => {
    expect(adviceFor(code)).toBe("use_another_card");
  });
});
