/** What the database always keeps: every way SQL has to change, replace or remove what the books rest on is refused. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  attempt,
  brokenRules,
  idOf,
  insert,
  newAccount,
  nextLines,
  orderRow,
  type Row,
  rows,
  sql,
} from "../support/books.ts";
import { openScene, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

/** The one row of a table that matches. */
async function found(table: string, where: string): Promise<Row> {
  const [row] = await rows(`SELECT * FROM ${table} WHERE ${where}`);
  if (row === undefined) {
    throw new Error(`There is no row of ${table} where ${where}`);
  }
  return row;
}

const entryOne = () => found("ledger_entries", `account_id = '${scene.alice.id}' AND seq = 1`);
const entryThree = () => found("ledger_entries", `account_id = '${scene.alice.id}' AND seq = 3`);
const grantOf = (id: string) => found("grants", `id = '${id}'`);
const orderOf = (id: string) => found("orders", `id = '${id}'`);
const accountOf = (id: string) => found("accounts", `id = '${id}'`);
const receiptOne = () => found("receipts", "number = 1");

const EVERY_UPDATE = [
  "UPDATE",
  "UPDATE OR REPLACE",
  "UPDATE OR IGNORE",
  "UPDATE OR FAIL",
  "UPDATE OR ROLLBACK",
];
const EVERY_INSERT = ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL", "INSERT"];

describe("an entry", () => {
  it.each(
    EVERY_UPDATE.flatMap((how) =>
      [
        "credits = 2000",
        "balance_after = 2000",
        "note = 'another'",
        "seq = 9",
        "seq = 2",
        "id = 'ent_other'",
        `account_id = (SELECT id FROM accounts WHERE last_seq = 1)`,
        "grant_id = (SELECT MAX(id) FROM grants)",
        "kind = 'promotion'",
        "credits = credits",
      ].map((change) => [how, change]),
    ),
  )("is never changed by %s … SET %s", async (how, change) => {
    const statement = sql(
      `${how} ledger_entries SET ${change} WHERE account_id = ?1 AND seq = 1`,
      scene.alice.id,
    );

    expect(await attempt(statement)).toContain("an entry is never changed");
  });

  it.each([
    "DELETE FROM ledger_entries",
    "DELETE FROM ledger_entries WHERE seq = 1",
    "DELETE FROM ledger_entries WHERE seq = (SELECT MAX(seq) FROM ledger_entries)",
  ])("is never removed by %s", async (text) => {
    expect(await attempt(sql(text))).toContain("an entry is never removed");
  });

  it.each(EVERY_INSERT)("is never replaced by %s of another with its id, source or seq", async (how) => {
    const [first, third] = [await entryOne(), await entryThree()];
    const [next = {}] = await nextLines(scene.alice.id, [
      { kind: "promotion", credits: 250, grant_id: scene.alice.unopened },
    ]);
    const source = { source_type: third["source_type"] ?? null, source_id: third["source_id"] ?? null };

    expect(await attempt(insert("ledger_entries", { ...first, credits: 1 }, how))).toContain(
      "continues the account's",
    );
    expect(await attempt(insert("ledger_entries", { ...next, seq: 1 }, how))).toContain(
      "continues the account's",
    );
    expect(await attempt(insert("ledger_entries", { ...next, id: first["id"] ?? null }, how))).toContain(
      "never replaced",
    );
    expect(await attempt(insert("ledger_entries", { ...next, ...source }, how))).toContain("posted before");
  });

  it.each(EVERY_INSERT)("is never replaced by %s of another with its source and no part", async (how) => {
    const third = await entryThree();
    const [next = {}] = await nextLines(scene.alice.id, [
      {
        kind: "promotion",
        credits: 250,
        grant_id: scene.alice.unopened,
        source_type: third["source_type"] ?? null,
        source_id: third["source_id"] ?? null,
      },
    ]);
    const { part: _, ...withoutPart } = next;

    const outcomes = [
      await attempt(insert("ledger_entries", { ...next, part: null }, how)),
      await attempt(insert("ledger_entries", withoutPart, how)),
    ];

    expect(outcomes.join()).toMatch(/^(.*NOT NULL.*,.*NOT NULL.*|nothing was written,nothing was written)$/);
  });

  it.each(["(id)", "(account_id, seq)", "(kind, source_type, source_id, part)", ""])(
    "is never changed by an upsert ON CONFLICT %s",
    async (target) => {
      const first = await entryOne();
      const [next = {}] = await nextLines(scene.alice.id, [
        { kind: "spend", credits: -1, grant_id: scene.alice.gift, id: String(first["id"]) },
      ]);

      const then = `ON CONFLICT ${target} DO UPDATE SET credits = 2000`;
      expect(await attempt(insert("ledger_entries", first, "INSERT", then))).toContain(
        "continues the account's",
      );
      expect(await attempt(insert("ledger_entries", next, "INSERT", then))).toContain("never replaced");
    },
  );
});

