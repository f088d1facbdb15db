/** Money that went back, as sources and movements, and its lines in the books: their order, their names, and which grant makes good what. */
import { describe, expect, it } from "vitest";
import { toCredits } from "../../src/domain/credits.ts";
import { type Dispute, holdsCredits, isAnswerable, stageOf } from "../../src/domain/dispute.ts";
import type { GrantId } from "../../src/domain/ids.ts";
import { movementsFor, type Posted, toSources } from "../../src/domain/money-back.ts";
import { toCents } from "../../src/domain/money.ts";
import { type Holding, postMoneyBack } from "../../src/domain/post-money-back.ts";
import { isLive, type Refund, type RefundState, takesCredits } from "../../src/domain/refund.ts";

const SOLD = { credits: toCredits(1000), amountCents: toCents(1000) };

function refund(differing: Partial<Refund> = {}): Refund {
  return {
    id: "rfd_1",
    accountId: "acc_1",
    orderId: "ord_1",
    state: "succeeded",
    amountCents: toCents(100),
    reason: null,
    actor: "staff",
    note: null,
    stripeRefundId: "re_1",
    failure: null,
    requestedAt: 1,
    attempt: 1,
    knownAt: 5,
    ...differing,
  };
}

function dispute(differing: Partial<Dispute> = {}): Dispute {
  return {
    id: "du_1",
    accountId: "acc_1",
    orderId: "ord_1",
    status: "needs_response",
    reason: "fraudulent",
    amountCents: toCents(400),
    withdrawnCents: toCents(400),
    withdrawnCurrency: "usd",
    evidenceDueAt: null,
    submissions: 0,
    openedAt: 1,
    knownAt: 5,
    ...differing,
  };
}

describe("a refund's state", () => {
  it.each<[RefundState, boolean, boolean]>([
    ["requested", false, true],
    ["pending", true, true],
    ["succeeded", true, true],
    ["failed", false, false],
    ["canceled", false, false],
    ["refused", false, false],
  ])("%s takes credits: %s, and reserves its money: %s", (state, takes, live) => {
    expect(takesCredits({ state })).toBe(takes);
    expect(isLive({ state })).toBe(live);
  });
});

describe("a dispute's status", () => {
  it.each([
    ["warning_needs_response", "inquiry"],
    ["warning_of_a_new_kind", "inquiry"],
    ["never_heard_of_warning_", "open"],
    ["never_heard_of", "open"],
    ["appeal_under_review", "appeal"],
    ["prevented", "closed"],
    ["won", "won"],
    ["lost", "lost"],
  ])("%s means the stage %s", (status, stage) => {
    expect(stageOf({ status })).toBe(stage);
  });

  it.each([
    ["needs_response", true],
    ["warning_needs_response", true],
    ["appeal_needs_response", true],
    ["needs_response_no_more", false],
    ["under_review", false],
  ])("%s accepts evidence: %s", (status, isOpen) => {
    expect(isAnswerable({ status })).toBe(isOpen);
  });

  it("that is unknown holds credits exactly while the money is withdrawn", () => {
    expect(holdsCredits({ status: "never_heard_of", withdrawnCents: toCents(1) })).toBe(true);
    expect(holdsCredits({ status: "never_heard_of", withdrawnCents: toCents(0) })).toBe(false);
  });
});

describe("refunds and disputes as sources", () => {
  it("take nothing in a state that takes no credits, and are left out until Stripe knows them", () => {
    const known = [
      refund({ stripeRefundId: "re_failed", state: "failed" }),
      refund({ stripeRefundId: null, state: "requested", knownAt: null }),
      refund({ stripeRefundId: "re_unknown", knownAt: null }),
      refund({ stripeRefundId: null }),
    ];
    expect(toSources(known, [dispute({ status: "won" })])).toEqual([
      { type: "refund", id: "re_failed", amountCents: 0, knownAt: 5 },
      { type: "dispute", id: "du_1", amountCents: 0, knownAt: 5 },
    ]);
    expect(toSources([refund()], [dispute()])).toEqual([
      { type: "refund", id: "re_1", amountCents: 100, knownAt: 5 },
      { type: "dispute", id: "du_1", amountCents: 400, knownAt: 5 },
    ]);
  });

  it("are sorted by when they became known, then refunds first, then by id", () => {
    const known = [
      refund({ stripeRefundId: "re_b" }),
      refund({ stripeRefundId: "re_late", knownAt: 9 }),
      refund({ stripeRefundId: "re_a" }),
      refund({ stripeRefundId: "re_c" }),
    ];
    const disputes = [
      dispute({ id: "du_z" }),
      dispute({ id: "du_early", knownAt: 2 }),
      dispute({ id: "du_y" }),
    ];
    expect(toSources(known, disputes).map(({ id }) => id)).toEqual([
      "du_early",
      "re_a",
      "re_b",
      "re_c",
      "du_y",
      "du_z",
      "re_late",
    ]);
  });
});

