/** Posting as arithmetic: the opening entry, and the repayment of what is owed. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Credits, LARGEST_ENTRY_CREDITS, toCredits } from "../../src/domain/credits.ts";
import type { GrantId, NewId } from "../../src/domain/ids.ts";
import { type Book, type Bringing, post, type Posting } from "../../src/domain/ledger.ts";
import { NOW } from "./settling.ts";

/** Ids that count up, so that a test can tell which is which. */
function countingIds(): NewId {
  let made = 0;
  return (prefix) => {
    made += 1;
    return `${prefix}_${made}`;
  };
}

/** Books that stand at this balance after that many entries; `owing` is what remains of each grant below zero, oldest first. */
function bookOf(balance: number, lastSeq: number, owing: readonly number[] = []): Book {
  return {
    accountId: "acc_1",
    balance: toCredits(balance),
    lastSeq,
    owing: owing.map((remaining, place) => ({
      grantId: `grt_owing${place + 1}`,
      remaining: toCredits(remaining),
    })),
  };
}

function bringing(credits: number, differing: Partial<Bringing> = {}): Bringing {
  return {
    kind: "purchase",
    // Tests also bring what the type would not allow.
    credits: credits as Credits,
    orderId: "ord_1",
    source: { type: "payment_intent", id: "pi_1" },
    actor: "customer",
    note: null,
    expiresAt: null,
    ...differing,
  };
}

function posted(book: Book, asked: Bringing): Posting {
  return post(book, asked, NOW, countingIds());
}

/** The lines as `[seq, kind, credits, balance after, grant]`. */
function linesOf({ entries }: Posting) {
  return entries.map(({ seq, kind, credits, balanceAfter, grantId }) => [
    seq,
    kind,
    credits,
    balanceAfter,
    grantId,
  ]);
}

describe("posting an entry that brings credits", () => {
  it("opens a grant with one entry that continues the books", () => {
    const { grant, entries, book } = posted(
      bookOf(250, 7),
      bringing(1000, { expiresAt: NOW + 1, note: "a note" }),
    );

    expect(grant).toEqual({
      id: "grt_1",
      accountId: "acc_1",
      kind: "purchase",
      orderId: "ord_1",
      granted: 1000,
      expiresAt: NOW + 1,
      createdAt: NOW,
    });
    expect(entries).toEqual([
      {
        accountId: "acc_1",
        seq: 8,
        id: "ent_2",
        kind: "purchase",
        credits: 1000,
        balanceAfter: 1250,
        grantId: "grt_1",
        orderId: "ord_1",
        source: { type: "payment_intent", id: "pi_1" },
        part: 0,
        actor: "customer",
        note: "a note",
        createdAt: NOW,
      },
    ]);
    expect(book).toEqual({ accountId: "acc_1", balance: 1250, lastSeq: 8, owing: [] });
  });

  it("makes good what is owed with a pair of entries that sum to zero", () => {
    const posting = posted(bookOf(-300, 4, [-300]), bringing(1000));

    expect(linesOf(posting)).toEqual([
      [5, "purchase", 1000, 700, "grt_1"],
      [6, "repayment", -300, 400, "grt_1"],
      [7, "repayment", 300, 700, "grt_owing1"],
    ]);
    expect(posting.book).toEqual({ accountId: "acc_1", balance: 700, lastSeq: 7, owing: [] });
  });

  it("numbers a repayment's entries as parts of the act that opened the grant", () => {
    const { entries } = posted(bookOf(-300, 4, [-100, -200]), bringing(1000));

    const [opening, ...repayments] = entries;
    expect(repayments.map(({ source, part }) => [source, part])).toEqual(
      [0, 1, 2, 3].map((part) => [{ type: "entry", id: opening?.id }, part]),
    );
    expect(repayments.every(({ orderId, actor }) => orderId === null && actor === "customer")).toBe(true);
    expect(entries.every(({ id }) => id.startsWith("ent_"))).toBe(true);
  });

  it("makes the oldest debt good first, and as much of the next as the credits allow", () => {
    const posting = posted(bookOf(-900, 4, [-200, -400, -300]), bringing(500));

    expect(linesOf(posting)).toEqual([
      [5, "purchase", 500, -400, "grt_1"],
      [6, "repayment", -200, -600, "grt_1"],
      [7, "repayment", 200, -400, "grt_owing1"],
      [8, "repayment", -300, -700, "grt_1"],
      [9, "repayment", 300, -400, "grt_owing2"],
    ]);
    expect(posting.book.owing).toEqual([
      { grantId: "grt_owing2", remaining: -100 },
      { grantId: "grt_owing3", remaining: -300 },
    ]);
  });

  it("leaves nothing of credits that exactly cover a debt", () => {
    const posting = posted(bookOf(-500, 4, [-500]), bringing(500));

    expect(linesOf(posting).map(([, , credits]) => credits)).toEqual([500, -500, 500]);
    expect(posting.book).toMatchObject({ balance: 0, owing: [] });
  });

  it.each([
    ["zero credits", 0],
    ["negative credits", -1],
    ["half a credit", 0.5],
    ["more credits than one entry may move", LARGEST_ENTRY_CREDITS + 1],
    ["NaN credits", Number.NaN],
    ["infinitely many credits", Number.POSITIVE_INFINITY],
  ])("throws, as a bug, for %s", (_what, credits) => {
    expect(() => posted(bookOf(0, 0), bringing(credits))).toThrow(
      "Broken invariant: an entry brings a positive, bounded",
    );
  });

  it("accepts the most credits that one entry may move", () => {
    expect(posted(bookOf(0, 0), bringing(LARGEST_ENTRY_CREDITS)).book.balance).toBe(LARGEST_ENTRY_CREDITS);
  });
});

