/** The arithmetic of money that goes back, over many orders and sequences: parts add up, and nothing is taken twice. */
import {
  array,
  assert,
  boolean,
  constant,
  double,
  integer,
  oneof,
  option,
  property,
  record,
  tuple,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { toCredits } from "../../src/domain/credits.ts";
import { type Dispute, holdOf, holdsCredits, stageOf } from "../../src/domain/dispute.ts";
import type { AccountId, GrantId, OrderId } from "../../src/domain/ids.ts";
import {
  creditsFor,
  type MoneyBackSource,
  type Movement,
  movementsFor,
  type Posted,
  sharesOf,
  type Sold,
  sourceIdOf,
} from "../../src/domain/money-back.ts";
import { toCents } from "../../src/domain/money.ts";
import { type Holding, postMoneyBack } from "../../src/domain/post-money-back.ts";
import type { Refund } from "../../src/domain/refund.ts";
import { quoteRefund, type RefundableOrder, unusedCents } from "../../src/domain/refund-quote.ts";

const RUNS = { numRuns: 2000 };

const sold = record({
  credits: integer({ min: 1, max: 1_000_000_000 }),
  amount: integer({ min: 1, max: 99_999_999 }),
}).map(({ credits, amount }): Sold => ({ credits: toCredits(credits), amountCents: toCents(amount) }));

/** An order, and its whole amount cut into awkward parts. */
const soldInParts = tuple(sold, array(double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })).map(
  ([order, cuts]) => {
    const places = [...cuts.map((cut) => Math.floor(cut * order.amountCents)), order.amountCents];
    const rising = [...new Set(places)].filter((place) => place > 0).toSorted((one, other) => one - other);
    return { order, parts: rising.map((place, index) => place - (rising[index - 1] ?? 0)) };
  },
);