describe("a balance", () => {
  it.each(
    EVERY_UPDATE.flatMap((how) =>
      [
        "balance = 2000",
        "balance = balance + 1",
        "balance = 1000, last_seq = 1",
        "balance = 1000, last_seq = 2",
        "balance = 700, last_seq = 2",
        "balance = 0, last_seq = 0",
        "last_seq = last_seq + 1",
        "last_seq = last_seq - 1",
        "balance = balance, last_seq = last_seq",
        "balance = NULL",
        "last_seq = NULL",
        "id = 'acc_other'",
      ].map((change) => [how, change]),
    ),
  )("is never moved by %s … SET %s", async (how, change) => {
    const outcome = await attempt(sql(`${how} accounts SET ${change} WHERE id = ?1`, scene.alice.id));

    expect(outcome).toContain("only a ledger entry moves the balance");
  });

  it("moves with an entry, and not a second time in the same commit", async () => {
    const [line = {}] = await nextLines(scene.alice.id, [
      { kind: "spend", credits: -1, grant_id: scene.alice.gift },
    ]);

    const outcome = await attempt(
      insert("ledger_entries", line),
      sql("UPDATE accounts SET balance = balance - 1, last_seq = last_seq + 1 WHERE id = ?1", scene.alice.id),
    );

    expect(outcome).toContain("only a ledger entry moves the balance");
  });
});

describe("what remains of a grant", () => {
  it.each(
    EVERY_UPDATE.flatMap((how) =>
      [
        "remaining = 1000",
        "remaining = remaining + 1",
        "remaining = 0",
        "remaining = -300, last_seq = last_seq + 1",
        "remaining = 1000, last_seq = 1",
        "remaining = 700, last_seq = 3",
        "remaining = remaining",
        "remaining = NULL",
        "last_seq = last_seq + 1",
        "last_seq = NULL",
        "granted = 2000",
        "expires_at = 1",
        "kind = 'promotion', order_id = NULL",
        "id = 'grt_other'",
        "account_id = (SELECT MAX(id) FROM accounts)",
        "created_at = 2",
      ].map((change) => [how, change]),
    ),
  )("is never moved by %s … SET %s", async (how, change) => {
    const outcome = await attempt(
      sql(`${how} grants SET ${change} WHERE id = ?1`, scene.alice.bought.grantId),
    );

    expect(outcome).toContain("only a ledger entry moves what remains");
  });
});

describe("a row", () => {
  it.each([
    ["an account", "accounts", "never deleted"],
    ["an order", "orders", "never deleted"],
    ["a grant", "grants", "never removed"],
    ["a receipt", "receipts", "never removed"],
  ])("of %s is never deleted", async (_what, table, refusal) => {
    expect(await attempt(sql(`DELETE FROM ${table}`))).toContain(refusal);
  });

  it.each(EVERY_INSERT)(
    "is never replaced by %s, whether of an account, an order, a grant or a receipt",
    async (how) => {
      const empty = await newAccount();
      const refusals = {
        account: await attempt(insert("accounts", { ...(await accountOf(empty)), created_at: 2 }, how)),
        email: await attempt(insert("accounts", { ...(await accountOf(empty)), id: idOf("acc") }, how)),
        order: await attempt(
          insert("orders", orderRow(scene.alice.id, { id: scene.alice.ordered, credits: 2000 }), how),
        ),
        grant: await attempt(insert("grants", { ...(await grantOf(scene.alice.unopened)), granted: 1 }, how)),
        receipt: await attempt(insert("receipts", { ...(await receiptOne()), seller: '"another"' }, how)),
        number: await attempt(
          insert(
            "receipts",
            { ...(await receiptOne()), id: idOf("rcp"), order_id: scene.alice.ordered },
            how,
          ),
        ),
      };

      expect(refusals).toEqual({
        account: expect.stringContaining("an account is never replaced"),
        email: expect.stringContaining("an account is never replaced"),
        order: expect.stringContaining("an order is never replaced"),
        grant: expect.stringContaining("a grant is never replaced"),
        receipt: expect.stringContaining("a receipt is never replaced"),
        number: expect.stringContaining("a receipt is never replaced"),
      });
    },
  );

  it.each(["accounts", "orders", "grants"])(
    "of %s has no rowid by which it could be replaced",
    async (table) => {
      expect(await attempt(sql(`UPDATE OR REPLACE ${table} SET rowid = 1`))).toContain(
        "no such column: rowid",
      );
    },
  );

  it.each([
    [
      "an account",
      "INSERT INTO accounts (id, email, created_at) SELECT id, email, 2 FROM accounts WHERE true ON CONFLICT (id) DO UPDATE SET balance = 9",
    ],
    [
      "an order",
      "INSERT INTO orders SELECT * FROM orders WHERE state = 'placed' OR true ON CONFLICT (id) DO UPDATE SET credits = 9",
    ],
    [
      "a grant",
      "INSERT INTO grants (id, account_id, kind, order_id, granted, created_at) SELECT id, account_id, kind, order_id, 9, 9 FROM grants WHERE true ON CONFLICT (id) DO UPDATE SET granted = 9",
    ],
    [
      "a receipt",
      "INSERT INTO receipts SELECT * FROM receipts WHERE true ON CONFLICT (number) DO UPDATE SET order_id = 'other'",
    ],
  ])("of %s is never changed by an upsert", async (_what, text) => {
    expect(await attempt(sql(text))).toMatch(/never replaced|begins as placed|begins with a balance/);
  });
});