describe("any sequence of postings", () => {
  const debts = fc.array(fc.integer({ min: -1000, max: -1 }), { maxLength: 5 });
  const amounts = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 6 });

  it("leaves no gap in the entries, and every balance and grant equal to the sum of its entries", () => {
    fc.assert(
      fc.property(debts, amounts, fc.nat({ max: 5000 }), (owing, brought, funds) => {
        const newId = countingIds();
        const owed = owing.reduce((sum, debt) => sum + debt, 0);
        let book = bookOf(funds + owed, 10, owing);
        const start = book.balance;
        const remaining = new Map<GrantId, number>(book.owing.map((debt) => [debt.grantId, debt.remaining]));
        let [balance, seq] = [book.balance as number, book.lastSeq];
        for (const credits of brought) {
          const posting = post(book, bringing(credits), NOW, newId);
          for (const entry of posting.entries) {
            seq += 1;
            balance += entry.credits;
            remaining.set(entry.grantId, (remaining.get(entry.grantId) ?? 0) + entry.credits);
            expect([entry.seq, entry.balanceAfter]).toEqual([seq, balance]);
          }
          const repayments = posting.entries.filter(({ kind }) => kind === "repayment");
          expect(repayments.reduce((sum, entry) => sum + entry.credits, 0)).toBe(0);
          expect([posting.book.lastSeq, posting.book.balance]).toEqual([seq, balance]);
          ({ book } = posting);
          // A grant is below zero only while no other holds credits that could make it good.
          const fresh = remaining.get(posting.grant.id) ?? 0;
          expect(fresh).toBeGreaterThanOrEqual(0);
          expect(fresh === 0 || book.owing.length === 0).toBe(true);
        }
        const below = [...remaining].filter(([, left]) => left < 0);
        expect(below).toEqual(book.owing.map((debt) => [debt.grantId, debt.remaining]));
        expect(balance).toBe(start + brought.reduce((sum, credits) => sum + credits, 0));
      }),
      { numRuns: 1000 },
    );
  });
});
