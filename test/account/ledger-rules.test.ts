/** Which lines the database refuses: one attempt after another, straight in SQL. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  attempt,
  brokenRules,
  grantRow,
  idOf,
  insert,
  type Line,
  newOrder,
  nextLines,
  orderRow,
  paying,
  type Row,
  sql,
} from "../support/books.ts";
import { openScene, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

/** What is refused, with which message, and how the line differs from a correct one. */
type Wrong = Row | ((scene: Scene) => Row);
type Refused = [claim: string, refusal: string, ...lines: Wrong[]];

/** Tries each row's lines on an account, in one commit; every line starts from `right`. */
function refuses(account: "alice" | "dave", right: (of: Scene) => Line, table: Refused[]): void {
  it.each(table)("%s", async (_claim, refusal, ...wrong) => {
    const lines = wrong.map((line) =>
      Object.assign(right(scene), typeof line === "function" ? line(scene) : line),
    );

    const written = await nextLines(scene[account].id, lines);

    expect(await attempt(...written.map((line) => insert("ledger_entries", line)))).toContain(refusal);
  });
}

const spend = ({ alice }: Scene): Line => ({ kind: "spend", credits: -10, grant_id: alice.bought.grantId });
const opening = ({ alice }: Scene): Line => ({ kind: "promotion", credits: 250, grant_id: alice.unopened });
const refund = ({ alice }: Scene): Line => ({
  kind: "refund",
  credits: -10,
  grant_id: alice.bought.grantId,
  order_id: alice.bought.orderId,
});

const openingOfDave = ({ dave }: Scene): Line => ({
  kind: "promotion",
  credits: 300,
  grant_id: dave.unopened,
});

describe("an entry that does not continue the books is refused:", () => {
  const refusal = "continues the account's last seq and balance";
  refuses("alice", spend, [
    ["a seq that leaves a gap", refusal, { seq: 5 }],
    ["the seq of the last entry again", refusal, { seq: 3 }],
    ["the seq of the first entry again", refusal, { seq: 1 }],
    ["seq zero", refusal, { seq: 0 }],
    ["a negative seq", refusal, { seq: -1 }],
    ["no seq", refusal, { seq: null }],
    ["a balance one too high", refusal, { balance_after: 1191 }],
    ["a balance one too low", refusal, { balance_after: 1189 }],
    ["the balance from before", refusal, { balance_after: 1200 }],
    ["no balance", refusal, { balance_after: null }],
    ["an account that does not exist", refusal, { account_id: "acc_none" }],
    ["no account", refusal, { account_id: null }],
    ["two entries of one seq in a commit", refusal, { seq: 4 }, { seq: 4 }],
    [
      "two entries of a commit, the second from the balance before the first",
      refusal,
      {},
      { balance_after: 1190 },
    ],
    ["a good entry with a bad one in its commit", refusal, {}, { seq: 7 }],
  ]);
});

describe("an entry whose sign or size does not fit its kind is refused:", () => {
  const check = "CHECK constraint failed";
  refuses("alice", spend, [
    ["zero credits", check, { credits: 0 }],
    ["a spend that brings credits", check, { credits: 10 }],
    ["an expiry that brings credits", check, { kind: "expiry", credits: 10 }],
    ["a promotion that takes credits", "opens a grant", { kind: "promotion", credits: -10 }],
    ["an offline payment that takes credits", "opens a grant", { kind: "offline_payment", credits: -10 }],
    ["half a credit", "cannot store REAL value", { credits: -0.5 }],
    [
      "credits as text",
      "cannot store TEXT value in INTEGER column ledger_entries.credits",
      { credits: "ten", balance_after: 1190 },
    ],
    ["no credits", "continues the account's", { credits: null }],
    ["more credits than one entry may move", "does not hold that many", { credits: -1_000_000_000_001 }],
    ["an unknown kind", check, { kind: "bonus" }],
    ["no kind", "NOT NULL constraint failed: ledger_entries.kind", { kind: null }],
    ["an id that is not one of ours", check, { id: "pi_1" }],
    ["no id", "NOT NULL", { id: null }],
    ["no source type", "NOT NULL", { source_type: null }],
    ["no source", "NOT NULL", { source_id: null }],
    ["no part", "NOT NULL", { part: null }],
    ["a part below zero", check, { part: -1 }],
    ["no actor", "NOT NULL", { actor: null }],
    ["no time", "NOT NULL", { created_at: null }],
    ["a spend with an order", check, (of) => ({ order_id: of.alice.bought.orderId })],
  ]);
  refuses("alice", refund, [
    ["a refund that brings credits", check, { credits: 10 }],
    ["a dispute that brings credits", check, { kind: "dispute", credits: 10 }],
    ["a refund reversal that takes credits", check, { kind: "refund_reversal" }],
    ["a dispute reversal that takes credits", check, { kind: "dispute_reversal" }],
    ["a purchase that takes credits", "an order has one purchase", { kind: "purchase" }],
    ["a refund without its order", "the grant of its own order", { order_id: null }],
    ["a refund in parts", check, { part: 1 }],
  ]);
  refuses("alice", opening, [
    ["a second part of an entry that brings credits, which would bring them twice", check, { part: 1 }],
    ["a gift of more credits than one entry may move", "opens a grant", { credits: 1_000_000_000_001 }],
  ]);
});