describe("an account", () => {
  it.each([
    ["a balance", { balance: 1 }],
    ["a last seq", { last_seq: 1 }],
  ])("does not begin with %s", async (_what, wrong) => {
    const row = { id: idOf("acc"), email: "new@example.com", created_at: 1, ...wrong };

    expect(await attempt(insert("accounts", row))).toContain("begins with a balance of 0");
  });

  it("without entries is not replaced by another that takes its e-mail address", async () => {
    const [one, other] = [await newAccount(), await newAccount()];

    const statement = sql(
      "UPDATE OR REPLACE accounts SET email = (SELECT UPPER(email) FROM accounts WHERE id = ?2) WHERE id = ?1",
      one,
      other,
    );

    expect(await attempt(statement)).toContain("another account has this address");
  });

  it("without entries is not replaced by another that takes its customer at Stripe", async () => {
    const [one, other] = [await newAccount(), await newAccount()];
    await sql("UPDATE accounts SET stripe_customer_id = 'cus_1' WHERE id = ?1", other).run();

    const statement = sql("UPDATE OR REPLACE accounts SET stripe_customer_id = 'cus_1' WHERE id = ?1", one);

    expect(await attempt(statement)).toContain("another account has this address or customer");
  });
});

describe("an order", () => {
  it.each(
    EVERY_UPDATE.flatMap((how) =>
      [
        "amount_cents = 1",
        "credits = 2000",
        "unit_price_micros = 1",
        "currency = 'jpy'",
        "account_id = (SELECT MAX(id) FROM accounts)",
        "confirmation_token = 'ctoken_2'",
        "save_card = 1",
        "placed_at = 2",
        "id = 'ord_00000000000000000000000000000000'",
      ].map((change) => [how, change]),
    ),
  )("keeps what was ordered, whatever %s … SET %s says", async (how, change) => {
    for (const id of [scene.alice.ordered, scene.alice.bought.orderId]) {
      expect(await attempt(sql(`${how} orders SET ${change} WHERE id = ?1`, id))).toContain(
        "what was ordered never changes",
      );
    }
  });

  it.each(["verifying", "paying", "paid", "refused", "declined", "abandoned"])(
    "never begins as %s",
    async (state) => {
      const known = {
        setup_intent_id: "seti_1",
        payment_intent_id: "pi_1",
        verified_at: 1,
        paid_at: 1,
        ended_at: 1,
      };
      const reasons = { refused_fields: "cvc", decline_code: "generic_decline" };

      const outcome = await attempt(
        insert("orders", orderRow(scene.alice.id, { state, ...known, ...reasons })),
      );

      expect(outcome).toContain("an order begins as placed");
    },
  );

  it.each([
    ["an unknown state", { state: "pending" }, "begins as placed"],
    ["no state", { state: null }, "NOT NULL"],
    ["a short id", { id: "ord_1" }, "CHECK"],
    ["zero credits", { credits: 0 }, "CHECK"],
    ["an amount of zero", { amount_cents: 0 }, "CHECK"],
    ["a larger amount than Stripe accepts", { amount_cents: 100_000_000 }, "CHECK"],
    ["neither token nor card", { confirmation_token: null }, "CHECK"],
    ["a currency in capitals", { currency: "USD" }, "CHECK"],
    ["an account that does not exist", { account_id: "acc_none" }, "FOREIGN KEY"],
  ])("is not placed with %s", async (_what, wrong, refusal) => {
    expect(await attempt(insert("orders", orderRow(scene.alice.id, wrong)))).toContain(refusal);
  });

  it.each(EVERY_UPDATE)("that is paid keeps its payment, whatever %s says", async (how) => {
    const statement = sql(
      `${how} orders SET payment_intent_id = 'pi_other' WHERE id = ?1`,
      scene.alice.bought.orderId,
    );

    expect(await attempt(statement)).toContain("a paid order keeps its payment");
  });

  it.each(["setup_intent_id", "payment_intent_id"])(
    "is not replaced by another that takes its %s",
    async (column) => {
      await sql(`UPDATE orders SET ${column} = 'intent_1' WHERE id = ?1`, scene.bob.ordered).run();

      const statement = sql(
        `UPDATE OR REPLACE orders SET ${column} = 'intent_1' WHERE id = ?1`,
        scene.alice.ordered,
      );

      expect(await attempt(statement)).toContain("an intent belongs to one order");
    },
  );
});