describe("the movements of an order", () => {
  const sources = toSources([refund({ stripeRefundId: "re_1", knownAt: 1 })], [dispute({ knownAt: 2 })]);

  it("give back before they take, so that never more is taken than was brought", () => {
    const posted = new Map<string, Posted>([
      ["re_1", { credits: toCredits(0), takings: 0, returns: 0 }],
      ["du_1", { credits: toCredits(900), takings: 1, returns: 0 }],
    ]);
    expect(movementsFor(SOLD, sources, posted)).toEqual([
      { kind: "dispute_reversal", credits: 500, source: { type: "dispute", id: "du_1" } },
      { kind: "refund", credits: -100, source: { type: "refund", id: "re_1" } },
    ]);
  });

  it("number a source that has moved before, from its second movement of a kind on", () => {
    const posted = new Map<string, Posted>([
      ["re_1", { credits: toCredits(0), takings: 1, returns: 1 }],
      ["du_1", { credits: toCredits(500), takings: 2, returns: 2 }],
    ]);
    expect(movementsFor(SOLD, sources, posted).map(({ source }) => source.id)).toEqual(["du_1:3", "re_1:2"]);
  });

  it("throw for a source that has taken credits and is unknown", () => {
    const posted = new Map<string, Posted>([["re_gone", { credits: toCredits(1), takings: 1, returns: 0 }]]);
    expect(() => movementsFor(SOLD, sources, posted)).toThrow("every source that has entries is known");
  });
});

const NOW = 100;

function holding(grantId: GrantId, remaining: number, differing: Partial<Holding> = {}): Holding {
  return { grantId, remaining: toCredits(remaining), createdAt: 1, expiresAt: null, ...differing };
}

/** What is written when a refund takes that many credits from the grant `grt_own`: the lines in short, and the grants that still owe. */
function refunds(credits: number, grants: readonly Holding[]) {
  let made = 0;
  const balance = grants.reduce((sum, { remaining }) => sum + remaining, 0);
  const { entries, book } = postMoneyBack(
    { accountId: "acc_1", balance: toCredits(balance), lastSeq: 7, grants },
    { orderId: "ord_1", grantId: "grt_own" },
    [{ kind: "refund", credits: toCredits(-credits), source: { type: "refund", id: "re_1" } }],
    {
      actorOf: ({ source }) => `by ${source.id}`,
      at: NOW,
      newId: (prefix) => {
        made += 1;
        return `${prefix}_${made}`;
      },
    },
  );
  return {
    entries,
    lines: entries.map(
      ({ kind, grantId, credits: moved, part }) => `${kind} ${grantId} ${moved} part ${part}`,
    ),
    owing: book.owing.map(({ grantId, remaining }) => `${grantId} ${remaining}`),
  };
}