function refundsOf(parts: readonly number[]): MoneyBackSource[] {
  return parts.map((part, index) => ({
    type: "refund",
    id: `re_${index}`,
    amountCents: toCents(part),
    knownAt: index,
  }));
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

describe("the credits taken in proportion to the money", () => {
  it("are all of the order's credits once all of its money is refunded, whatever the parts", () => {
    assert(
      property(soldInParts, ({ order, parts }) => {
        const shares = [...sharesOf(order, refundsOf(parts)).values()];
        expect(sum(shares)).toBe(order.credits);
        expect(shares.every((share) => share >= 0)).toBe(true);
      }),
      RUNS,
    );
  });

  it("are never more than the proportion refunded so far, nor a whole credit less", () => {
    assert(
      property(soldInParts, ({ order, parts }) => {
        for (let count = 1; count <= parts.length; count += 1) {
          const gone = sum(parts.slice(0, count));
          const taken = BigInt(sum(sharesOf(order, refundsOf(parts.slice(0, count))).values()));
          const exact = BigInt(order.credits) * BigInt(gone);
          expect(taken * BigInt(order.amountCents) <= exact).toBe(true);
          expect((taken + 1n) * BigInt(order.amountCents) > exact).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it.each([
    [10, 300, [100, 100, 100], [3, 3, 4]],
    [1000, 999, [333, 333, 333], [333, 333, 334]],
    [7, 100, [1, 1, 98], [0, 0, 7]],
    [1, 100, [50, 50], [0, 1]],
    [1_000_000_000, 99_999_999, [1, 99_999_998], [10, 999_999_990]],
  ])("of %i credits for %i cents, refunded as %j, are %j", (credits, amount, parts, shares) => {
    const order = { credits: toCredits(credits), amountCents: toCents(amount) };
    expect([...sharesOf(order, refundsOf(parts)).values()]).toEqual(shares);
  });
});

/** The books of one order, posted to as the ledger posts, checking on the way what the database would refuse. */
function openOrderBooks(order: Sold) {
  const names = new Set<string>();
  const posted = new Map<string, Posted>();
  return {
    posted,
    post(movements: readonly Movement[]): void {
      for (const movement of movements) {
        const name = `${movement.kind} ${movement.source.id}`;
        expect(names.has(name)).toBe(false);
        names.add(name);
        const id = sourceIdOf(movement.source.id);
        const before = posted.get(id) ?? { credits: 0, takings: 0, returns: 0 };
        const credits = toCredits(before.credits - movement.credits);
        // A reversal gives back no more than was taken.
        expect(credits).toBeGreaterThanOrEqual(0);
        posted.set(id, {
          credits,
          takings: before.takings + (movement.credits < 0 ? 1 : 0),
          returns: before.returns + (movement.credits > 0 ? 1 : 0),
        });
        const taken = sum([...posted.values()].map((each) => each.credits));
        // No more is taken in all than the order brought.
        expect(taken).toBeLessThanOrEqual(order.credits);
      }
    },
  };
}

/** Refunds and disputes that come and go: each step sets what one of up to six sources takes, which may be 0. */
const comings = array(
  record({
    source: integer({ min: 0, max: 5 }),
    share: oneof(constant(0), double({ min: 0, max: 1.2, noNaN: true })),
  }),
  { minLength: 1, maxLength: 25 },
);

describe("refunds and disputes of one order that come and go", () => {
  it("have taken, at every moment, what the money gone back stands for, whatever came before", () => {
    assert(
      property(sold, comings, (order, steps) => {
        const books = openOrderBooks(order);
        const known: MoneyBackSource[] = [];
        for (const { source, share } of steps) {
          const id = source % 2 === 0 ? `re_${source}` : `du_${source}`;
          const before = known.findIndex((each) => each.id === id);
          const amountCents = toCents(Math.floor(share * order.amountCents));
          const type = source % 2 === 0 ? "refund" : "dispute";
          if (before === -1) {
            known.push({ type, id, amountCents, knownAt: known.length });
          } else {
            known.splice(before, 1, { type, id, amountCents, knownAt: before });
          }
          books.post(movementsFor(order, known, books.posted));

          const gone = Math.min(sum(known.map((each) => each.amountCents)), order.amountCents);
          const taken = sum([...books.posted.values()].map((each) => each.credits));
          expect(taken).toBe(creditsFor(order, toCents(gone)));
          // Saying it again moves nothing.
          expect(movementsFor(order, known, books.posted)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it("never take the same money twice: each takes only what the earlier one left", () => {
    const order = { credits: toCredits(1000), amountCents: toCents(1000) };
    const refund = { type: "refund", id: "re_1", amountCents: toCents(400), knownAt: 1 } as const;
    const dispute = { type: "dispute", id: "du_1", amountCents: toCents(1000), knownAt: 2 } as const;
    expect([...sharesOf(order, [refund, dispute]).values()]).toEqual([400, 600]);
    expect([...sharesOf(order, [{ ...dispute, knownAt: 0 }, refund]).values()]).toEqual([1000, 0]);
  });
});

const ORDER: OrderId = "ord_1";
const ACCOUNT: AccountId = "acc_1";

/** Grants at rest: either none owes credits, or none holds credits that have not expired. */
const restingGrants = tuple(
  boolean(),
  array(
    record({
      amount: integer({ min: 0, max: 1000 }),
      expires: option(integer({ min: 1, max: 20 }), { nil: null }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
).map(([owes, grants]) =>
  grants.map(({ amount, expires }, index): Holding => ({
    grantId: `grt_${index}`,
    remaining: toCredits(owes ? -amount : amount),
    createdAt: index,
    expiresAt: owes ? null : expires,
  })),
);

describe("posting what went back", () => {
  it("takes from the order's own grant, and the other grants make good what they can, soonest to expire first", () => {
    const now = 10;
    let made = 0;
    const newId = <P extends string>(prefix: P): `${P}_${string}` => `${prefix}_${(made += 1)}`;
    assert(
      property(restingGrants, integer({ min: 1, max: 2000 }), boolean(), (grants, amount, takes) => {
        const balance = sum(grants.map(({ remaining }) => remaining));
        const own: GrantId = "grt_0";
        const { entries, book } = postMoneyBack(
          { accountId: ACCOUNT, balance: toCredits(balance), lastSeq: 7, grants },
          { orderId: ORDER, grantId: own },
          [
            {
              kind: takes ? "refund" : "refund_reversal",
              credits: toCredits(takes ? -amount : amount),
              source: { type: "refund", id: "re_1" },
            },
          ],
          { actorOf: () => "stripe", at: now, newId },
        );

        const after = new Map(grants.map((grant) => [grant.grantId, Number(grant.remaining)]));
        let running = balance;
        for (const [index, entry] of entries.entries()) {
          running += entry.credits;
          expect(entry.seq).toBe(8 + index);
          expect(entry.balanceAfter).toBe(running);
          const remaining = (after.get(entry.grantId) ?? 0) + entry.credits;
          after.set(entry.grantId, remaining);
          const isSound = entry.credits < 0 ? remaining >= 0 : remaining <= 0;
          expect(entry.kind !== "repayment" || isSound).toBe(true);
        }
        expect(book).toMatchObject({ balance: running, lastSeq: 7 + entries.length });
        expect(running).toBe(balance + (takes ? -amount : amount));

        // At rest again: no grant owes credits while another holds credits that are still valid.
        const holds = grants.some(
          ({ grantId, expiresAt }) =>
            (after.get(grantId) ?? 0) > 0 && (expiresAt === null || expiresAt > now),
        );
        const owing = [...after.values()].filter((remaining) => remaining < 0);
        expect(holds && owing.length > 0).toBe(false);
        expect(sum(book.owing.map(({ remaining }) => remaining))).toBe(sum(owing));
      }),
      RUNS,
    );
  });
});

/** An order of which nothing went back and nothing was used. */
function refundable(differing: Partial<RefundableOrder> = {}): RefundableOrder {
  return {
    credits: toCredits(1000),
    amountCents: toCents(1000),
    currency: "usd",
    feeCents: toCents(59),
    feeCurrency: "usd",
    refunds: [],
    disputes: [],
    remaining: toCredits(1000),
    expired: toCredits(0),
    balance: toCredits(1000),
    requestedElsewhere: toCredits(0),
    ...differing,
  };
}

function refundOf(amount: number, state: Refund["state"] = "succeeded"): Refund {
  return {
    id: `rfd_${amount}`,
    accountId: ACCOUNT,
    orderId: ORDER,
    state,
    amountCents: toCents(amount),
    reason: null,
    actor: "staff",
    note: null,
    stripeRefundId: state === "requested" ? null : `re_${amount}`,
    failure: null,
    requestedAt: 1,
    attempt: 1,
    knownAt: state === "requested" ? null : 1,
  };
}

describe("a refund's quote", () => {
  it("gives what was used, what is left, what it takes, and the fee Stripe keeps", () => {
    const used = refundable({ remaining: toCredits(700), balance: toCredits(700) });
    expect(quoteRefund(used, null)).toEqual({
      ok: true,
      quote: {
        currency: "usd",
        amountCents: 1000,
        leftCents: 1000,
        creditsBrought: 1000,
        creditsTakenBefore: 0,
        creditsExpired: 0,
        creditsUsed: 300,
        creditsLeft: 700,
        creditsToTake: 1000,
        balanceAfter: -300,
        feeKeptCents: 59,
        feeCurrency: "usd",
      },
    });
  });

  it("counts a requested refund whose outcome is unknown as gone", () => {
    const order = refundable({ refunds: [refundOf(600, "requested")] });
    expect(quoteRefund(order, toCents(401))).toEqual({
      ok: false,
      failure: { kind: "refund_exceeds_rest", leftCents: 400, currency: "usd" },
    });
    expect(quoteRefund(order, null)).toMatchObject({
      quote: { amountCents: 400, creditsToTake: 400, creditsLeft: 400, balanceAfter: 0 },
    });
  });

  it("says that nothing is left of a fully refunded order", () => {
    expect(quoteRefund(refundable({ refunds: [refundOf(1000)] }), null)).toMatchObject({
      failure: { kind: "nothing_to_refund" },
    });
  });

  it("counts a refund that failed as never made", () => {
    expect(quoteRefund(refundable({ refunds: [refundOf(1000, "failed")] }), null)).toMatchObject({
      quote: { amountCents: 1000 },
    });
  });

  it("of unused credits never takes more credits than are left", () => {
    assert(
      property(soldInParts, double({ min: 0, max: 1, noNaN: true }), ({ order, parts }, use) => {
        const refunds = parts.slice(0, -1).map((part) => refundOf(part));
        const takenBefore = creditsFor(order, toCents(sum(parts.slice(0, -1))));
        const remaining = Math.floor((order.credits - takenBefore) * use);
        const offered = refundable({ ...order, refunds, remaining: toCredits(remaining) });
        const amount = unusedCents(offered);
        const quoted = quoteRefund(offered, amount);
        const taken = quoted.ok ? quoted.quote.creditsToTake : 0;
        expect(taken).toBeLessThanOrEqual(remaining);
      }),
      RUNS,
    );
  });
});

function disputeOf(status: string, withdrawnCents = 0): Pick<Dispute, "status" | "withdrawnCents"> {
  return { status, withdrawnCents: toCents(withdrawnCents) };
}

describe("a dispute's status", () => {
  it.each([
    ["warning_needs_response", "inquiry", false],
    ["warning_under_review", "inquiry", false],
    ["warning_closed", "closed", false],
    ["warning_of_a_new_kind", "inquiry", false],
    ["prevented", "closed", false],
    ["needs_response", "open", true],
    ["under_review", "open", true],
    ["won", "won", false],
    ["lost", "lost", true],
  ])("%s means the stage %s, and holds credits: %s", (status, stage, holds) => {
    expect(stageOf({ status })).toBe(stage);
    expect(holdsCredits(disputeOf(status))).toBe(status === "warning_of_a_new_kind" ? false : holds);
  });

  it.each(["appeal_needs_response", "appeal_under_review", "a_status_of_tomorrow"])(
    "%s holds credits exactly while the money is out",
    (status) => {
      expect(holdsCredits(disputeOf(status, 1000))).toBe(true);
      expect(holdsCredits(disputeOf(status, 0))).toBe(false);
    },
  );

  it.each([
    ["stop_buying", { buying: true, spending: false }],
    ["stop_all", { buying: true, spending: true }],
    ["nothing", { buying: false, spending: false }],
  ] as const)("with the setting %s an open dispute stops %j", (setting, hold) => {
    expect(holdOf([disputeOf("won"), disputeOf("needs_response")], setting)).toEqual(hold);
    expect(holdOf([disputeOf("appeal_under_review")], setting)).toEqual(hold);
  });

  it.each(["stop_buying", "stop_all"] as const)(
    "with %s a dispute decided, or only asked about, stops nothing",
    (setting) => {
      const over = ["won", "lost", "warning_needs_response", "warning_closed", "prevented"].map((status) => ({
        status,
      }));
      expect(holdOf(over, setting)).toEqual({ buying: false, spending: false });
    },
  );
});