describe("a receipt", () => {
  it.each(
    EVERY_UPDATE.flatMap((how) =>
      ["number = 9", "number = number + 1", "billed_to = '{}'", "issued_at = 2"].map((change) => [
        how,
        change,
      ]),
    ),
  )("is never changed by %s … SET %s", async (how, change) => {
    expect(await attempt(sql(`${how} receipts SET ${change}`))).toContain("a receipt is never changed");
  });

  it.each([
    ["a number that leaves a gap", { number: 9 }, "numbers follow one another"],
    ["a number before the first", { number: 0 }, "numbers follow one another"],
    ["no number", { number: null }, "numbers follow one another"],
    ["an unpaid order", { number: 4 }, "a receipt is for a paid order"],
    ["an order that does not exist", { number: 4, order_id: "ord_none" }, "a receipt is for a paid order"],
  ])("is not written with %s", async (_what, wrong, refusal) => {
    const row = {
      id: idOf("rcp"),
      order_id: scene.alice.ordered,
      billed_to: "{}",
      seller: "{}",
      issued_at: 1,
      ...wrong,
    };

    expect(await attempt(insert("receipts", row))).toContain(refusal);
  });
});

/** Moves an order to a state, with everything that state requires. */
function moveTo(to: string, id: string): D1PreparedStatement {
  return sql(
    `UPDATE orders
     SET state = ?2, setup_intent_id = COALESCE(setup_intent_id, 'seti_' || id), verified_at = 1,
         card_id = (SELECT MAX(id) FROM cards), refused_fields = 'cvc', decline_code = 'expired', ended_at = 1
     WHERE id = ?1`,
    id,
    to,
  );
}

/** An order of Alice's in this state. */
async function orderIn(state: string): Promise<string> {
  const order = orderRow(scene.alice.id);
  await insert("orders", order).run();
  if (state !== "placed") {
    await moveTo(state, String(order["id"])).run();
  }
  return String(order["id"]);
}

describe("an order's state", () => {
  const STATES = ["placed", "verifying", "paying", "paid", "refused", "declined", "abandoned"] as const;
  const LEADS_TO: Record<string, readonly string[]> = {
    placed: ["verifying", "paying", "refused", "declined", "abandoned"],
    verifying: ["paying", "refused", "declined", "abandoned"],
    paying: ["paid", "refused", "declined", "abandoned"],
    paid: [],
    refused: ["paid"],
    declined: ["paid"],
    abandoned: ["paid"],
  };
  const ways = STATES.flatMap((from) => STATES.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(ways.filter(([from, to]) => to !== "paid" && !LEADS_TO[from]?.includes(to)))(
    "never leads from %s to %s",
    async (from, to) => {
      const id = from === "paid" ? scene.bob.bought.orderId : await orderIn(from);

      expect(await attempt(moveTo(to, id))).toContain("no way from that state to this");
    },
  );

  it.each(ways.filter(([from, to]) => to !== "paid" && LEADS_TO[from]?.includes(to)))(
    "leads from %s to %s",
    async (from, to) => {
      const id = await orderIn(from);

      expect(await attempt(moveTo(to, id))).toBe("written");
      expect((await orderOf(id))["state"]).toBe(to);
    },
  );
});

it("no rule of the books is broken after all the tests above", async () => {
  expect(await brokenRules()).toEqual([]);
});