describe("an entry that takes what its grant does not hold is refused:", () => {
  const refusal = "does not hold that many";
  const notOpen = "finds an open one of its account";
  refuses("alice", spend, [
    ["a spend of one more than remains", refusal, { credits: -701 }],
    ["two spends that together take more than remains", refusal, { credits: -400 }, { credits: -400 }],
    [
      "an expiry of more than remains",
      refusal,
      (of) => ({ kind: "expiry", credits: -501, grant_id: of.alice.gift }),
    ],
    ["an adjustment of more than remains", refusal, { kind: "adjustment", credits: -701 }],
    ["a repayment of more than remains", refusal, { kind: "repayment", credits: -701 }],
    ["a spend from another account's grant", notOpen, (of) => ({ grant_id: of.bob.bought.grantId })],
    ["a spend from a grant that does not exist", notOpen, { grant_id: "grt_none" }],
    ["a spend from no grant", notOpen, { grant_id: null }],
    ["a spend from a grant that is not open yet", notOpen, (of) => ({ grant_id: of.alice.unopened })],
  ]);
});

describe("an entry that does not open its grant once, in full, is refused:", () => {
  const notOpened = "opens a grant of its own";
  refuses("alice", opening, [
    ["more than was granted", notOpened, { credits: 251 }],
    ["less than was granted", notOpened, { credits: 249 }],
    ["an entry of another kind than the grant", notOpened, { kind: "offline_payment" }],
    ["an adjustment of a gift", notOpened, { kind: "adjustment" }],
    ["a grant that is open already", notOpened, (of) => ({ credits: 500, grant_id: of.alice.gift })],
    ["a grant opened twice in one commit", notOpened, {}, {}],
    ["another account's grant", notOpened, (of) => ({ credits: 300, grant_id: of.dave.unopened })],
    ["no grant", notOpened, { grant_id: null }],
  ]);

  const wrongGrants: [claim: string, refusal: string, wrong: Row][] = [
    ["a grant that begins with credits", "opened by an entry", { remaining: 500 }],
    ["a grant that begins with a last_seq", "opened by an entry", { last_seq: 1 }],
    ["a grant of zero credits", "CHECK", { granted: 0 }],
    ["a grant of negative credits", "CHECK", { granted: -1 }],
    ["a grant beyond the bounds", "CHECK", { granted: 1_000_000_000_001 }],
    ["a grant of a kind that opens no grant", "CHECK", { kind: "refund_reversal" }],
    ["a purchase's grant without its order", "CHECK", { kind: "purchase" }],
    ["a gift's grant with an order", "CHECK", { order_id: "ord_any" }],
    ["a grant without an account", "NOT NULL", { account_id: null }],
    ["a grant without an amount", "NOT NULL", { granted: null }],
    ["a grant of an account that does not exist", "FOREIGN KEY", { account_id: "acc_none" }],
  ];
  it.each(wrongGrants)("%s", async (_claim, refusal, wrong) => {
    expect(await attempt(insert("grants", grantRow(scene.alice.id, wrong)))).toContain(refusal);
  });
});

