/** What the card network knows about a payment method: its number and history. Never leaves this object. */
import type Stripe from "stripe";
import { z } from "zod";
import { randomLetters } from "./ids.ts";
import { integer } from "./params.ts";
import { type ErrorBody, documentationOf, refuse } from "./refusals.ts";
import { type Sandbox, now } from "./sandbox.ts";
import { type TestCard, cardNamed, cardWithNumber } from "./test-cards.ts";

/** One card as given by a customer, and what became of it. */
export interface Card {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly fingerprint: string;
  /** Made from a `pm_card_…` id: no address was typed, yet failing checks still fail. */
  readonly byName: boolean;
  /** A security code came with it that no issuer has seen yet. It is forgotten once one has. */
  readonly cvcWaiting: boolean;
  /** A payment or setup used it without a customer, or it was detached: it may not be used again. */
  readonly spent: boolean;
  /** The cardholder authenticated a setup with it. */
  readonly setUp: boolean;
  /** A payment that its holder has authenticated and that is not charged yet; see passed-challenge.ts. */
  readonly authenticatedFor?: string;
}

/** Remembers the card behind a payment method or confirmation token. */
export function saveCard(sandbox: Sandbox, id: string, { number, ...facts }: Card): void {
  sandbox.sql.exec(
    "INSERT INTO cards (id, number, facts) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET number = ?2, facts = ?3",
    id,
    number,
    JSON.stringify(facts),
  );
}

/** The card behind a payment method or confirmation token. Each has one, written when it was made. */
export function cardOf(sandbox: Sandbox, id: string): Card {
  const { number, facts } = sandbox.sql
    .exec<{ number: string; facts: string }>("SELECT number, facts FROM cards WHERE id = ?1", id)
    .one();
  return { number, ...JSON.parse(facts) };
}

/** How a card behaves. Only known numbers are ever stored. */
export function behaviourOf(card: Card): TestCard {
  return (
    cardWithNumber(card.number) ??
    refuse(500, { type: "api_error", message: "Unknown card in the stand-in." })
  );
}

/** The form of `card[…]` with a number in it. */
export const cardDetails = z.strictObject({
  number: z.string().min(1),
  exp_month: integer,
  exp_year: integer,
  cvc: z.string().optional(),
  networks: z.strictObject({ preferred: z.string().optional() }).optional(),
});

/** A card named by a `pm_card_…` id, or null when the id is not one of those. */
export function cardByName(sandbox: Sandbox, name: string): Card | null {
  const known = cardNamed(name);
  return known === null
    ? null
    : newCard(known.number, 12, yearOf(sandbox) + 1, { byName: true, cvcWaiting: true });
}

/** Reads a typed card, refusing what Stripe refuses before it asks an issuer. */
export function readCard(sandbox: Sandbox, given: z.infer<typeof cardDetails>): Card {
  const number = given.number.replaceAll(/[\s-]/g, "");
  if (!/^\d{12,19}$/.test(number) || !passesLuhn(number)) {
    refuseCard("incorrect_number", "Your card number is incorrect.", "number");
  }
  if (given.exp_month < 1 || given.exp_month > 12) {
    refuseCard("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  }
  const year = given.exp_year < 100 ? 2000 + given.exp_year : given.exp_year;
  if (year < yearOf(sandbox) || year > yearOf(sandbox) + 50) {
    refuseCard("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
  }
  if (year === yearOf(sandbox) && given.exp_month < monthOf(sandbox)) {
    refuseCard("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  }
  const known = cardWithNumber(number);
  const cvc = given.cvc ?? "";
  const cvcFits = known?.brand === "amex" ? /^\d{3,4}$/.test(cvc) : /^\d{3}$/.test(cvc);
  if (cvc !== "" && !cvcFits) {
    refuseCard("invalid_cvc", "Your card's security code is invalid.", "cvc");
  }
  if (known === null) {
    return refuse(402, {
      type: "card_error",
      code: "card_declined",
      decline_code: "test_mode_live_card",
      doc_url: documentationOf("card_declined"),
      message:
        "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    });
  }
  return newCard(number, given.exp_month, year, { byName: false, cvcWaiting: cvc !== "" });
}

/** The public description of a card, as payment methods and previews carry it. */
export function describeCard(card: Card, checks: Stripe.PaymentMethod.Card.Checks) {
  const { brand, country, funding } = behaviourOf(card);
  return {
    brand,
    checks,
    country,
    display_brand: brand,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    fingerprint: card.fingerprint,
    funding,
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [brand], preferred: null },
    regulated_status: "unregulated" as const,
    three_d_secure_usage: { supported: true },
    wallet: null,
  } satisfies Stripe.PaymentMethod.Card;
}

function newCard(
  number: string,
  expMonth: number,
  expYear: number,
  given: { byName: boolean; cvcWaiting: boolean },
): Card {
  return {
    number,
    expMonth,
    expYear,
    fingerprint: fingerprintOf(number),
    spent: false,
    setUp: false,
    ...given,
  };
}

function refuseCard(code: string, message: string, param: string): never {
  const error: ErrorBody = { type: "card_error", code, doc_url: documentationOf(code), message, param };
  return refuse(402, error);
}

/** The same number always has the same fingerprint, from which the number cannot be read. */
function fingerprintOf(number: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const digit of `denarius stand-in ${number}`) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(digit.charCodeAt(0))) * 0x100000001b3n);
  }
  return hash.toString(36).padStart(16, "0").slice(-16);
}

function passesLuhn(number: string): boolean {
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, digit, place) => {
      const doubled = Number(digit) * (place % 2 === 1 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

function yearOf(sandbox: Sandbox): number {
  return new Date(now(sandbox) * 1000).getUTCFullYear();
}

function monthOf(sandbox: Sandbox): number {
  return new Date(now(sandbox) * 1000).getUTCMonth() + 1;
}

/** A value nobody can guess, for network transaction ids and the like. */
export function networkReference(): string {
  return randomLetters(15).toUpperCase();
}
