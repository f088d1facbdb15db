/** Orders and what Stripe says about them, in as few words as a test of settling needs. */
import type { Address, CardChecks, VerifiedCard } from "../../src/domain/card.ts";
import { toCredits } from "../../src/domain/credits.ts";
import type { PaymentFacts, SetupFacts } from "../../src/domain/facts.ts";
import type { Instant } from "../../src/domain/instant.ts";
import { toCents, toUnitPriceMicros } from "../../src/domain/money.ts";
import type { Order, OrderCard, OrderState, PayWith } from "../../src/domain/order.ts";

/** Noon, the time at which every test begins. */
export const NOW: Instant = Date.UTC(2026, 10, 23, 12);

export const STATES = ["placed", "verifying", "paying", "paid", "refused", "declined", "abandoned"] as const;

export const SETUP_STATUSES = ["succeeded", "requires_action", "processing", "failed", "canceled"] as const;
export const PAYMENT_STATUSES = [
  "succeeded",
  "requires_action",
  "requires_confirmation",
  "requires_capture",
  "processing",
  "failed",
  "canceled",
] as const;

export const CHECKS = {
  pass: { line1: "pass", postalCode: "pass", cvc: "pass" },
  fail: { line1: "pass", postalCode: "fail", cvc: "pass" },
  unavailable: { line1: "unavailable", postalCode: "unavailable", cvc: "pass" },
} as const satisfies Record<string, CardChecks>;
export type ChecksName = keyof typeof CHECKS;

const ADDRESS: Address = {
  line1: "27 Fredrick Ave",
  line2: null,
  city: "Brothers",
  state: "OR",
  postalCode: "97712",
  country: "US",
};

/** What a test may say about an order. Ages are counted back from NOW. */
export type Sketch = {
  payWith: "new_card" | "saved_card";
  age: number;
  /** How long ago the charge was allowed to begin; by default, as long ago as the order was placed. */
  verifiedAge: number | null;
  setupIntentId: string | null;
  paymentIntentId: string | null;
  checks: CardChecks;
};

/** An order in a state, by a new card, placed just now, with the ids that state needs. */
export function orderIn(state: OrderState, differing: Partial<Sketch> = {}): Order {
  const sketch: Sketch = {
    payWith: "new_card",
    age: 0,
    verifiedAge: state === "paying" || state === "paid" ? (differing.age ?? 0) : null,
    setupIntentId: null,
    paymentIntentId: null,
    checks: CHECKS.pass,
    ...differing,
  };
  const card: OrderCard = {
    id: "crd_1",
    paymentMethodId: "pm_1",
    brand: "visa",
    last4: "4242",
    checks: sketch.checks,
  };
  const payWith: PayWith =
    sketch.payWith === "new_card"
      ? { kind: "new_card", confirmationToken: "ctoken_1", saveCard: true }
      : { kind: "saved_card", cardId: "crd_1" };
  const verifiedAt = sketch.verifiedAge === null ? null : NOW - sketch.verifiedAge;
  const base = {
    id: "ord_1",
    accountId: "acc_1",
    credits: toCredits(1000),
    unitPriceMicros: toUnitPriceMicros(10_000),
    amountCents: toCents(1000),
    currency: "usd",
    payWith,
    placedAt: NOW - sketch.age,
    stripeCustomerId: "cus_1",
    setupIntentId: sketch.setupIntentId,
    paymentIntentId: sketch.paymentIntentId,
    card: verifiedAt === null ? null : card,
    verifiedAt,
    confirmedAt: null,
  } as const;
  switch (state) {
    case "placed": {
      return { ...base, state };
    }
    case "abandoned": {
      return { ...base, state, endedAt: NOW };
    }
    case "verifying": {
      return { ...base, state, setupIntentId: sketch.setupIntentId ?? "seti_1" };
    }
    case "paying": {
      return { ...base, state, card, verifiedAt: verifiedAt ?? base.placedAt };
    }
    case "paid": {
      const receipt = { id: "rcp_1", number: 1 } as const;
      return {
        ...base,
        state,
        paymentIntentId: sketch.paymentIntentId ?? "pi_1",
        paidAt: NOW,
        receipt,
        fee: null,
      };
    }
    case "refused": {
      return { ...base, state, endedAt: NOW, fields: ["postal_code"], declineCode: null };
    }
    case "declined": {
      return { ...base, state, endedAt: NOW, declineCode: "generic_decline" };
    }
  }
}

/** A card as Stripe reports it. */
export function cardOf(checks: CardChecks = CHECKS.pass, address: Partial<Address> = {}): VerifiedCard {
  return {
    paymentMethodId: "pm_1",
    brand: "visa",
    last4: "4242",
    expMonth: 12,
    expYear: 2030,
    checks,
    billing: { name: "Jenny Rosen", phone: null, address: { ...ADDRESS, ...address } },
    issuedIn: "US",
    isWallet: false,
  };
}

/** A setup intent made just now, for a card that passes. */
export function setupOf(status: SetupFacts["status"], differing: Partial<SetupFacts> = {}): SetupFacts {
  return {
    id: "seti_1",
    status,
    clientSecret: "seti_1_secret",
    card: cardOf(),
    declineCode: status === "failed" ? "insufficient_funds" : null,
    createdAt: NOW,
    ...differing,
  };
}

/** A payment intent for the order's amount, made just now, whose checks passed. */
export function paymentOf(
  status: PaymentFacts["status"],
  differing: Partial<PaymentFacts> = {},
): PaymentFacts {
  return {
    id: "pi_1",
    status,
    clientSecret: "pi_1_secret",
    amountCents: toCents(1000),
    currency: "usd",
    paymentMethodId: "pm_1",
    checks: CHECKS.pass,
    chargeId: "ch_1",
    isRefunded: false,
    declineCode: status === "failed" ? "insufficient_funds" : null,
    fee: null,
    createdAt: NOW,
    ...differing,
  };
}

/** All combinations of one value for each name. */
export function product<T extends object>(choices: { [K in keyof T]: readonly T[K][] }): T[] {
  let made: Partial<T>[] = [{}];
  for (const name of Object.keys(choices) as (keyof T)[]) {
    made = made.flatMap((one) =>
      choices[name].map((choice) => Object.assign({ ...one }, { [name]: choice })),
    );
  }
  // By now every name has one of its values.
  return made as T[];
}
