/**
 * Stripe's test cards (https://docs.stripe.com/testing), one list for the menu in the payment form and the
 * page at /stand-in/cards. Each says what it does to an order of ours.
 */

/** The groups the cards are shown in. */
export const testCardSections = {
  succeeds: "Succeeds",
  checks: "Card checks",
  declines: "Declined by the bank",
  authentication: "Bank asks the customer (3-D Secure)",
  later: "Paid, then something happens",
  fraud: "Fraud",
} as const;

/**
 * One test card. `step` says where an order with this card stops or changes course: while the form is filled in, when
 * the card is verified, when it is charged, or after it is paid.
 */
export type TestCard = {
  number: string;
  name: string;
  happens: string;
  step: "form" | "verify" | "charge" | "afterwards" | "none";
  section: keyof typeof testCardSections;
};

/** All of them, in the order shown. */
export const testCards: readonly TestCard[] = [
  {
    section: "succeeds",
    number: "4242424242424242",
    name: "Visa",
    step: "none",
    happens: "Every check passes; the payment succeeds.",
  },
  {
    section: "succeeds",
    number: "5555555555554444",
    name: "Mastercard",
    step: "none",
    happens: "Every check passes; the payment succeeds.",
  },
  {
    section: "succeeds",
    number: "378282246310005",
    name: "American Express",
    step: "none",
    happens: "Every check passes; the security code has four digits.",
  },
  {
    section: "succeeds",
    number: "6011111111111117",
    name: "Discover",
    step: "none",
    happens: "Every check passes; the payment succeeds.",
  },
  {
    section: "succeeds",
    number: "3056930009020004",
    name: "Diners Club",
    step: "none",
    happens: "Every check passes; the payment succeeds.",
  },
  {
    section: "succeeds",
    number: "36227206271667",
    name: "Diners Club, 14 digits",
    step: "none",
    happens: "Every check passes; fourteen digits, written 4-6-4.",
  },
  {
    section: "succeeds",
    number: "3566002020360505",
    name: "JCB",
    step: "none",
    happens: "Every check passes; the payment succeeds.",
  },
  {
    section: "succeeds",
    number: "6200000000000005",
    name: "UnionPay",
    step: "none",
    happens: "Every check passes; the payment succeeds.",
  },
  {
    section: "succeeds",
    number: "4000000000000077",
    name: "Funds available at once",
    step: "none",
    happens: "Succeeds; the money skips the pending balance.",
  },

  {
    section: "checks",
    number: "4000000000000010",
    name: "Street and postcode fail",
    step: "verify",
    happens: "Both address checks come back fail. Refused, nothing charged.",
  },
  {
    section: "checks",
    number: "4000000000000028",
    name: "Street fails",
    step: "verify",
    happens: "The first address line does not match. Refused, nothing charged.",
  },
  {
    section: "checks",
    number: "4000000000000036",
    name: "Postcode fails",
    step: "verify",
    happens: "The postal code does not match. Refused, nothing charged.",
  },
  {
    section: "checks",
    number: "4000000000000101",
    name: "Security code fails",
    step: "verify",
    happens: "The security code does not match. Refused, nothing charged.",
  },
  {
    section: "checks",
    number: "4000000000000044",
    name: "Address not checked",
    step: "charge",
    happens: "The bank cannot check the address. Authorised first, captured if nothing failed.",
  },
  {
    section: "checks",
    number: "4000058400306072",
    name: "Postcode fails, elevated risk",
    step: "verify",
    happens: "The postal code does not match and the risk is elevated. Refused.",
  },
  {
    section: "checks",
    number: "4000058400307872",
    name: "Security code fails, elevated risk",
    step: "verify",
    happens: "The security code does not match and the risk is elevated. Refused.",
  },

  {
    section: "declines",
    number: "4000000000000002",
    name: "Declined",
    step: "verify",
    happens: "card_declined, generic_decline.",
  },
  {
    section: "declines",
    number: "4000000000009995",
    name: "Insufficient funds",
    step: "verify",
    happens: "card_declined, insufficient_funds.",
  },
  {
    section: "declines",
    number: "4000000000009987",
    name: "Lost card",
    step: "verify",
    happens: "card_declined, lost_card.",
  },
  {
    section: "declines",
    number: "4000000000009979",
    name: "Stolen card",
    step: "verify",
    happens: "card_declined, stolen_card.",
  },
  {
    section: "declines",
    number: "4000000000000069",
    name: "Expired card",
    step: "verify",
    happens: "expired_card.",
  },
  {
    section: "declines",
    number: "4000000000000127",
    name: "Incorrect security code",
    step: "verify",
    happens: "incorrect_cvc.",
  },
  {
    section: "declines",
    number: "4000000000000119",
    name: "Processing error",
    step: "verify",
    happens: "processing_error; worth trying again.",
  },
  {
    section: "declines",
    number: "4000000000006975",
    name: "Used too often",
    step: "verify",
    happens: "card_declined, card_velocity_exceeded.",
  },
  {
    section: "declines",
    number: "4000000000000341",
    name: "Saves, then declines",
    step: "charge",
    happens: "Verified and saved without trouble; every charge is declined.",
  },
  {
    section: "declines",
    number: "4242424242424241",
    name: "Mistyped number",
    step: "form",
    happens: "The check digit is wrong: the form itself refuses it.",
  },

  {
    section: "authentication",
    number: "4000000000003220",
    name: "Asks, then succeeds",
    step: "verify",
    happens: "The bank’s own challenge opens; complete it and the payment succeeds.",
  },
  {
    section: "authentication",
    number: "4000002760003184",
    name: "Always asks",
    step: "verify",
    happens: "A challenge every time, also with the saved card.",
  },
  {
    section: "authentication",
    number: "4000002500003155",
    name: "Asks unless set up",
    step: "verify",
    happens: "A challenge when saved and whenever the customer is present.",
  },
  {
    section: "authentication",
    number: "4000003800000446",
    name: "Already set up",
    step: "charge",
    happens: "Quiet when the customer is away, a challenge when present.",
  },
  {
    section: "authentication",
    number: "4000008400001629",
    name: "Asks, then declines",
    step: "verify",
    happens: "Declined even when the challenge was completed.",
  },
  {
    section: "authentication",
    number: "4000008260003178",
    name: "Asks, then insufficient funds",
    step: "charge",
    happens: "The challenge passes; the charge finds no money.",
  },
  {
    section: "authentication",
    number: "4000008400001280",
    name: "Challenge breaks",
    step: "verify",
    happens: "The bank’s challenge cannot be reached: declined.",
  },
  {
    section: "authentication",
    number: "4000000000003055",
    name: "Could ask",
    step: "none",
    happens: "A challenge is possible but not required; succeeds without one.",
  },

  {
    section: "later",
    number: "4000000000000259",
    name: "Disputed as fraudulent",
    step: "afterwards",
    happens: "Paid, then disputed: the credits go back.",
  },
  {
    section: "later",
    number: "4000000000002685",
    name: "Disputed as not received",
    step: "afterwards",
    happens: "Paid, then disputed with product_not_received.",
  },
  {
    section: "later",
    number: "4000000000001976",
    name: "Inquiry",
    step: "afterwards",
    happens: "Paid, then the bank inquires; no money moves.",
  },
  {
    section: "later",
    number: "4000000404000079",
    name: "Disputed more than once",
    step: "afterwards",
    happens: "Paid, then several disputes.",
  },
  {
    section: "later",
    number: "4000000000005423",
    name: "Early fraud warning",
    step: "afterwards",
    happens: "Paid, then the issuer warns of fraud.",
  },
  {
    section: "later",
    number: "4000000000007726",
    name: "Slow refund",
    step: "afterwards",
    happens: "A refund is pending first and succeeds later.",
  },
  {
    section: "later",
    number: "4000000000005126",
    name: "Failing refund",
    step: "afterwards",
    happens: "A refund succeeds first and fails later: the credits come back.",
  },

  {
    section: "fraud",
    number: "4100000000000019",
    name: "Always blocked",
    step: "charge",
    happens: "Highest risk: Stripe blocks the payment.",
  },
  {
    section: "fraud",
    number: "4000000000004954",
    name: "Highest risk",
    step: "charge",
    happens: "Highest risk: may be blocked.",
  },
  {
    section: "fraud",
    number: "4000000000009235",
    name: "Elevated risk",
    step: "none",
    happens: "Elevated risk; succeeds.",
  },
];