/** A purchase for Alice's order under way, in one commit with its grant, correct except for what is given. */
async function purchase(wrong: {
  account?: string;
  grant?: Row;
  line?: Row;
}): Promise<D1PreparedStatement[]> {
  const { id, ordered } = scene.alice;
  const account = wrong.account ?? id;
  const grant = grantRow(account, { kind: "purchase", order_id: ordered, granted: 1000, ...wrong.grant });
  const lines = await nextLines(account, [
    {
      kind: "purchase",
      credits: Number(grant["granted"]),
      grant_id: String(grant["id"]),
      order_id: grant["order_id"] ?? null,
      source_type: "payment_intent",
      source_id: idOf("pi"),
      ...wrong.line,
    },
  ]);
  return [insert("grants", grant), ...lines.map((line) => insert("ledger_entries", line))];
}

describe("a payment credited twice, or not as it was ordered, is refused:", () => {
  it.each<[string, string, (of: Scene) => Parameters<typeof purchase>[0]]>([
    [
      "the same payment for another order",
      "posted before",
      (of) => ({ line: { source_id: of.alice.bought.paymentId } }),
    ],
    [
      "the same payment in another account",
      "posted before",
      (of) => ({
        account: of.bob.id,
        grant: { order_id: of.bob.ordered },
        line: { source_id: of.alice.bought.paymentId },
      }),
    ],
    [
      "the same payment, as its second part",
      "CHECK",
      (of) => ({ line: { source_id: of.alice.bought.paymentId, part: 1 } }),
    ],
    [
      "another payment of a paid order",
      "never replaced",
      (of) => ({ grant: { order_id: of.alice.bought.orderId } }),
    ],
    [
      "another payment of a paid order, into another order's grant",
      "one purchase",
      (of) => ({ line: { order_id: of.alice.bought.orderId } }),
    ],
    ["more credits than were ordered", "brings what was ordered", () => ({ grant: { granted: 1001 } })],
    ["fewer credits than were ordered", "brings what was ordered", () => ({ grant: { granted: 999 } })],
    [
      "an order of another account",
      "brings what was ordered",
      (of) => ({ grant: { order_id: of.bob.ordered } }),
    ],
    ["an order that does not exist", "FOREIGN KEY", () => ({ grant: { order_id: "ord_none" } })],
    ["no order", "brings what was ordered", () => ({ line: { order_id: null } })],
  ])("%s", async (_claim, refusal, wrong) => {
    expect(await attempt(...(await purchase(wrong(scene))))).toContain(refusal);
  });

  it("a purchase into the grant of another order", async () => {
    const other = await newOrder(scene.alice.id);

    expect(await attempt(...(await purchase({ line: { order_id: other } })))).toContain(
      "opens a grant of its own",
    );
  });
});

describe("a refund, dispute or reversal that does not match its order is refused:", () => {
  const tooMuch = "no more than their order brought";
  const notTaken = "gives back what was taken";
  refuses("alice", refund, [
    ["a refund from the grant of a gift", "its own order", (of) => ({ grant_id: of.alice.gift })],
    ["a refund of another account's order", "its own order", (of) => ({ order_id: of.bob.bought.orderId })],
    ["a refund of an unpaid order", "its own order", (of) => ({ order_id: of.alice.ordered })],
    [
      "a dispute from the grant of a gift",
      "its own order",
      (of) => ({ kind: "dispute", grant_id: of.alice.gift }),
    ],
    ["a refund of more than the order brought", tooMuch, { credits: -1001 }],
    ["two refunds that together exceed what it brought", tooMuch, { credits: -600 }, { credits: -600 }],
    [
      "a refund and a dispute that together exceed what it brought",
      tooMuch,
      { credits: -600 },
      { kind: "dispute", credits: -600 },
    ],
    ["the same refund twice", "posted before", { source_id: "re_1" }, { source_id: "re_1" }],
    ["a reversal of a refund that never was", notTaken, { kind: "refund_reversal", credits: 1 }],
    ["a reversal of a dispute that never was", notTaken, { kind: "dispute_reversal", credits: 1 }],
    ["a reversal of more than was refunded", notTaken, {}, { kind: "refund_reversal", credits: 11 }],
    ["a refund reversed as a dispute", notTaken, {}, { kind: "dispute_reversal", credits: 10 }],
    [
      "a refund reversed twice",
      notTaken,
      {},
      ...[1, 2].map(() => ({ kind: "refund_reversal", credits: 10 })),
    ],
    [
      "a reversal into the grant of a gift",
      "its own order",
      {},
      (of) => ({
        kind: "refund_reversal",
        credits: 10,
        grant_id: of.alice.gift,
      }),
    ],
  ]);

  it.each(["OR IGNORE", "OR FAIL", "OR REPLACE", "OR ROLLBACK"])(
    "a refund of more than the order brought, even by INSERT %s, which can get past a CHECK",
    async (how) => {
      const [line = {}] = await nextLines(scene.alice.id, [{ ...refund(scene), credits: -1701 }]);

      expect(await attempt(insert("ledger_entries", line, `INSERT ${how}`))).toContain(tooMuch);
    },
  );
});