describe("posting money that went back", () => {
  it("writes every field of each line", () => {
    const { entries } = refunds(100, [holding("grt_own", 40), holding("grt_other", 500)]);
    expect(entries).toEqual([
      {
        accountId: "acc_1",
        seq: 8,
        id: "ent_1",
        kind: "refund",
        credits: -100,
        balanceAfter: 440,
        grantId: "grt_own",
        orderId: "ord_1",
        source: { type: "refund", id: "re_1" },
        part: 0,
        actor: "by re_1",
        note: null,
        createdAt: NOW,
      },
      {
        accountId: "acc_1",
        seq: 9,
        id: "ent_2",
        kind: "repayment",
        credits: -60,
        balanceAfter: 380,
        grantId: "grt_other",
        orderId: null,
        source: { type: "entry", id: "ent_1" },
        part: 0,
        actor: "by re_1",
        note: null,
        createdAt: NOW,
      },
      {
        accountId: "acc_1",
        seq: 10,
        id: "ent_3",
        kind: "repayment",
        credits: 60,
        balanceAfter: 440,
        grantId: "grt_own",
        orderId: null,
        source: { type: "entry", id: "ent_1" },
        part: 1,
        actor: "by re_1",
        note: null,
        createdAt: NOW,
      },
    ]);
  });

  it("is made good by the grant that expires soonest, then the oldest, then the lowest id, and never by an expired one", () => {
    const { lines, owing } = refunds(100, [
      holding("grt_own", 0),
      holding("grt_b", 10, { createdAt: 3 }),
      holding("grt_a", 10, { createdAt: 3 }),
      holding("grt_old", 10, { createdAt: 2 }),
      holding("grt_late", 10, { expiresAt: NOW + 9, createdAt: 9 }),
      holding("grt_soon", 10, { expiresAt: NOW + 1, createdAt: 9 }),
      holding("grt_soon_too", 10, { expiresAt: NOW + 1, createdAt: 8 }),
      holding("grt_expired", 10, { expiresAt: NOW }),
      holding("grt_empty", 0),
    ]);
    expect(lines).toEqual([
      "refund grt_own -100 part 0",
      "repayment grt_soon_too -10 part 0",
      "repayment grt_own 10 part 1",
      "repayment grt_soon -10 part 2",
      "repayment grt_own 10 part 3",
      "repayment grt_late -10 part 4",
      "repayment grt_own 10 part 5",
      "repayment grt_old -10 part 6",
      "repayment grt_own 10 part 7",
      "repayment grt_a -10 part 8",
      "repayment grt_own 10 part 9",
      "repayment grt_b -10 part 10",
      "repayment grt_own 10 part 11",
    ]);
    expect(owing).toEqual(["grt_own -40"]);
  });

  it("writes the same lines however the grants are listed", () => {
    const grants = [
      holding("grt_own", 0, { createdAt: 5 }),
      holding("grt_x", -5, { createdAt: 2 }),
      holding("grt_y", -5, { createdAt: 2 }),
      holding("grt_a", 4, { createdAt: 3 }),
      holding("grt_b", 4, { createdAt: 3 }),
      holding("grt_c", 4, { createdAt: 3, expiresAt: NOW + 5 }),
      holding("grt_d", 4, { createdAt: 3, expiresAt: NOW + 5 }),
    ];
    const { lines, owing } = refunds(30, grants);
    expect(lines.filter((line) => line.includes(" -"))).toEqual([
      "refund grt_own -30 part 0",
      "repayment grt_c -4 part 0",
      "repayment grt_d -1 part 2",
      "repayment grt_d -3 part 4",
      "repayment grt_a -2 part 6",
      "repayment grt_a -2 part 8",
      "repayment grt_b -4 part 10",
    ]);
    expect(owing).toEqual(["grt_own -24"]);
    expect(refunds(30, grants.toReversed()).lines).toEqual(lines);
  });

  it("lists the grants that still owe, oldest first, without those at zero", () => {
    const { lines, owing } = refunds(30, [
      holding("grt_own", 0, { createdAt: 5 }),
      holding("grt_y", -5, { createdAt: 2 }),
      holding("grt_x", -5, { createdAt: 2 }),
      holding("grt_zero", 0, { createdAt: 1 }),
      holding("grt_pays", 7, { createdAt: 9 }),
    ]);
    expect(lines.slice(1)).toEqual([
      "repayment grt_pays -5 part 0",
      "repayment grt_x 5 part 1",
      "repayment grt_pays -2 part 2",
      "repayment grt_y 2 part 3",
    ]);
    expect(owing).toEqual(["grt_y -3", "grt_own -30"]);
  });

  it("writes nothing when nothing moves, and throws for an unknown grant", () => {
    const open = {
      accountId: "acc_1",
      balance: toCredits(5),
      lastSeq: 7,
      grants: [holding("grt_x", -5), holding("grt_y", 10)],
    } as const;
    const posting = { actorOf: () => "stripe", at: NOW, newId: () => "ent_1" } as const;
    const own = { orderId: "ord_1", grantId: "grt_own" } as const;
    expect(postMoneyBack(open, own, [], { ...posting, newId: (prefix) => `${prefix}_1` }).entries).toEqual(
      [],
    );
    expect(() =>
      postMoneyBack(
        open,
        own,
        [{ kind: "refund", credits: toCredits(-1), source: { type: "refund", id: "re_1" } }],
        { ...posting, newId: (prefix) => `${prefix}_1` },
      ),
    ).toThrow("an entry moves a grant that is known");
  });
});
