/** What the database accepts: everything that honestly happens to an account's books, and exactly what a small model allows. */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invariant } from "../../src/domain/invariant.ts";
import { log } from "../../src/log.ts";
import {
  attempt,
  brokenRules,
  buys,
  gives,
  grantRow,
  idOf,
  insert,
  newAccount,
  linesFrom,
  newOrder,
  nextLines,
  orderRow,
  paying,
  posts,
  type Row,
  sql,
  standing,
} from "../support/books.ts";
import {
  anyAct,
  anyBringing,
  after,
  balanceOf,
  type Bringing,
  type Grant,
  limitOf,
  linesOf,
} from "./books-model.ts";

describe("the database accepts", () => {
  it("a purchase, and spends of it to the last credit", async () => {
    const account = await newAccount();
    const { grantId } = await buys(account, 1000);

    await posts(
      account,
      { kind: "spend", credits: -1, grant_id: grantId },
      { kind: "spend", credits: -999, grant_id: grantId },
    );

    expect(await standing(account)).toEqual({ balance: 0, remaining: [0] });
  });

  it("a spend from two grants, as two parts of one act", async () => {
    const account = await newAccount();
    const [first, second] = [await gives(account, 100), await gives(account, 100)];
    const act = { kind: "spend", source_type: "spend", source_id: "spd_1" };

    await posts(
      account,
      { ...act, credits: -100, grant_id: first },
      { ...act, credits: -20, grant_id: second, part: 1 },
    );

    expect(await standing(account)).toEqual({ balance: 80, remaining: [0, 80] });
  });

  it("a refund of credits already spent, which are then owed", async () => {
    const account = await newAccount();
    const { grantId, orderId } = await buys(account, 1000);

    await posts(
      account,
      { kind: "spend", credits: -1000, grant_id: grantId },
      { kind: "refund", credits: -400, grant_id: grantId, order_id: orderId },
      { kind: "refund", credits: -600, grant_id: grantId, order_id: orderId },
    );

    expect(await standing(account)).toEqual({ balance: -1000, remaining: [-1000] });
  });

  it("a repayment of what is owed, from the next purchase", async () => {
    const account = await newAccount();
    const { grantId, orderId } = await buys(account, 1000);
    await posts(
      account,
      { kind: "spend", credits: -1000, grant_id: grantId },
      { kind: "refund", credits: -1000, grant_id: grantId, order_id: orderId },
    );
    const next = await buys(account, 300);

    const act = { kind: "repayment", source_type: "entry", source_id: "ent_1" };
    await posts(
      account,
      { ...act, credits: -300, grant_id: next.grantId },
      { ...act, credits: 300, grant_id: grantId, part: 1 },
    );

    expect(await standing(account)).toEqual({ balance: -700, remaining: [-700, 0] });
  });

  it("a dispute and, once it is won, its reversal", async () => {
    const account = await newAccount();
    const { grantId, orderId } = await buys(account, 1000);

    await posts(account, { kind: "dispute", credits: -1000, grant_id: grantId, order_id: orderId });
    expect(await standing(account)).toEqual({ balance: 0, remaining: [0] });

    await posts(account, { kind: "dispute_reversal", credits: 1000, grant_id: grantId, order_id: orderId });
    expect(await standing(account)).toEqual({ balance: 1000, remaining: [1000] });
  });

  it("a refund that failed, and the refund made again", async () => {
    const account = await newAccount();
    const { grantId, orderId } = await buys(account, 1000);
    const of = { grant_id: grantId, order_id: orderId };

    await posts(
      account,
      { kind: "refund", credits: -1000, ...of },
      { kind: "refund_reversal", credits: 1000, ...of },
      { kind: "refund", credits: -1000, ...of },
    );

    expect(await standing(account)).toEqual({ balance: 0, remaining: [0] });
  });

  it("an expiry, and adjustments that bring and take credits", async () => {
    const account = await newAccount();
    const gift = await gives(account, 100);
    const adjusted = await gives(account, 50, "adjustment");

    await posts(
      account,
      { kind: "expiry", credits: -100, grant_id: gift },
      { kind: "adjustment", credits: -20, grant_id: adjusted },
    );

    expect(await standing(account)).toEqual({ balance: 30, remaining: [0, 30] });
  });

  it("a payment of the largest size", async () => {
    const account = await newAccount();
    await gives(account, 1_000_000_000_000, "offline_payment");

    expect(await standing(account)).toEqual({ balance: 1_000_000_000_000, remaining: [1_000_000_000_000] });
  });

  it("a balance of up to a thousand of the largest entries, but not one credit more", async () => {
    const account = await newAccount();
    const grants = Array.from({ length: 1000 }, () => grantRow(account, { granted: 1_000_000_000_000 }));
    const lines = await nextLines(
      account,
      grants.map((grant) => ({
        kind: "promotion",
        credits: 1_000_000_000_000,
        grant_id: String(grant["id"]),
      })),
    );
    await env.DB.batch([
      ...grants.map((grant) => insert("grants", grant)),
      ...lines.map((line) => insert("ledger_entries", line)),
    ]);
    expect((await standing(account)).balance).toBe(1_000_000_000_000_000);

    await expect(gives(account, 1)).rejects.toThrow("CHECK constraint failed: balance_after");
  });

  it.each([
    ["paying", "written"],
    ["refused", "written"],
    ["declined", "written"],
    ["abandoned", "written"],
    ["placed", "no way from that state to this"],
    ["verifying", "no way from that state to this"],
  ])("the payment of an order only in a state that leads to paid: from %s, %s", async (state, outcome) => {
    const account = await newAccount();
    const order = orderRow(account);
    const card = await newOrder(account);
    await insert("orders", order).run();
    await sql(
      `UPDATE orders
       SET state = ?2, setup_intent_id = 'seti_' || id, verified_at = 1, ended_at = 1, refused_fields = 'cvc',
           decline_code = 'expired_card', card_id = (SELECT card_id FROM orders WHERE id = ?3)
       WHERE id = ?1`,
      String(order["id"]),
      state,
      card,
    ).run();

    expect(await attempt(...(await paying(account, String(order["id"]))))).toContain(outcome);
  });
});