describe("a repayment that does not make good exactly what is owed is refused:", () => {
  const source = { kind: "repayment", source_type: "entry", source_id: "ent_opening" };
  const takes = (credits: number, part = 0) => ({ ...source, credits: -credits, part });
  const brings =
    (credits: number, part = 1) =>
    (of: Scene): Row => ({
      ...source,
      credits,
      part,
      grant_id: of.dave.bought.grantId,
    });
  const refusal = "a repayment follows what it was taken from";
  refuses("dave", openingOfDave, [
    ["credits from nowhere", refusal, {}, brings(300)],
    ["more than was taken for it", refusal, {}, takes(200), brings(300)],
    ["less than was taken for it", refusal, {}, takes(300), brings(200)],
    ["the same credits twice", refusal, {}, takes(100), brings(100), brings(100, 2)],
    [
      "credits taken for another act",
      refusal,
      {},
      takes(300),
      (of) => ({ ...brings(300)(of), source_id: "ent_other" }),
    ],
    ["credits taken twice before they arrive", refusal, {}, takes(100), takes(100, 1)],
    [
      "another entry before the credits arrive",
      refusal,
      {},
      takes(300),
      (of) => ({
        kind: "refund_reversal",
        credits: 1,
        grant_id: of.dave.bought.grantId,
        order_id: of.dave.bought.orderId,
      }),
    ],
    [
      "a spend from a grant that is owed",
      "does not hold that many",
      {},
      (of) => ({
        kind: "spend",
        credits: -1,
        grant_id: of.dave.bought.grantId,
      }),
    ],
    ["a spend while the account owes", "CHECK", {}, { kind: "spend", credits: -1 }],
  ]);

  refuses("alice", spend, [
    [
      "credits for a grant that owes nothing",
      "makes good what is owed",
      takes(10),
      (of) => ({
        ...source,
        credits: 10,
        part: 1,
        grant_id: of.alice.gift,
      }),
    ],
  ]);

  it("more than is owed", async () => {
    const grant = grantRow(scene.dave.id, { granted: 900 });
    const into = { grant_id: String(grant["id"]) };
    const lines = await nextLines(scene.dave.id, [
      { kind: "promotion", credits: 900, ...into },
      { ...takes(801), ...into },
      { ...source, credits: 801, part: 1, grant_id: scene.dave.bought.grantId },
    ]);

    const outcome = await attempt(
      insert("grants", grant),
      ...lines.map((line) => insert("ledger_entries", line)),
    );

    expect(outcome).toContain("makes good what is owed");
  });
});

describe("an order is refused as paid when it has", () => {
  const toPaid = "UPDATE orders SET state = 'paid', payment_intent_id = ?2, paid_at = 1 WHERE id = ?1";
  const refusal = "paid means credited";

  it("no entry at all", async () => {
    expect(await attempt(sql(toPaid, scene.alice.ordered, "pi_1"))).toContain(refusal);
  });

  it("an entry for a different payment than it names", async () => {
    const [grant, line] = await paying(scene.bob.id, scene.bob.ordered);

    const outcome = await attempt(
      ...[grant, line].filter((one) => one !== undefined),
      sql(toPaid, scene.bob.ordered, "pi_1"),
    );

    expect(outcome).toContain(refusal);
  });

  it("that state from the beginning", async () => {
    const paid = orderRow(scene.alice.id, { state: "paid", payment_intent_id: "pi_1", paid_at: 1 });

    expect(await attempt(insert("orders", paid))).toContain("begins as placed");
  });
});

it("no rule of the books is broken after all the tests above", async () => {
  expect(await brokenRules()).toEqual([]);
});