it("the database accepts an act exactly when the model's rules allow it", async () => {
  const counts = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyBringing, { minLength: 3, maxLength: 3 }),
      fc.array(anyAct, { minLength: 20, maxLength: 50 }),
      async (bringings, acts) => {
        const account = await newAccount();
        let grants = await opened(account, bringings);
        let at = { balance: balanceOf(grants), seq: grants.length };
        let taken: Row[] = [];
        const commitTaken = async () => {
          await env.DB.batch([sql("SELECT 1"), ...taken.map((line) => insert("ledger_entries", line))]);
          taken = [];
        };
        for (const asked of acts) {
          const limit = limitOf(grants, asked);
          if (limit < 1 && asked.size !== "one_more") {
            continue;
          }
          const credits = Math.max(1, { one: 1, all: limit, one_more: limit + 1 }[asked.size]);
          const lines = linesFrom(at, account, linesOf(grants, asked, credits, idOf("act")));
          if (credits <= limit) {
            counts.taken += 1;
            taken.push(...lines);
            grants = after(grants, asked, credits);
            at = { balance: balanceOf(grants), seq: at.seq + lines.length };
          } else {
            counts.refused += 1;
            await commitTaken();
            const isRefused = await env.DB.batch(lines.map((line) => insert("ledger_entries", line))).then(
              () => false,
              () => true,
            );
            invariant(isRefused, `refused: ${JSON.stringify({ asked, credits, grants })}`);
          }
        }
        await commitTaken();
        const remaining = grants.map((grant) => grant.remaining);
        expect(await standing(account)).toEqual({ balance: balanceOf(grants), remaining });
      },
    ),
    { numRuns: 40 },
  );
  log("acts_on_the_books", counts);
  expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(100);
}, 20_000);

async function opened(account: string, bringings: readonly Bringing[]): Promise<Grant[]> {
  const grants: Grant[] = [];
  for (const { kind, credits } of bringings) {
    const { grantId: id, orderId } =
      kind === "purchase"
        ? await buys(account, credits)
        : { grantId: await gives(account, credits), orderId: null };
    grants.push({ id, orderId, granted: credits, remaining: credits, refunded: 0, disputed: 0 });
  }
  return grants;
}

it("no rule of the books is broken after all the tests above", async () => {
  expect(await brokenRules()).toEqual([]);
});
